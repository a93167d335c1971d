"""The imports of a Python file by their lines, and the lines that may fail without harm."""

import ast
from collections.abc import Iterator
from functools import lru_cache

KEPT = 8


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


@lru_cache(maxsize=KEPT)
def nodes_of(text: str) -> tuple[ast.AST, ...]:
    """Return all nodes of a file, the module first; none where it does not parse."""
    try:
        return tuple(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
