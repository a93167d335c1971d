"""What a Python file imports, by its lines, which of them may fail, and what names it gives."""

import ast
from collections.abc import Iterator
from functools import lru_cache

KEPT = 8
DYNAMIC = ("__getattr__", "__getattribute__", "globals()", "sys.modules[", "setattr(")
"""What gives names to things while a program runs."""


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
    """Return the lines that stand in a `try` with a handler, or that only type checkers read."""
    lines: set[int] = set()
    for node in nodes_of(text):
        checked = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if (isinstance(node, ast.Try) and node.handlers) or checked:
            assert isinstance(node, ast.If | ast.Try)  # noqa: S101 - one of both, for the checker
            for inner in node.body:
                lines.update(range(inner.lineno, (inner.end_lineno or inner.lineno) + 1))
    return frozenset(lines)


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
        return tuple(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
