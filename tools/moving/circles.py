"""Circular imports that a move would make: what a module runs when it is imported, and in turn."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from rooftree.errors import ToolRefusedError
from tools.moving.module_names import module_at, packages_of, written_module
from tools.moving.python_program import PythonProgram
from tools.moving.sources.bindings import is_typing_block
from tools.renaming.resolving import listed
from tools.renaming.scopes import FUNCTIONS

Edges = frozenset[tuple[str, str]]


class ImportGraph:
    """Which modules of the repository a module imports while it is itself imported."""

    def __init__(self, program: PythonProgram) -> None:
        self._program = program
        self.of = cache(self._of)

    def _of(self, path: str) -> frozenset[str]:
        found: set[str] = set()
        for node in _run(self._program.source(path).tree.body):
            for one in self._imported(path, node):
                if one and one != path:
                    found |= {one, *self._packages(path, one)} - {path}
        return frozenset(found)

    def _imported(self, path: str, node: ast.stmt) -> Iterator[str]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                file = self._program.file_at(path)
                yield module_at(self._program, file, alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = self._program.module_of(path, node)
            below = [self._below(path, node, alias) for alias in node.names]
            yield from below
            # A module is taken from a package that is being imported; another name is not.
            if module and (not all(below) or module not in packages_of(path)):
                yield module

    def _below(self, path: str, node: ast.ImportFrom, alias: ast.alias) -> str:
        """Return the path of the module beneath a package that an import takes from it."""
        file = self._program.file_at(path)
        text = written_module(node)
        joint = "" if text.endswith(".") else "."
        return module_at(self._program, file, f"{text}{joint}{alias.name}")

    def _packages(self, user: str, path: str) -> Iterator[str]:
        """Yield the packages around a module, which are imported first, but for one's own."""
        for package in packages_of(path) - packages_of(user) - {path}:
            if package in self._program.documents:
                yield package

    def knows(self, path: str) -> bool:
        return path in self._program.documents

    def way(self, start: str, end: str) -> list[str]:
        """Return the modules on the way from one to another by imports; empty for none."""
        before: dict[str, str] = {start: ""}
        waiting = [start]
        while waiting:
            here = waiting.pop(0)
            if here == end:
                return _traced(before, end)
            for one in sorted(self.of(here)):
                if one not in before:
                    before[one] = here
                    waiting.append(one)
        return []


def _traced(before: dict[str, str], end: str) -> list[str]:
    found = [end]
    while before[found[-1]]:
        found.append(before[found[-1]])
    return found[::-1]


def _run(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run when a module is imported, those in blocks too."""
    for node in body:
        if isinstance(node, FUNCTIONS) or is_typing_block(node):
            continue
        yield node
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, [])
            yield from _run(inner if isinstance(inner, list) else [])


def new_circles(
    before: ImportGraph, after: ImportGraph, paths: Sequence[str], moved: dict[str, str]
) -> Iterator[str]:
    """Yield the circles that go by an import which these files have only now.

    `moved` tells what a file was called before.
    """
    for path in paths:
        there = moved.get(path, path)
        old = {_now(moved, one) for one in before.of(there)} if before.knows(there) else set()
        for new in sorted(after.of(path) - old):
            way = after.way(new, path)
            if way:
                yield " → ".join([path, *way])


def _now(moved: dict[str, str], path: str) -> str:
    return next((new for new, old in moved.items() if old == path), path)


def check_circles(
    before: PythonProgram, after: PythonProgram, paths: list[str], moved: Mapping[str, str]
) -> None:
    """Refuse where modules would import each other in a circle that is not there yet."""
    found = list(new_circles(ImportGraph(before), ImportGraph(after), paths, dict(moved)))
    if found:
        raise ToolRefusedError(
            f"nothing is moved, since modules would import each other in a circle: {listed(found)}"
        )
