"""Moves one definition of a module's top level to another module; or refuses, with the places."""

import ast
from collections.abc import Iterator, Mapping

from indexing.symbols.resolution.entities import DefinitionEntity
from rooftree.errors import ToolRefusedError
from tools.moving.circles import ImportGraph, check_circles
from tools.moving.definitions.cut import Cut, cut_of
from tools.moving.definitions.joining import joined_text
from tools.moving.definitions.leaving import left_text
from tools.moving.definitions.users import UserFile
from tools.moving.import_effects import changed_on_import, noted_on_import
from tools.moving.python_program import PythonProgram
from tools.moving.reached import (
    asked_lazily,
    escapes,
    has_stub,
    is_optional,
    reached_by_text,
    star_users,
)
from tools.moving.request import MoveResult, rewritten
from tools.moving.sources.all_names import offered
from tools.moving.sources.bindings import bound_by
from tools.renaming.resolving import Found, Resolving, listed
from tools.renaming.scopes import places


def move_definition(program: PythonProgram, name: str, path: str, target: str) -> MoveResult:
    """Move a definition with all that uses it; ToolRefusedError where that cannot be done whole."""
    cut = cut_of(program, name, program.source(path), target)
    _check_told(cut)
    _check_optional(cut)
    texts = _texts(cut)
    draft = rewritten(program.draft, texts, {})
    after = PythonProgram(draft, program)
    count = _check_done(cut, after, texts)
    return MoveResult(draft, path, name, target, count, texts, tuple(cut.along))


def _texts(cut: Cut) -> dict[str, str | None]:
    """Return the new text of each file that changes."""
    source = cut.source.path
    texts: dict[str, str | None] = {source: left_text(cut), cut.target: joined_text(cut)}
    for path, many in cut.found.mine.items():
        if path not in texts:
            user = UserFile(cut.program, path, source, cut.target)
            user.rewrite(cut.name, many)
            text = user.edits.applied()
            if text != user.text.text:
                texts[path] = text
    return texts


def _check_told(cut: Cut) -> None:
    """Refuse where not every use can be told."""
    program, path = cut.program, cut.source.path
    watched = {*cut.moved, *cut.needs.own, *cut.needs.imported}
    unsure = [*cut.found.unsure, *_untold(cut)]
    unsure += star_users(program, path, cut.target)
    unsure += reached_by_text(program, path, watched)
    unsure += escapes(program, path, watched)
    unsure += asked_lazily(program, path, cut.moved)
    unsure += changed_on_import(cut.source, cut.blocks, cut.moved)
    unsure += [
        f"{one} has a file of types beside it"
        for one in (path, cut.target)
        if has_stub(program, one)
    ]
    if unsure:
        raise ToolRefusedError(
            f"{cut.name} is not moved, since not every use can be told: {listed(unsure)}"
        )


def _check_optional(cut: Cut) -> None:
    """Refuse to make always needed what a module imports that is itself imported only sometimes."""
    program, path = cut.program, cut.source.path
    outside = [
        str(one.node.lineno)
        for many in cut.needs.imported.values()
        for one in many
        if one.kind == "import" and not _is_ours(program, path, one.node)
    ]
    known = cut.target in program.documents
    if outside and known and is_optional(program, path) and not is_optional(program, cut.target):
        raise ToolRefusedError(
            f"{path} is imported only within functions or conditions, and {cut.target} would "
            f"always need what it imports in line {min(outside)}"
        )


def _is_ours(program: PythonProgram, path: str, node: ast.stmt) -> bool:
    if isinstance(node, ast.ImportFrom):
        return bool(program.module_of(path, node))
    return False


def _untold(cut: Cut) -> Iterator[str]:
    """Yield what the module itself does with names that move, and cannot do from outside."""
    source = cut.source
    for name in cut.moved:
        for one in places(source.path, source.text, name):
            if one.kind == "declared":
                yield f"{source.path}:{one.line} declares {name} global"
        for node in source.tree.body:
            if isinstance(node, ast.Delete) and name in bound_by(node):
                yield f"{source.path}:{node.lineno} deletes {name}"


def _check_done(cut: Cut, after: PythonProgram, texts: Mapping[str, str | None]) -> int:
    """Resolve anew: as many uses lead to the new place as led to the old one."""
    for path in texts:
        _ = after.source(path).tree  # refuses what does not parse
    told = _resolved(after, cut.target, cut.name)
    before, now = _uses(cut.program, cut.found), _uses(after, told)
    if told.unsure or before != now or _resolved(after, cut.source.path, cut.name).mine:
        why = listed(told.unsure) or f"{now} of {before} uses lead to {cut.target}"
        raise ToolRefusedError(f"the move would not hold, so nothing is moved: {why}")
    _check_needs(cut, after)
    check_circles(cut.program, after, list(texts), {})
    _check_noted(cut, after)
    return now


def _check_noted(cut: Cut, after: PythonProgram) -> None:
    """Refuse where an import of the old module did more than bind what moves, and would not."""
    if ImportGraph(after).way(cut.source.path, cut.target):
        return
    noted = list(noted_on_import(cut.program, cut.source, cut.blocks))
    if noted:
        raise ToolRefusedError(
            f"{cut.name} is not moved, since importing {cut.source.path} may make it known by more "
            f"than its name, and would no longer: {listed(noted)}"
        )


def _resolved(program: PythonProgram, path: str, name: str) -> Found:
    return Resolving(program, DefinitionEntity(program.documents[path], name), name).all()


def _uses(program: PythonProgram, found: Found) -> int:
    """Count the uses of a definition, without the imports and offers that lead to it."""
    count = 0
    for path, many in found.mine.items():
        offers = {(one.lineno, one.col_offset) for one in _offered(program, path)}
        for one in many:
            is_offer = one.kind == "text" and any(
                line == one.line and column <= one.column <= column + 4 for line, column in offers
            )
            count += one.kind != "import" and not is_offer
    return count


def _offered(program: PythonProgram, path: str) -> list[ast.Constant]:
    try:
        return offered(program.source(path))
    except ToolRefusedError:
        return []


def _check_needs(cut: Cut, after: PythonProgram) -> None:
    """Refuse where a name that moves uses would mean another thing in the new module."""
    old, new = cut.program.file_at(cut.source.path), after.file_at(cut.target)
    for name in (*cut.needs.own, *cut.needs.imported, *cut.needs.builtin, *cut.along):
        before = cut.program.told(cut.program.python_rules.bare(old, "", name, 0))
        now = after.told(after.python_rules.bare(new, "", name, 0))
        moved = tuple(cut.target if one == cut.source.path else one for one in before)
        if now != (moved if name in cut.along else before):
            raise ToolRefusedError(
                f"{name} would be another thing in {cut.target}, so {cut.name} is not moved"
            )
