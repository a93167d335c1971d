"""Parse a task's text: tests that it names, and places that a traceback names."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.moving.request import MoveRequest
from tools.renaming.rename import Renaming

MAX_TASK_LENGTH = 20_000
MAX_PATH_LENGTH = 1_024
"""A longer name is no file's: each of its ends is looked up."""
_TEST_ID = re.compile(
    r"(?<![\w./-])(?P<path>[\w./-]++)(?<=[\w./-]\.py)::(?P<name>\w+(?:::\w+)*(?:\[[^\n]{0,200}?\](?=[\s,;`'\")]|$))?)"
)
_UNITTEST_ID = re.compile(r"\b(?P<method>test\w*) \((?P<place>[\w.]+)\)")
_DOTTED_ID = re.compile(r"(?<![\w./:-])(?:\w++\.)++test\w*+")
"""As unittest and Django name a test: `tests.test_cart.Cart.test_total`."""
_FRAME = re.compile(
    r"(?:File \"(?P<file>[^\"\n]+)\", line (?P<line>\d{1,9}))"
    r"|(?<![\w./-])(?P<path>(?:[\w/-]*+\.)++\w++):(?P<number>\d{1,9})"
)

_TEST_WANTED = re.compile(
    r"\s*+(?:please\s++)?(?:add|write|create)\s++(?:(?:an?|some|more|the|new|unit|missing)\s++){0,3}"
    r"tests?\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"`([^`\n]{1,200})`")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*+(?:\.[A-Za-z_]\w*+)*+")

_DOTTED = r"[A-Za-z_]\w{0,99}(?:\.[A-Za-z_]\w{0,99}){0,4}"
_RENAME = re.compile(
    r"\s*+(?:please\s++)?rename\s++(?:the\s++)?(?:(?:function|method|class|variable|constant)\s++)?"
    rf"`?(?:(?P<path>[\w./-]{{1,500}})::)?(?P<old>{_DOTTED})(?:\(\))?`?"
    r"(?:\s++(?:in|of)\s++`?(?P<file>[\w./-]{1,500}[\w])`?)?"
    rf"\s++(?:to|into|as)\s++`?(?P<new>{_DOTTED})(?:\(\))?`?(?:\s++everywhere)?\s*+[.!]?\s*+",
    re.IGNORECASE,
)
_PLACE = r"[\w./-]{0,500}[\w/]"
_MOVE = re.compile(
    r"\s*+(?:please\s++)?move\s++(?:the\s++)?"
    r"(?:(?:function|method|class|variable|constant|type)\s++)?"
    rf"`?(?:(?P<path>[\w./-]{{1,500}})::)?(?P<name>{_DOTTED})(?:\(\))?`?"
    rf"(?:\s++(?:from|in|of|out\s++of)\s++(?:the\s++)?(?:(?:file|module)\s++)?`?(?P<file>{_PLACE})`?)?"
    r"\s++(?:to|into)\s++(?:the\s++)?(?:new\s++)?(?:(?:file|module)\s++)?"
    rf"`?(?P<target>{_PLACE})`?(?:\s++everywhere)?\s*+[.!]?\s*+",
    re.IGNORECASE,
)
_MOVE_FILE = re.compile(
    r"\s*+(?:please\s++)?(?P<verb>move|rename)\s++(?:the\s++)?(?:(?P<kind>file|module)\s++)?"
    rf"`?(?P<path>{_PLACE})`?\s++(?:to|into|as)\s++(?:the\s++)?"
    r"(?:(?:file|module|folder|directory|package)\s++)?"
    rf"`?(?P<target>{_PLACE})`?(?:\s++everywhere)?\s*+[.!]?\s*+",
    re.IGNORECASE,
)
_FILE = re.compile(
    r".*\.(?:pyi?|[cm]?[jt]sx?|go|rs|java|kt|rb|php|cs|exs?|scala|swift|vue|c|h|cpp)"
)
_MODULE = re.compile(r"[A-Za-z_]\w*+(?:\.[A-Za-z_]\w*+)++")


@dataclass(frozen=True, slots=True)
class TracebackFrame:
    """A line of code that an output names, below the repository."""

    path: str
    line: int


def tests_named(task: str, test_files: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of tests that a task names and that may exist, without repeats."""
    files = tuple(test_files)
    found = [
        f"{path}::{match['name']}"
        for match in _TEST_ID.finditer(task)
        if (path := _file_of(match["path"], files)) is not None
    ]
    for match in _UNITTEST_ID.finditer(task):
        place = match["place"].removesuffix(f".{match['method']}")
        module, _, group = place.rpartition(".")
        path = _file_of(f"{module.replace('.', '/')}.py", files)
        if path is not None:
            found.append(f"{path}::{group}::{match['method']}")
    found += filter(None, (_of_dotted(named, files) for named in _DOTTED_ID.findall(task)))
    return tuple(dict.fromkeys(found))


def rename_of(task: str) -> Renaming | None:
    """Return the rename that a task asks for, and for nothing beside it."""
    found = _RENAME.fullmatch(task)
    if found is None:
        return None
    old, new = found["old"], found["new"]
    around = old.rpartition(".")[0]
    # A dotted new name moves nothing: what stands before it has to be the same.
    if around:
        new = new.removeprefix(f"{around}.")
    return Renaming(old, new, found["path"] or found["file"] or "")


def move_of(task: str) -> MoveRequest | None:
    """Return the move that a task asks for, and for nothing beside it."""
    found = _MOVE_FILE.fullmatch(task)
    if found is not None and (_FILE.fullmatch(found["path"]) or found["kind"]):
        return MoveRequest("", found["path"], _new_file(found))
    found = _MOVE.fullmatch(task)
    if found is None or not _is_place(found["target"]):
        return None
    return MoveRequest(found["name"], found["path"] or found["file"] or "", found["target"])


def _is_place(text: str) -> bool:
    """Say whether a text names a file, or a module by its dotted name."""
    return _FILE.fullmatch(text) is not None or _MODULE.fullmatch(text) is not None


def _new_file(found: re.Match[str]) -> str:
    """Return where a file goes: a folder keeps its name, a new name its folder."""
    path, target = found["path"], found["target"]
    if _MODULE.fullmatch(path) and not _FILE.fullmatch(path):
        return target
    folder, _, name = path.rpartition("/")
    if target.endswith("/") or not _FILE.fullmatch(target):
        return f"{target.rstrip('/')}/{name}"
    is_name = found["verb"].lower() == "rename" and "/" not in target and folder
    return f"{folder}/{target}" if is_name else target


def _of_dotted(named: str, files: tuple[str, ...]) -> str | None:
    """Return the id of a test that is named by its module, class and method."""
    if len(named) > MAX_PATH_LENGTH:
        return None
    parts = named.split(".")
    for end in range(len(parts) - 1, 0, -1):
        path = _file_of(f"{'/'.join(parts[:end])}.py", files)
        if path is not None:
            return "::".join((path, *parts[end:]))
    return None


def asks_for_test(task: str) -> bool:
    """Say whether a task asks for tests and begins with that."""
    return _TEST_WANTED.match(task) is not None


def names_of(task: str) -> tuple[str, ...]:
    """Return the names that a task may mean definitions by: those in backticks, or else all."""
    quoted = [one.rpartition("::")[2].removesuffix("()") for one in _QUOTED.findall(task)]
    return tuple(dict.fromkeys(quoted or _NAME.findall(task)))


def frames_of(output: str, known: Iterable[str]) -> Iterator[TracebackFrame]:
    """Yield the lines of the repository's files that an output names, in their order."""
    names = frozenset(known)
    for match in _FRAME.finditer(output):
        named, line = match["file"] or match["path"], match["line"] or match["number"]
        path = _known(named, names)
        if path is not None:
            yield TracebackFrame(path, int(line))


def _file_of(named: str, files: tuple[str, ...]) -> str | None:
    """Return the one test file that a name means; a name may begin anywhere above it."""
    if named in files:
        return named
    ends = [path for path in files if path.endswith(f"/{named}") or named.endswith(f"/{path}")]
    return ends[0] if len(ends) == 1 else None


def _known(named: str, names: frozenset[str]) -> str | None:
    path = named.removeprefix("/workspace/").removeprefix("./")
    while path and len(path) <= MAX_PATH_LENGTH:
        if path in names:
            return path
        _, _, path = path.partition("/")
    return None
