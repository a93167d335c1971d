"""Moves or renames a module's file, with every import of it; or refuses, with the places."""

import ast
import keyword
from collections import Counter
from collections.abc import Iterator

from rooftree.errors import ToolRefusedError
from tools.drafts.snapshot import EXECUTABLE
from tools.moving.circles import check_circles
from tools.moving.files.module_users import ModuleUser
from tools.moving.module_names import (
    absolute_parts,
    folder_of,
    package_root,
    python_files,
    relative_name,
    stem_of,
    written_module,
)
from tools.moving.python_program import PythonProgram
from tools.moving.reached import asked_lazily, escapes, has_stub, module_in_text, scanned
from tools.moving.request import MoveResult, rewritten
from tools.moving.sources.import_lines import import_span
from tools.moving.sources.source import Edits
from tools.renaming.resolving import listed

MEANT_BY_NAME = frozenset(
    {
        *("__init__.py", "__main__.py", "conftest.py", "setup.py", "manage.py", "noxfile.py"),
        *("conf.py", "dodo.py", "fabfile.py", "locustfile.py"),
    }
)
"""Files that Python or its tools know by their names."""
OF_A_PLACE = frozenset({"__file__", "__path__", "__spec__", "__package__"})


def move_file(program: PythonProgram, source: str, target: str) -> MoveResult:
    """Move a file with all that imports it; ToolRefusedError where that cannot be done whole."""
    _check_paths(program, source, target)
    users = [ModuleUser(program, path, source, target) for path in _importers(program, source)]
    unsure = [*module_in_text(program, source), *_asked_by_text(program, source)]
    unsure += [*asked_lazily(program, source, {stem_of(source)}), *scanned(program, source)]
    for user in users:
        user.rewrite()
        unsure += user.unsure
    if unsure:
        raise ToolRefusedError(
            f"{source} is not moved, since not every use can be told: {listed(unsure)}"
        )
    texts: dict[str, str | None] = {one.path: one.edits.applied() for one in users}
    texts = {path: text for path, text in texts.items() if text != program.source(path).text}
    texts |= {target: _own_text(program, source, target), source: None}
    draft = rewritten(program.draft, texts, {target: source})
    after = PythonProgram(draft, program)
    count = _check_done(program, after, source, target)
    paths = [path for path in texts if path != source]
    check_circles(program, after, paths, {target: source})
    return MoveResult(draft, source, "", target, count, texts)


def _check_paths(program: PythonProgram, source: str, target: str) -> None:
    stem, new = stem_of(source), stem_of(target)
    for path in (source, target):
        if path.rpartition("/")[2] in MEANT_BY_NAME:
            raise ToolRefusedError(f"{path} means something to Python by its name")
        if has_stub(program, path):
            raise ToolRefusedError(f"{path} has a file of types beside it")
    if target in program.documents or program.draft.content(target) is not None:
        raise ToolRefusedError(f"{target} is there already; nothing is moved over it")
    if stem.isidentifier() and (not new.isidentifier() or keyword.iskeyword(new)):
        raise ToolRefusedError(f"{new!r} is no name of a module that Python imports")
    if program.draft.snapshot.mode(source) == EXECUTABLE:
        raise ToolRefusedError(f"{source} may be executed, and a new file may not; move it by hand")
    if folder_of(source) != folder_of(target):
        _check_folder(program, source, target)


def _check_folder(program: PythonProgram, source: str, target: str) -> None:
    """Refuse what depends on the folder that a file lies in."""
    for node in ast.walk(program.source(source).tree):
        if isinstance(node, ast.Name) and node.id in OF_A_PLACE:
            raise ToolRefusedError(
                f"{source}:{node.lineno} uses {node.id}, which is another in another folder"
            )
    around = {f"{folder}conftest.py" for folder in _folders(source) - _folders(target)}
    lost = sorted(around & set(program.documents))
    if lost:
        raise ToolRefusedError(f"{lost[0]} would no longer count for {target}")


def _folders(path: str) -> set[str]:
    parts = path.split("/")[:-1]
    return {"".join(f"{one}/" for one in parts[:end]) for end in range(len(parts) + 1)}


def _importers(program: PythonProgram, source: str) -> Iterator[str]:
    """Yield the files that name the module, but for itself."""
    yield from (one for one in python_files(program, stem_of(source)) if one != source)


def _asked_by_text(program: PythonProgram, source: str) -> Iterator[str]:
    """Yield where the module is asked for by a text, of the package around it."""
    package = source.rpartition("/")[0] + "/__init__.py"
    if package in program.documents:
        for one in escapes(program, package, {stem_of(source)}):
            if " in a text" in one or " sets " in one:
                yield one


def _own_text(program: PythonProgram, source: str, target: str) -> str:
    """Return the file's text with relative imports that mean from the new place what they meant."""
    text = program.source(source)
    edits = Edits(text)
    for node in program.froms_of(source):
        if program.module_of(source, node) == source:
            raise ToolRefusedError(f"{source}:{node.lineno} imports itself")
        if node.level and folder_of(source) != folder_of(target):
            parts = absolute_parts(source, written_module(node))
            root = package_root(program, target)
            named = relative_name(program, target, parts) or ".".join(parts[len(root) :])
            edits.replace(import_span(text, node), named)
    return edits.applied()


def _check_done(program: PythonProgram, after: PythonProgram, source: str, target: str) -> int:
    """Resolve anew: every import means what it meant, the module that moved among them."""
    count = 0
    near = {*python_files(program, stem_of(source)), *python_files(after, stem_of(target))}
    for path in sorted((near & set(program.documents)) | {source}):
        now = target if path == source else path
        _ = after.source(now).tree  # refuses what does not parse
        before = _meant(program, path, source, target)
        there = _meant(after, now, source, target)
        if before != there:
            told = min((before - there) + (there - before))
            raise ToolRefusedError(
                f"the move would not hold, so nothing is moved: {path} would not mean the same by "
                f"{'/'.join(told)}"
            )
        count += sum(number for one, number in before.items() if target in one)
    return count


def _meant(program: PythonProgram, path: str, source: str, target: str) -> Counter[tuple[str, ...]]:
    """Count what the imports and chains of a file mean, the old module as the new one."""
    found: Counter[tuple[str, ...]] = Counter()
    for entity in program.meanings(path):
        told = program.told(entity)
        found[tuple(target if one == source else one for one in told)] += 1
    for node, within in program.around(path).within.items():
        is_read = isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
        if is_read and program.chain_path(path, within, node) in (source, target):  # type: ignore[arg-type]  # it is an Attribute
            found["asked", target] += 1
    return found
