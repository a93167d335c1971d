"""What a Python file imports, by its lines, which of them may fail, and what names it gives."""

import ast
from collections.abc import Iterator
from functools import lru_cache

from tools.drafts.syntax import UNREADABLE, python_tree

KEPT = 8
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
DYNAMIC = ("__getattr__", "__getattribute__", "globals()", "sys.modules[", "setattr(")
"""What gives names to things while a program runs."""
CONDITIONS = frozenset({"TYPE_CHECKING", "version_info", "hasattr", "platform", "find_spec"})
"""What an `if` asks before something that may not be there."""
EXPECTING = frozenset({"suppress", "raises", "assertRaises", "assertRaisesRegex"})
"""What a `with` calls that takes an exception."""


def imported_modules(text: str) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Yield each module that may be imported: its line, its name, and its package and part of it.

    `from shop import cart` imports `shop`, and `shop.cart` where that is a module.
    """
    for node in nodes_of(text):
        if isinstance(node, ast.Import):
            for one in node.names:
                yield node.lineno, one.name, ()
        elif isinstance(node, ast.ImportFrom):
            package = "." * node.level + (node.module or "")
            yield node.lineno, package, ()
            for one in node.names:
                dot = "" if package.endswith(".") else "."
                yield node.lineno, f"{package}{dot}{one.name}", (package, one.name)


@lru_cache(maxsize=KEPT)
def guarded_lines(text: str) -> frozenset[int]:
    """Return the lines that may fail, that not every Python runs, or that type checkers read."""
    lines: set[int] = set()
    for node in nodes_of(text):
        for inner in _guarded(node):
            lines.update(range(inner.lineno, (inner.end_lineno or inner.lineno) + 1))
    return frozenset(lines)


def _guarded(node: ast.AST) -> list[ast.stmt]:
    """Return the statements that a `try`, a `with` or an `if` guards."""
    match node:
        case ast.Try(body=body, handlers=[_, *_]):
            return body
        case ast.If(test=test, body=body, orelse=others) if _names(test, CONDITIONS):
            return [*body, *others]
        case ast.With(items=items, body=body) if any(
            _names(one.context_expr, EXPECTING) for one in items
        ):
            return body
    return []


def _names(node: ast.expr, words: frozenset[str]) -> bool:
    named = (getattr(one, "id", getattr(one, "attr", "")) for one in ast.walk(node))
    return not words.isdisjoint(named)


def binds(text: str, name: str) -> bool:
    """Say whether a file may give a name to something, or answers for names that it does not have.

    Whatever it cannot be read for counts as that.
    """
    nodes = nodes_of(text)
    if any(word in text for word in DYNAMIC) or (not nodes and name in text):
        return True
    return any(_binds(node, name) for node in nodes)


def _binds(node: ast.AST, name: str) -> bool:
    match node:
        case ast.Name(id=bound, ctx=ast.Store()) | ast.Attribute(attr=bound, ctx=ast.Store()):
            return bound == name
        case ast.FunctionDef(name=bound) | ast.AsyncFunctionDef(name=bound):
            return bound == name
        case ast.ClassDef(name=bound):
            return bound == name
        case ast.alias(name=bound, asname=other):
            return name in (bound, other)
    return False


@lru_cache(maxsize=KEPT)
def nodes_of(text: str) -> tuple[ast.AST, ...]:
    """Return all nodes of a file, the module first; none where it does not parse."""
    try:
        return tuple(ast.walk(python_tree(text)))
    except UNREADABLE:
        return ()
