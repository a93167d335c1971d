"""Attributes of Python: what classes have of constants and members, and reads of such names.

The index has neither definitions nor references of these.
"""

import ast
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from indexing.parsing.scopes.receivers import OPAQUE, TYPED
from indexing.parsing.syntax.types import ParsedSymbol, Reference
from tools.diffs.removals.python_imports import FunctionNode, nodes_of

MEMBER = "member"
"""The kind of symbol that one is given here."""
ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})
"""Bases from outside that have no member of any other name that code asks a class for."""


def members_of(text: str) -> Mapping[str, ParsedSymbol]:
    """Return the members of the classes of a file by their qualified names, nested classes too."""
    nodes = nodes_of(text)
    found: dict[str, ParsedSymbol] = {}
    todo = [(one, "") for one in getattr(nodes[0] if nodes else None, "body", ())]
    while todo:
        node, around = todo.pop()
        if not isinstance(node, ast.ClassDef):
            continue
        owner = f"{around}{node.name}"
        todo += [(one, f"{owner}.") for one in node.body]
        for name, line, end in _members(node):
            qualified = f"{owner}.{name}"
            found.setdefault(qualified, ParsedSymbol(name, qualified, MEMBER, line, end))
    return found


def _members(node: ast.ClassDef) -> Iterator[tuple[str, int, int]]:
    for one in node.body:
        targets = one.targets if isinstance(one, ast.Assign) else []
        targets = [one.target] if isinstance(one, ast.AnnAssign) else targets
        for target in targets:
            if isinstance(target, ast.Name):
                yield target.id, one.lineno, one.end_lineno or one.lineno
        if isinstance(one, FunctionNode):
            yield from _annotated(one)


def _annotated(function: FunctionNode) -> Iterator[tuple[str, int, int]]:
    """Yield what a method says the type of, as in `self.limit: int = 3`."""
    for one in ast.walk(function):
        match one:
            case ast.AnnAssign(target=ast.Attribute(attr=name, value=ast.Name(id="self"))):
                yield name, one.lineno, one.end_lineno or one.lineno


def attribute_reads(
    text: str, names: Collection[str], symbols: Collection[ParsedSymbol]
) -> Iterator[Reference]:
    """Yield the reads of attributes of such names; those that are called are references already."""
    if not any(f".{name}" in text for name in names):
        return
    nodes = nodes_of(text)
    called = {id(one.func) for one in nodes if isinstance(one, ast.Call)}
    typed = _typed(nodes)
    for node in nodes:
        if not isinstance(node, ast.Attribute) or node.attr not in names or id(node) in called:
            continue
        if isinstance(node.ctx, ast.Load):
            line = node.end_lineno or node.lineno
            receiver = typed.get(id(node)) or _dotted(node.value) or OPAQUE
            yield Reference(node.attr, "attribute", line, _within(symbols, line), receiver)


def _typed(nodes: Collection[ast.AST]) -> dict[int, str]:
    """Return what is asked of local variables of a known type, as receivers, by its identity."""
    found: dict[int, str] = {}
    for function in nodes:  # what is around comes first, and what is within says it better
        if not isinstance(function, FunctionNode):
            continue
        inside = tuple(ast.walk(function))
        types = _local_types(inside)
        for one in inside:
            if not isinstance(one, ast.Attribute):
                continue
            first, _, rest = _dotted(one.value).partition(".")
            if first in types:
                detail = f"{TYPED}{types[first]}" + (f"/{rest}" if rest else "")
                found[id(one)] = detail if types[first] else OPAQUE
    return found


def _local_types(inside: Collection[ast.AST]) -> dict[str, str]:
    """Return the types of a function's variables; empty ones where they are not known.

    A variable that is bound twice has no type here, whatever is said of it. What a method is
    called on is known otherwise.
    """
    types: dict[str, str] = {}
    bound: Counter[str] = Counter()
    for one in inside:
        match one:
            case ast.arg(arg=name, annotation=kind):
                bound[name] += 1
                types.setdefault(name, _dotted(kind) if kind else "")
            case ast.Name(id=name, ctx=ast.Store()):
                bound[name] += 1
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind):
                types[name] = _dotted(kind)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=maker)):
                types[name] = _dotted(maker)
    for name in ("self", "cls"):
        bound.pop(name, None)
    return {name: types.get(name, "") if count == 1 else "" for name, count in bound.items()}


def _dotted(node: ast.expr) -> str:
    """Return plain names joined by dots; an empty text where there is anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(names)]) if isinstance(node, ast.Name) else ""


def _within(symbols: Collection[ParsedSymbol], line: int) -> str:
    holding = [one for one in symbols if one.start <= line <= one.end]
    kinds = [one for one in holding if one.kind in ("function", "method", "class")]
    return min(kinds, key=lambda one: one.end - one.start).qualified if kinds else ""
