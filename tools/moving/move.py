"""Move a definition or a file with all that refers to it; or refuse, with each place in the way.

As a rename it is whole or not at all: what cannot be told for certain stops all of it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from indexing.parsing.syntax.languages import language_of
from rooftree.confined_files import is_relative
from rooftree.errors import ToolRefusedError
from tools.drafts.draft import Draft
from tools.moving.definitions.definition import move_definition
from tools.moving.files.module_file import move_file
from tools.moving.module_names import Parts, dotted_names, package_root
from tools.moving.python_program import PythonProgram
from tools.moving.request import MoveRequest, MoveResult
from tools.renaming.resolving import listed

LARGEST = 1 << 20


def move(draft: Draft, request: MoveRequest) -> MoveResult:
    """Move what is asked for; ToolRefusedError where that cannot be done whole."""
    program = PythonProgram(draft)
    source = _source(program, request)
    target = _target(program, source, request.target)
    for path in (source, target):
        if not path.endswith(".py"):
            raise ToolRefusedError(f"{path} is not Python, and other languages are not moved")
    if source == target:
        raise ToolRefusedError(f"{source} is where it is already")
    program = PythonProgram(with_packages(draft, source, target))
    if request.name:
        done = move_definition(program, request.name, source, target)
    else:
        done = move_file(program, source, target)
    texts = {path: "" for path in program.draft.changes if path not in draft.changes}
    left = _left(program, done.draft, source, request.name)
    return replace(done, texts={**texts, **done.texts}, notes=tuple(left))


def _source(program: PythonProgram, request: MoveRequest) -> str:
    """Return the file that something is moved from; where none is named, the one that has it."""
    path = _file_of(program, request.source)
    if path and path not in program.documents:
        raise ToolRefusedError(f"there is no file {path!r}; search for the right path")
    if path:
        return path
    found = [one for one in program.named(request.name) if one.qualified == request.name]
    if not found:
        raise ToolRefusedError(
            f"no definition of Python at the top of a file is called {request.name!r} here; other "
            "languages are not moved"
        )
    paths = [program.paths[one.document] for one in found]
    if len(paths) > 1:
        raise ToolRefusedError(
            f"{request.name!r} may be of one of these, say which: {listed(paths)}"
        )
    return paths[0]


def _file_of(program: PythonProgram, text: str) -> str:
    """Return the path that a text is, or that it names as Python names a module."""
    path = text.removeprefix("./")
    if path in program.documents or "/" in path:
        return path
    beneath = f"/{path.replace('.', '/')}"
    ends = (f"{beneath}.py", f"{beneath}/__init__.py")
    found = [one for one in program.documents if f"/{one}".endswith(ends)]
    if len(found) > 1:
        raise ToolRefusedError(f"{text!r} may be one of these, say which: {listed(sorted(found))}")
    return found[0] if found else path


def _target(program: PythonProgram, source: str, text: str) -> str:
    """Return the file that something goes to; a dotted name is below where the source's begins."""
    path = _file_of(program, text)
    if path not in program.documents and "/" not in path and not path.endswith(".py"):
        parts = (*package_root(program, source), *path.split("."))
        is_file = language_of(path) is not None and not _has_folder(program, parts[:-1])
        path = path if is_file else "/".join(parts) + ".py"
    if not is_relative(path):
        raise ToolRefusedError(f"{text!r} is no path below the repository")
    return path


def _has_folder(program: PythonProgram, parts: Parts) -> bool:
    return any(one.startswith("/".join((*parts, ""))) for one in program.documents)


def with_packages(draft: Draft, source: str, target: str) -> Draft:
    """Make the new folders of a target packages, where its source lies in one."""
    files = {*draft.snapshot.files, *draft.changes}
    if f"{source.rpartition('/')[0]}/__init__.py" not in files:
        return draft
    parts = target.split("/")[:-1]
    for end in range(1, len(parts) + 1):
        here = "/".join(parts[:end])
        if not any(one.startswith(f"{here}/") for one in files):
            draft = draft.with_text(f"{here}/__init__.py", "")
    return draft


def _left(program: PythonProgram, draft: Draft, source: str, name: str) -> Iterator[str]:
    """Tell where texts, comments or documents name it as it was."""
    dotted = [one for one in dotted_names(program, source) if name or "." in one]
    wanted = [f"{one}.{name}" if name else one for one in dotted] + ([name] if name else [source])
    word = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, wanted))})(?!\w)")
    lines = []
    for path in sorted({*draft.snapshot.files, *draft.changes}):
        data = draft.content(path)
        is_code = bool(name) and path.endswith((".py", ".pyi"))
        if data is None or len(data) > LARGEST or is_code:
            continue
        if not any(one.encode() in data for one in wanted):
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), 1):
            if word.search(line):
                lines.append(f"{path}:{number}")
    if lines:
        called = name or source
        yield (
            f"{len(lines)} lines of texts, comments or documents name {called} and were not "
            f"changed: {listed(lines)}"
        )
