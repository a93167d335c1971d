"""Patches in the form that some models were trained on: `*** Begin Patch` … `*** End Patch`.

A patch adds, deletes, updates and moves files; an update has hunks of context, removed and added
lines, headed by the definition that they are in. Hunks are found as `replace_text` finds text, with
no regard to line numbers, of which there are none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from rooftree.errors import ToolRetryError
from tools.edits.replace_text import replace_text

PatchAction = Literal["add", "delete", "update"]
_ACTIONS: dict[str, PatchAction] = {
    "*** Add File: ": "add",
    "*** Delete File: ": "delete",
    "*** Update File: ": "update",
}
_MOVE, _BEGIN, _END = "*** Move to: ", "*** Begin Patch", "*** End Patch"
_END_OF_FILE = "*** End of File"
FORM = (
    "a patch begins with *** Begin Patch, names files by *** Update File: path (or Add, Delete), "
    "has lines that begin with a blank, - or +, and ends with *** End Patch"
)


@dataclass(slots=True)
class PatchHunk:
    """Lines to be found, what they become, and the definitions that they stand in."""

    headers: list[str] = field(default_factory=list)
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


@dataclass(slots=True)
class FilePatch:
    """What a patch does with one file."""

    action: PatchAction
    path: str
    to: str = ""
    hunks: list[PatchHunk] = field(default_factory=list)

    @property
    def added_text(self) -> str:
        """The text of a file that is added."""
        lines = [line for hunk in self.hunks for line in hunk.new]
        return "\n".join([*lines, ""]) if lines else ""


def parse_patch(text: str) -> tuple[FilePatch, ...]:
    """Read a patch; ToolRetryError where it is none."""
    files: list[FilePatch] = []
    for number, line in enumerate(_lines(text), 1):
        action = next((one for one in _ACTIONS if line.startswith(one)), "")
        if action:
            files.append(FilePatch(_ACTIONS[action], line.removeprefix(action).strip()))
        elif not files:
            raise ToolRetryError(f"line {number} of the patch is in no file; {FORM}")
        elif line.startswith(_MOVE):
            files[-1].to = line.removeprefix(_MOVE).strip()
        elif line.strip() != _END_OF_FILE:
            _add(files[-1], line, number)
    if not files:
        raise ToolRetryError(f"the patch names no file; {FORM}")
    return tuple(files)


def patched(text: str, patch: FilePatch) -> str:
    """Return a file's text after the hunks of an update; ToolRetryError where one is not found."""
    for hunk in patch.hunks:
        text = _applied(text.replace("\r\n", "\n"), hunk)
    return text


def _lines(text: str) -> Iterator[str]:
    """Yield the lines between the marks of a patch; a fence or a heredoc around it is forgiven."""
    lines = text.replace("\r\n", "\n").split("\n")
    begins = [number for number, line in enumerate(lines) if line.strip() == _BEGIN]
    for line in lines[begins[0] + 1 if begins else 0 :]:
        if line.strip() == _END:
            return
        yield line


def _add(patch: FilePatch, line: str, number: int) -> None:
    if line.startswith("@@"):
        header = line[2:].strip()
        if not patch.hunks or patch.hunks[-1].old or patch.hunks[-1].new:
            patch.hunks.append(PatchHunk())
        patch.hunks[-1].headers += [header] if header else []
        return
    mark, rest = line[:1], line[1:]
    if mark not in ("", " ", "-", "+"):
        raise ToolRetryError(f"line {number} of the patch begins with {mark!r}; {FORM}")
    if not patch.hunks:
        patch.hunks.append(PatchHunk())
    if mark != "+":
        patch.hunks[-1].old.append(rest)
    if mark != "-":
        patch.hunks[-1].new.append(rest)


def _applied(text: str, hunk: PatchHunk) -> str:
    old, new = _without_ends(hunk.old), _without_ends(hunk.new)
    start = _below(text, hunk.headers)
    if not "".join(old).strip():
        return text[:start] + _after_line(text[start:], new)
    head, rest = text[:start], text[start:]
    try:
        return head + replace_text(rest, "\n".join(old), "\n".join(new)).text
    except ToolRetryError:
        if not start:
            raise
        return replace_text(text, "\n".join(old), "\n".join(new)).text


def _without_ends(lines: Sequence[str]) -> list[str]:
    """Drop a last blank line, which is the end of the patch's text and no line of the file."""
    return list(lines[:-1]) if lines and not lines[-1].strip() else list(lines)


def _below(text: str, headers: Sequence[str]) -> int:
    """Return where the innermost definition that is named begins; 0 where none is found."""
    at = 0
    for header in headers:
        found = text.find(header, at)
        at = found if found >= 0 else at
    return text.rfind("\n", 0, at) + 1 if at else 0


def _after_line(text: str, new: Sequence[str]) -> str:
    """Put lines behind the first line of a text: a hunk that only adds has nothing to find."""
    first, feed, rest = text.partition("\n")
    return first + (feed or "\n") + "".join(f"{line}\n" for line in new) + rest
