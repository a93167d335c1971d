"""Read TAP, as Node's runner (nested), mocha, vitest (flat), tape and others print it.

A line is a test's by its indentation alone. What follows it between `---` and `...` is the error,
in which anything may stand, so it is passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

SEPARATOR = " > "
STEP = 4
"""Spaces by which a subtest is indented."""
_VERSION = re.compile(r"^TAP version 1[34]$", re.MULTILINE)
_PLAN = re.compile(r"^1\.\.\d++(?: |$)", re.MULTILINE)
_LINE = re.compile(r"^( *+)(not )?ok\b(?: \d++)?(?: -(?= |$))? ?(.*)$")
_SUBTEST = re.compile(r"^( *+)# Subtest: (.*)$")
_DIRECTIVE = re.compile(r"(?<!\\)# ?(SKIP|TODO|time=)", re.IGNORECASE)
_FILE = re.compile(r"(\S+\.[cm]?[jt]sx?) > (.*)")
_WORKSPACE = "/workspace/"
_IN_CHILD = ("failureType: 'subtestsFailed'", "failureType: 'cancelledByParent'")


@dataclass(frozen=True, slots=True)
class _Test:
    level: int
    name: str
    word: str
    details: tuple[str, ...]


def is_tap(text: str) -> bool:
    """Say whether an output is TAP: it names its version, or has a plan."""
    return _VERSION.search(text) is not None or _PLAN.search(text) is not None


def read_tap(text: str) -> Iterator[tuple[str, str]]:
    """Yield each test with its outcome; of what holds others, only what is not told by those."""
    names: list[str] = []
    inside: set[int] = set()
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        told = _SUBTEST.match(lines[at])
        if told is not None and len(told[1]) % STEP == 0:
            level = len(told[1]) // STEP
            names[level:] = [_plain(told[2])]
        end = _end_of_details(lines, at + 1)
        test = _test(lines[at], lines[at + 1 : end])
        at = end if test is not None else at + 1
        if test is None:
            continue
        holds = test.level + 1 in inside
        inside = {level for level in inside if level <= test.level} | {test.level}
        told_inside = test.word != "FAILED" or any(line in _IN_CHILD for line in test.details)
        if not (holds and told_inside):
            yield _named([*names[: test.level], test.name]), test.word


def _end_of_details(lines: list[str], at: int) -> int:
    """Return where the block ends that tells of the test before it; `at` where none does."""
    if at >= len(lines) or lines[at].strip() != "---":
        return at
    end = lines[at].replace("---", "...")
    return next((here + 1 for here in range(at, len(lines)) if lines[here] == end), len(lines))


def _test(line: str, details: list[str]) -> _Test | None:
    match = _LINE.match(line)
    if match is None or len(match[1]) % STEP:
        return None
    named = match[3]
    directive = _DIRECTIVE.search(named)
    word = "FAILED" if match[2] else "PASSED"
    if directive is not None:
        named = named[: directive.start()]
        if not directive[1].lower().startswith("time"):
            word = "SKIPPED"
    return _Test(
        len(match[1]) // STEP, _plain(named.strip()), word, tuple(one.strip() for one in details)
    )


def _plain(name: str) -> str:
    return name.replace("\\#", "#").replace("\\\\", "\\")


def _named(parts: list[str]) -> str:
    """Return a test's id: Node names a file by its whole path, vitest before the test."""
    if parts[0].startswith(_WORKSPACE):
        path = parts[0].removeprefix(_WORKSPACE)
        return "::".join([path, SEPARATOR.join(parts[1:])]) if parts[1:] else path
    named = SEPARATOR.join(parts)
    in_file = _FILE.fullmatch(named)
    return f"{in_file[1]}::{in_file[2]}" if in_file is not None else named
