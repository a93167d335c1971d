"""The tool `find`: a text, a pattern or a name, looked for in all files of the draft.

Patterns come from a model, and files from anybody: they are matched by RE2, in time in proportion
to the text whatever both are. What is not in the draft (ignored, denied, too large) is not looked
into, and where nothing is found that is said.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from pydantic import Field

from indexing.secrets.redact import redact
from rooftree.errors import ToolRetryError
from rooftree.text.linear_patterns import (
    MAX_PATTERN_LENGTH,
    LinePattern,
    glob_of,
    regex_pattern,
    text_pattern,
    word_pattern,
)
from tools.model_tools.arguments import Arguments, Text
from tools.model_tools.tool import Tool
from tools.model_tools.working_draft import WorkingDraft, clipped, counted, relative_path

FindKind = Literal["text", "regex", "name"]
MAX_LINE_LENGTH = 200
MAX_COUNTED = 5_000
"""Hits that are counted; a search of one letter need not be counted to its end."""
BINARY_LOOKED = 8_192


class FindArguments(Arguments):
    pattern: Text = Field(description="what to look for")
    path: Text = Field(default="", description="only in this folder or file")
    glob: Text = Field(default="", description="only in files like *.py or src/**/*.ts")
    kind: FindKind = Field(
        default="text", description="text: as it is; regex: RE2 pattern; name: names of files"
    )


@dataclass(slots=True)
class FoundLines:
    """What was found so far."""

    most: int
    shown: dict[str, list[str]] = field(default_factory=dict)
    folders: Counter[str] = field(default_factory=Counter)
    total: int = 0

    def add(self, path: str, number: int, line: str) -> None:
        self.total += 1
        self.folders[path.rpartition("/")[0] or "."] += 1
        if self.total <= self.most:
            self.shown.setdefault(path, []).append(f"{path}:{number}: {line}")

    @property
    def is_full(self) -> bool:
        return self.total >= MAX_COUNTED


def find_tool(working: WorkingDraft) -> Tool:
    """Return the tool over one agent's draft."""

    async def find(arguments: FindArguments) -> str:
        return await asyncio.to_thread(_find, working, arguments)

    return Tool(
        "find",
        "Find lines that hold a text or match a pattern, or files by their names. In small letters "
        "a text matches in any case.",
        FindArguments,
        find,
    )


def lines_that_name(working: WorkingDraft, name: str, but: str, most: int) -> tuple[str, ...]:
    """Return the first lines that hold a name as a word, as the tool shows them; none of `but`."""
    found, pattern = FoundLines(most), word_pattern(name)
    for path in working.paths():
        if found.total >= most:
            break
        if path != but:
            _look_into(working, path, pattern, found)
    return tuple(line for lines in found.shown.values() for line in lines)


def _find(working: WorkingDraft, arguments: FindArguments) -> str:
    if not arguments.pattern.strip():
        raise ToolRetryError("`pattern` is empty; give the text, pattern or name to look for")
    if len(arguments.pattern) > MAX_PATTERN_LENGTH:
        raise ToolRetryError(f"`pattern` is longer than {MAX_PATTERN_LENGTH} characters")
    names = list(_chosen(working, arguments))
    if arguments.kind == "name":
        return _names(working, arguments, names)
    pattern = _pattern(arguments)
    found = FoundLines(working.limits.hits)
    for name in names:
        if found.is_full:
            break
        _look_into(working, name, pattern, found)
    if not found.total:
        return _nothing(working, arguments, len(names))
    shown = [line for lines in found.shown.values() for line in lines]
    text = "\n".join([*shown, _summary(found)])
    return text if len(text) <= working.limits.characters else _cut(text, working, found)


def _look_into(working: WorkingDraft, name: str, pattern: LinePattern, found: FoundLines) -> None:
    data = working.content(name)
    if b"\0" in data[:BINARY_LOOKED]:
        return
    numbers = list(pattern.lines(data))
    if not numbers:
        return
    # A secret is neither shown nor found: what holds it only there has no hit.
    shown = redact(data.decode("utf-8", "replace"))
    still = set(pattern.lines(shown.encode("utf-8", "replace")))
    lines = shown.split("\n")
    for number in numbers:
        if number in still:
            found.add(name, number, clipped(lines[number - 1].strip(), MAX_LINE_LENGTH))


def _pattern(arguments: FindArguments) -> LinePattern:
    if arguments.kind == "regex":
        return regex_pattern(arguments.pattern)
    return text_pattern(arguments.pattern, any_case=_is_small(arguments.pattern))


def _is_small(text: str) -> bool:
    return text == text.lower()


def _chosen(working: WorkingDraft, arguments: FindArguments) -> Iterator[str]:
    folder = relative_path(arguments.path)
    names = working.paths()
    if folder and not working.exists(folder) and folder not in working.folders():
        raise working.missing(folder)
    glob = glob_of(arguments.glob) if arguments.glob else None
    for name in names:
        inside = not folder or name == folder or name.startswith(f"{folder}/")
        if inside and (glob is None or glob.fits(name)):
            yield name


def _names(working: WorkingDraft, arguments: FindArguments, names: list[str]) -> str:
    pattern = arguments.pattern.strip()
    has_marks = "*" in pattern or "?" in pattern
    glob = glob_of(pattern) if has_marks else None
    lowered = pattern.lower()
    found = [one for one in names if (glob.fits(one) if glob else lowered in one.lower())]
    if not found:
        return _nothing(working, arguments, len(names))
    most = working.limits.hits
    shown = found[:most]
    if len(found) == len(shown):
        return "\n".join([*shown, f"{len(found)} files"])
    folders = Counter(one.rpartition("/")[0] or "." for one in found)
    return "\n".join([*shown, f"{most} of {len(found)} files; most are in {counted(folders, 5)}"])


def _summary(found: FoundLines) -> str:
    at_least = "at least " if found.is_full else ""
    lines = f"{at_least}{found.total} lines in {len(found.folders)} folders"
    if found.total <= found.most:
        return lines
    return (
        f"the first {found.most} of {lines}; most are in {counted(found.folders, 5)}; narrow it by "
        "path or glob"
    )


def _cut(text: str, working: WorkingDraft, found: FoundLines) -> str:
    """Return as many lines as there is room for, and what was found in all."""
    lines, end = text.split("\n"), _summary(found)
    room = working.limits.characters - len(end) - 80
    shown: list[str] = []
    for line in lines[:-1]:
        room -= len(line) + 1
        if room < 0:
            break
        shown.append(line)
    return "\n".join([*shown, f"{len(lines) - 1 - len(shown)} more hits are not shown", end])


def _nothing(working: WorkingDraft, arguments: FindArguments, files: int) -> str:
    """Say what was looked into, and what was not: that nothing is there is never said of that."""
    case = "in any case" if _is_small(arguments.pattern) else "in this case"
    case = "as RE2" if arguments.kind == "regex" else case
    where = f" below {arguments.path!r}" if arguments.path else ""
    like = f" like {arguments.glob!r}" if arguments.glob else ""
    left_out = Counter(working.draft.snapshot.left_out.values())
    missed = f"; not looked into: {counted(left_out, 4)}" if left_out else ""
    looked = f"{files} files{where}{like} were looked at, {case}"
    return f"no hits for {arguments.pattern[:MAX_LINE_LENGTH]!r}: {looked}{missed}"
