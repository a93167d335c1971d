"""What importing a module does besides binding names, which a definition that leaves would lose."""

import ast
from collections.abc import Iterator, Sequence

from indexing.symbols.resolution.entities import DefinitionEntity
from tools.moving.python_program import PythonProgram
from tools.moving.sources.bindings import (
    DefinitionBlock,
    Import,
    bindings_of,
    is_main_block,
    is_typing_block,
)
from tools.moving.sources.source import PythonSource
from tools.renaming.scopes import FUNCTIONS, chain_of

LEAVES_NO_TRACE = (
    *("functools", "contextlib", "dataclasses", "typing", "typing_extensions", "abc", "enum"),
    *("warnings", "types", "unittest", "attr", "attrs", "click", "pytest.mark"),
    *("staticmethod", "classmethod", "property"),
)
"""Decorators, or modules of them, that note nowhere what they decorate."""
PLAIN_METACLASSES = frozenset({"ABCMeta", "EnumMeta", "EnumType", "type"})
MAX_BASES = 20


def changed_on_import(
    source: PythonSource, blocks: Sequence[DefinitionBlock], names: Sequence[str]
) -> Iterator[str]:
    """Yield where a module, while it is imported, changes names that move, or hands them on.

    Who imports the new module alone would not see that.
    """
    moved = {node for block in blocks for node in block.nodes}
    for node in _run(one for one in source.tree.body if one not in moved):
        found = next((one for one in names if _changes(node, one)), "")
        if found:
            yield (
                f"{source.path}:{node.lineno} changes {found} or hands it on when the module is "
                "imported"
            )


def _run(body: Iterator[ast.stmt] | list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements that run on import, those within blocks too."""
    for node in body:
        if is_typing_block(node) or is_main_block(node) or isinstance(node, Import):
            continue
        yield node
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            continue
        for field in ("body", "orelse", "finalbody"):
            yield from _run(getattr(node, field, []))
        for one in getattr(node, "handlers", []):
            yield from _run(one.body)


def _changes(node: ast.stmt, name: str) -> bool:
    """Say whether a statement may change what a name stands for, by itself or by a call."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return any(
            isinstance(one, ast.Attribute) and _root(one) == name
            for decorator in node.decorator_list
            for one in ast.walk(decorator)
        )
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(node))
    targets = getattr(node, "targets", [getattr(node, "target", None)])
    return any(
        isinstance(one, ast.Attribute | ast.Subscript) and _root(one) == name for one in targets
    )


def _root(node: ast.expr) -> str:
    """Return the name that attributes and items are asked of."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def noted_on_import(
    program: PythonProgram, source: PythonSource, blocks: Sequence[DefinitionBlock]
) -> Iterator[str]:
    """Yield what may note a definition somewhere when its module is imported, as a route is."""
    for block in blocks:
        for node in block.nodes:
            if not isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                continue
            for one in node.decorator_list:
                if not _leaves_no_trace(source, one):
                    yield f"{source.path}:{one.lineno} decorates {block.name}"
            if isinstance(node, ast.ClassDef) and _is_noted(program, source, node):
                yield f"{source.path}:{node.lineno} makes a class that its base may note"


def _leaves_no_trace(source: PythonSource, node: ast.expr) -> bool:
    told = f"{_absolute(source, node.func if isinstance(node, ast.Call) else node)}."
    return any(told.startswith(f"{one}.") for one in LEAVES_NO_TRACE)


def _absolute(source: PythonSource, node: ast.expr) -> str:
    """Return a chain of names by the module that its first one is imported from."""
    first, dot, rest = chain_of(node).partition(".")
    bound = bindings_of(source).get(first, [])
    if not bound:
        return f"{first}{dot}{rest}"
    alias, statement = bound[0].alias, bound[0].node
    if alias is None or len(bound) > 1:
        return ""
    if isinstance(statement, ast.ImportFrom):
        if statement.level:
            return ""
        return f"{statement.module}.{alias.name}{dot}{rest}"
    return f"{alias.name if alias.asname else first}{dot}{rest}"


def _is_noted(program: PythonProgram, source: PythonSource, node: ast.ClassDef) -> bool:
    """Say whether a class is made with keywords, or has a base here that is told of it."""
    if _tells(node):
        return True
    waiting = [DefinitionEntity(program.documents[source.path], node.name)]
    seen: set[DefinitionEntity] = set()
    while waiting and len(seen) < MAX_BASES:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        for base in program.python_rules.bases(one, 0):
            if isinstance(base, DefinitionEntity):
                waiting.append(base)
                if _is_told(program, base):
                    return True
    return False


def _tells(node: ast.ClassDef) -> bool:
    return any(
        one.arg != "metaclass" or chain_of(one.value).rpartition(".")[2] not in PLAIN_METACLASSES
        for one in node.keywords
    )


def _is_told(program: PythonProgram, base: DefinitionEntity) -> bool:
    """Say whether a class learns of those that are made of it."""
    tree = program.source(program.paths[base.document]).tree
    name = base.qualified.rpartition(".")[2]
    return any(
        isinstance(node, ast.ClassDef)
        and node.name == name
        and (
            _tells(node)
            or any(getattr(one, "name", "") == "__init_subclass__" for one in node.body)
        )
        for node in ast.walk(tree)
    )
