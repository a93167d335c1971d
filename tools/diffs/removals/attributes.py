"""Reads of attributes in Python, such as `shop.LIMIT`: the index keeps no references of them."""

import ast
from collections import Counter
from collections.abc import Collection, Iterator

from indexing.parsing.scopes.receivers import OPAQUE, TYPED
from indexing.parsing.syntax.types import ParsedSymbol, Reference
from tools.diffs.removals.python_imports import nodes_of


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
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
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
