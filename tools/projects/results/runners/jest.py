"""Read what jest prints with `--verbose`: a heading for each file, and its tests below it."""

import re
from collections.abc import Iterator

from tools.projects.results.runners.tap import SEPARATOR

_HEADING = re.compile(r"^(PASS|FAIL) (\S.*)$", re.MULTILINE)
_TOOK = re.compile(r" \(\d++(?:\.\d++)? m?s\)$")
_LINE = re.compile(r"^( ++)(?:([✓✕○✎√×]) )?(.*)$")
_WORDS = {"✓": "PASSED", "√": "PASSED", "✕": "FAILED", "×": "FAILED"}
_DETAILS = "  ● "
_UNREAD = "  ● Test suite failed to run"
_TOTAL = re.compile(r"^Tests: ++\S", re.MULTILINE)


def is_jest(text: str) -> bool:
    """Say whether an output has jest's headings and its total."""
    return _HEADING.search(text) is not None and _TOTAL.search(text) is not None


def read_jest(text: str) -> Iterator[tuple[str, str]]:
    """Yield each test of each file; a file that could not be read is itself what failed."""
    path = ""
    groups: list[tuple[int, str]] = []
    for line in text.split("\n"):
        heading = _HEADING.match(line)
        if heading is not None:
            path, groups = _path(heading[2]), []
        elif path and line == _UNREAD:
            yield path, "FAILED"
            path = ""
        elif line.startswith(_DETAILS) or (line and not line.startswith(" ")):
            path = ""  # details of failures, or other output
        elif path and (match := _LINE.match(line)) is not None:
            indent, mark, rest = len(match[1]), match[2], match[3]
            groups = [one for one in groups if one[0] < indent]
            name = _TOOK.sub("", rest)
            if mark is None:
                groups.append((indent, name))
                continue
            if mark in "○✎":
                name = name.removeprefix("skipped ").removeprefix("todo ")
            parts = [*(group for _, group in groups), name]
            yield f"{path}::{SEPARATOR.join(parts)}", _WORDS.get(mark, "SKIPPED")


def _path(heading: str) -> str:
    """Return a file's path, without a project's name before it and the time behind it."""
    return _TOOK.sub("", heading).rpartition(" ")[2].removeprefix("./")
