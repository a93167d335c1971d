"""What the top level of a module binds: definitions that can be cut out, imports, and the rest."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rooftree.errors import ToolRefusedError
from tools.moving.sources.source import PythonSource, Span
from tools.renaming.scopes import FUNCTIONS, Scope, bind, chain_of

Kind = Literal["own", "import", "typing"]
"""`typing` is what is bound for type checkers alone."""
Import = ast.Import | ast.ImportFrom


@dataclass(frozen=True, slots=True)
class ModuleBinding:
    """One statement that binds a name."""

    kind: Kind
    node: ast.stmt
    alias: ast.alias | None = None


@dataclass(frozen=True, slots=True)
class DefinitionBlock:
    """The statements of a definition that stand together; `first` and `last` are lines."""

    name: str
    nodes: tuple[ast.stmt, ...]
    first: int
    last: int

    def holds(self, line: int) -> bool:
        return self.first <= line <= self.last


def bound_by(node: ast.stmt) -> set[str]:
    """Return the names that a statement of a module binds there."""
    scope = Scope("module")
    bind(scope, [node])
    return scope.bound - {"*"}


def bindings_of(source: PythonSource) -> dict[str, list[ModuleBinding]]:
    """Return what binds each name of a module."""
    found: dict[str, list[ModuleBinding]] = {}
    for kind, node in _statements(source.tree.body):
        if isinstance(node, Import):
            for alias in node.names:
                local = (alias.asname or alias.name).partition(".")[0]
                found.setdefault(local, []).append(ModuleBinding(kind or "import", node, alias))
        else:
            for name in bound_by(node):
                found.setdefault(name, []).append(ModuleBinding(kind or "own", node))
    return found


def _statements(body: Sequence[ast.stmt]) -> Iterator[tuple[Literal["", "typing"], ast.stmt]]:
    for node in body:
        if is_typing_block(node):
            yield from (("typing", one) for one in node.body)  # type: ignore[attr-defined]  # it is an If
        else:
            yield "", node


def is_typing_block(node: ast.stmt) -> bool:
    """Say whether a statement is `if TYPE_CHECKING:` and nothing else."""
    is_one = isinstance(node, ast.If) and not node.orelse
    return is_one and chain_of(node.test).rpartition(".")[2] == "TYPE_CHECKING"  # type: ignore[attr-defined]  # it is an If


def is_main_block(node: ast.stmt) -> bool:
    """Say whether a statement is what a program runs: `if __name__ == "__main__":`."""
    if not isinstance(node, ast.If) or not isinstance(node.test, ast.Compare):
        return False
    return isinstance(node.test.left, ast.Name) and node.test.left.id == "__name__"


def definition_of(source: PythonSource, name: str) -> DefinitionBlock:
    """Return a definition of the top level; ToolRefusedError where it is none that can be cut."""
    if name.startswith("__") and name.endswith("__"):
        raise ToolRefusedError(f"{name} is a name that Python gives a meaning in each module")
    body = source.tree.body
    found = [number for number, node in enumerate(body) if name in bound_by(node)]
    if not found:
        raise ToolRefusedError(
            f"{source.path} has no {name} at its top level, and nothing else is moved"
        )
    nodes = [body[number] for number in found]
    together = found == list(range(found[0], found[0] + len(found)))
    overloaded = together and all(isinstance(one, FUNCTIONS) for one in nodes)
    if not all(map(_is_cut, nodes)) or (len(nodes) > 1 and not overloaded):
        lines = ", ".join(str(one.lineno) for one in nodes)
        raise ToolRefusedError(
            f"{name} is bound in {source.path}, line {lines}, by more than one plain definition"
        )
    after = body[found[-1] + 1 : found[-1] + 2]
    if not isinstance(nodes[0], (*FUNCTIONS, ast.ClassDef)):
        nodes += [one for one in after if _is_text(one)]
    return DefinitionBlock(
        name, tuple(nodes), _first_line(source, nodes[0]), nodes[-1].end_lineno or 0
    )


def _is_cut(node: ast.stmt) -> bool:
    """Say whether a statement defines one name and does nothing else."""
    if isinstance(node, ast.Assign):
        return len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    if isinstance(node, ast.AnnAssign):
        return isinstance(node.target, ast.Name) and node.value is not None
    return isinstance(node, (*FUNCTIONS, ast.ClassDef)) or type(node).__name__ == "TypeAlias"


def _is_text(node: ast.stmt) -> bool:
    """Say whether a statement is a text alone, as one that documents a constant is."""
    value = node.value if isinstance(node, ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _first_line(source: PythonSource, node: ast.stmt) -> int:
    """Return where a definition begins, with its decorators and the comments right above it."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = above = min([node.lineno, *(one.lineno for one in decorators)])
    while source.starts_with_comment(above - 1):
        above -= 1
    # What the file begins with is the file's, such as a licence.
    return first if above == 1 else above


def cut_span(source: PythonSource, one: DefinitionBlock) -> Span:
    """Return the lines that go with a definition, blank ones on one side of it among them."""
    before, after = one.first, one.last
    while source.is_blank(before - 1):
        before -= 1
    while source.is_blank(after + 1):
        after += 1
    is_last = source.at(min(after, len(source.lines)), 0) >= len(source.data) or (
        after >= len(source.lines)
    )
    if is_last or (after - one.last > one.first - before and before > 1):
        return source.starts[before - 1], min(source.starts[one.last], len(source.data))
    return source.starts[one.first - 1], min(source.starts[after], len(source.data))


def check_alone(source: PythonSource, one: DefinitionBlock) -> None:
    """Refuse a definition whose lines hold something else."""
    for node in one.nodes:
        start, end = source.span(node)
        if not source.is_alone((source.line_start(start), end)) or (
            source.line_start(start) != start
        ):
            raise ToolRefusedError(f"{source.path}:{node.lineno} holds more than {one.name}")
