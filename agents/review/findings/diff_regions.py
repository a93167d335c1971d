"""The lines of one side of a file that its diff shows, and which of them were changed."""

from dataclasses import dataclass
from typing import Literal

from tools.diffs.patch import FileDiff

DiffSide = Literal["new", "old"]
NEW: DiffSide = "new"
OLD: DiffSide = "old"


@dataclass(frozen=True, slots=True)
class DiffRegion:
    """What the hunks of a diff show of the new file, or of the old one."""

    side: DiffSide
    runs: tuple[tuple[tuple[int, str], ...], ...]
    """By hunk, its lines: their numbers, and their texts without indentation."""
    changed: frozenset[int]

    def weight(self, start: int, end: int) -> int:
        """Return how many of these lines were changed."""
        return len(self.changed.intersection(range(start, end + 1)))


def regions_of(diff: FileDiff, side: DiffSide, text: str) -> DiffRegion:
    """Return the region of a side; its lines are taken from the file, as that may be shown."""
    lines = text.split("\n")
    shown = [
        hunk.new_lines if side == NEW else range(hunk.old_start, hunk.old_start + len(hunk.old))
        for hunk in diff.hunks
    ]
    runs = tuple(
        tuple((number, lines[number - 1].strip()) for number in run if 1 <= number <= len(lines))
        for run in shown
    )
    changed = diff.added if side == NEW else diff.removed
    return DiffRegion(side, runs, changed)
