"""The imports that a definition brings along to another module, as that module writes them."""

import ast
from dataclasses import dataclass

from rooftree.errors import ToolRefusedError
from tools.moving.definitions.cut import Cut
from tools.moving.definitions.needs import uses_of
from tools.moving.module_names import (
    absolute_parts,
    module_at,
    package_root,
    parts_of,
    relative_name,
    written_module,
)
from tools.moving.sources.bindings import ModuleBinding, bindings_of
from tools.moving.sources.import_lines import ImportLine
from tools.moving.sources.source import PythonSource

Meant = tuple[str, ...]
"""The module that a name comes from, by its folders, and the name there: the same from anywhere."""


@dataclass(frozen=True, slots=True)
class _Brought:
    name: str
    line: ImportLine
    meant: Meant
    is_typing: bool


def brought_lines(cut: Cut, source: PythonSource) -> tuple[list[ImportLine], list[ImportLine]]:
    """Return the imports that are needed and not there: plain ones, and those for type checkers."""
    there = bindings_of(source)
    needed = [_of_own(cut, name) for name in cut.needs.own]
    for name, bound in cut.needs.imported.items():
        needed += [_of_import(cut, name, one) for one in bound]
    missing = [one for one in needed if not _is_there(cut, source, there.get(one.name, []), one)]
    plain = [one.line for one in missing if not one.is_typing]
    return plain, [one.line for one in missing if one.is_typing]


def _of_own(cut: Cut, name: str) -> _Brought:
    line = ImportLine(cut.named_from(cut.target, cut.source.path), name)
    meant = (*parts_of(cut.source.path), ":", name)
    return _Brought(name, line, meant, cut.needs.own[name] == "typing")


def _of_import(cut: Cut, name: str, one: ModuleBinding) -> _Brought:
    node, alias = one.node, one.alias
    assert alias is not None  # noqa: S101 - it is an import
    module = alias.name
    if isinstance(node, ast.ImportFrom):
        module = written_module(node)
        if node.level:
            parts = absolute_parts(cut.source.path, module)
            root = package_root(cut.program, cut.target)
            module = relative_name(cut.program, cut.target, parts) or ".".join(parts[len(root) :])
        line = ImportLine(module, alias.name, alias.asname or "")
    else:
        line = ImportLine(module, "", alias.asname or "")
    return _Brought(name, line, _meant(cut, cut.source.path, one), one.kind == "typing")


def _meant(cut: Cut, user: str, one: ModuleBinding) -> Meant:
    node, alias = one.node, one.alias
    assert alias is not None  # noqa: S101 - it is an import
    if not isinstance(node, ast.ImportFrom):
        return (*_module(cut, user, alias.name), ":", "")
    module = _module(cut, user, written_module(node))
    return (*module, ":", alias.name)


def _module(cut: Cut, user: str, text: str) -> Meant:
    if text.startswith("."):
        return absolute_parts(user, text)
    path = module_at(cut.program, cut.program.file_at(user), text)
    return parts_of(path) if path else tuple(text.split("."))


def _is_there(cut: Cut, source: PythonSource, bound: list[ModuleBinding], wanted: _Brought) -> bool:
    """Say whether the module has what is needed; refuse where it has another by that name."""
    name = wanted.name
    if not bound and uses_of(source, name, (), inside=False):
        raise ToolRefusedError(
            f"{source.path} uses a {name} that it binds nowhere, and {cut.name} needs another one"
        )
    own = (*parts_of(source.path), ":", name)
    found = False
    for one in bound:
        is_own = one.alias is None and one.kind == "own" and wanted.meant == own
        same = is_own or (one.alias is not None and _meant(cut, source.path, one) == wanted.meant)
        if not same and _are_modules(one, wanted.line):
            continue
        if not same:
            raise ToolRefusedError(f"{source.path} has another {name} than {cut.name} needs")
        if one.kind == "typing" and not wanted.is_typing:
            raise ToolRefusedError(
                f"{source.path} imports {name} for type checkers alone, and {cut.name} needs it"
            )
        found = True
    return found


def _are_modules(one: ModuleBinding, line: ImportLine) -> bool:
    """Say whether two imports bind one package, each for another module of it."""
    plain = isinstance(one.node, ast.Import) and one.alias is not None and not one.alias.asname
    return plain and not line.name and not line.local
