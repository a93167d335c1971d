"""A materialised change as the sides and the scorer see it: two commits and what differs."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.repair.materialise import git
from benchmarks.repair.tasks import RepairError
from benchmarks.review.diffs import Hunk, hunks_of


@dataclass(frozen=True)
class Change:
    """A repository with the branches `base` and `head`, checked out at its head."""

    folder: Path

    @cached_property
    def hunks(self) -> tuple[Hunk, ...]:
        """What differs, with three lines of context, as a forge shows it."""
        return self._hunks(3)

    @cached_property
    def bare_hunks(self) -> tuple[Hunk, ...]:
        """What differs, without context."""
        return self._hunks(0)

    @cached_property
    def title(self) -> str:
        said = git("-C", str(self.folder), "log", "-1", "--format=%s", "head")
        return said.decode("utf-8", "replace").strip()

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(hunk.path for hunk in self.hunks))

    def _hunks(self, context: int) -> tuple[Hunk, ...]:
        options = (f"-U{context}", "--no-renames", "--no-color", "--no-ext-diff")
        said = git("-C", str(self.folder), "diff", *options, "base", "head")
        return hunks_of(said.decode("utf-8", "replace"))

    def text(self, path: str, commit: str = "head") -> str | None:
        """Return a file's text; None where there is no such file."""
        try:
            data = git("-C", str(self.folder), "cat-file", "blob", f"{commit}:{path}")
        except RepairError:
            return None
        return data.decode("utf-8", "replace")

    def lines(self, path: str) -> Sequence[str]:
        """Return the lines of a file of the head, split at line feeds only, without `\\r`."""
        text = self.text(path)
        lines = [line.removesuffix("\r") for line in text.split("\n")] if text else []
        return lines[:-1] if lines and not lines[-1] else lines

    def quote(self, path: str, start: int, end: int) -> str:
        return "\n".join(self.lines(path)[start - 1 : end])

    def added(self, path: str) -> frozenset[int]:
        """Return the lines that the change added to a file."""
        hunks = (hunk for hunk in self.bare_hunks if hunk.path == path)
        return frozenset(line for hunk in hunks for line in hunk.new_lines)
