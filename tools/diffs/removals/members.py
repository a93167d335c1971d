"""Constants, enum members and annotated attributes of Python classes, which are no definitions."""

import ast
from collections.abc import Iterator, Mapping

from indexing.parsing.syntax.types import ParsedSymbol
from tools.diffs.removals.python_imports import nodes_of

MEMBER = "member"
"""The kind of symbol that one is given here."""
ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})
"""Bases from outside that have no member of any other name that code asks a class for."""
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


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
