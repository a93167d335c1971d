"""Unified diffs as hunks of line numbers, read from git's own output.

Nothing here is shared with what is measured: the scorer must not believe rooftree's own parser.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


@dataclass(frozen=True, slots=True)
class Hunk:
    """One place of a file where two texts differ, with as much context as git was asked for."""

    path: str
    old_start: int
    old_count: int
    new_start: int
    new_count: int
    body: tuple[str, ...]
    """Its lines, each with its sign."""

    @property
    def new_end(self) -> int:
        return self.new_start + max(self.new_count, 1) - 1

    @property
    def old_lines(self) -> range:
        """The lines of the old text; for a hunk without context, the deleted ones."""
        return range(self.old_start, self.old_start + self.old_count)

    @property
    def new_lines(self) -> range:
        """The lines of the new text; for a hunk without context, the added ones."""
        return range(self.new_start, self.new_start + self.new_count)

    @property
    def added(self) -> tuple[int, ...]:
        """The numbers of the added lines, whatever the context is."""
        return tuple(number for number, sign, _ in self.numbered() if sign == "+")

    def numbered(self) -> Iterator[tuple[int, str, str]]:
        """Yield each line with its number in the new text, or where it would stand, and sign."""
        number = self.new_start if self.new_count else self.new_start + 1
        for line in self.body:
            if line.startswith("\\"):
                continue
            yield number, line[:1], line[1:]
            number += not line.startswith("-")


def hunks_of(difference: str) -> tuple[Hunk, ...]:
    """Read what `git diff` printed."""
    found: list[Hunk] = []
    path = ""
    lines = difference.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith(("+++ ", "--- a/")):
            path = path_of(line) or path
        elif (head := _HUNK.match(line)) is not None:
            old, new = int(head[2] or 1), int(head[4] or 1)
            body = body_of(lines[number:], old, new)
            number += len(body)
            found.append(Hunk(path, int(head[1]), old, int(head[3]), new, body))
    return tuple(found)


def path_of(line: str) -> str:
    """Return the path of a `---` or `+++` line; none for `/dev/null`."""
    name = line[4:].rstrip("\t")
    return name[2:] if name.startswith(("a/", "b/")) else ""


def body_of(lines: Sequence[str], old: int, new: int) -> tuple[str, ...]:
    """Take as many lines as a hunk's head counts."""
    body: list[str] = []
    for line in lines:
        if old <= 0 and new <= 0 and not line.startswith("\\"):
            break
        if not line.startswith("\\"):
            old -= not line.startswith("+")
            new -= not line.startswith("-")
        body.append(line)
    return tuple(body)
