"""What is known of the files of a worktree: when they were last checked, how many had changed."""

from collections.abc import Iterator
from dataclasses import dataclass

from indexing.vectors import coverage_notes


@dataclass(frozen=True, slots=True)
class WorktreeFreshness:
    """What is known of the files: how many had moved on, and how long ago that was seen."""

    files_behind: int | None
    """None where there was no check."""
    seconds_ago: float | None
    touched: bool = False
    """Whether files were saved after that."""
    failed: str = ""
    """Why the last look at the files came to nothing; empty where it did not."""
    checked: str = ""
    """When the index was last looked at for damage, in words."""
    ignored: int | None = 0
    """How many files and folders git's ignore rules leave out; None where nobody has counted."""
    stale: bool = False
    """Whether a fault keeps something out of the index, or another process is writing it."""

    def notes(self) -> Iterator[str]:
        """Say what an answer may lack for it."""
        if self.files_behind is None:
            yield coverage_notes.UNLOOKED
            return
        yield coverage_notes.files_behind_note(self.files_behind)
        if self.touched:
            yield coverage_notes.TOUCHED
        if self.failed:
            yield coverage_notes.failed_look(self.failed)

    @property
    def may_lack(self) -> bool:
        """Whether files may hold what the index does not."""
        return self.stale or self.touched or bool(self.failed)


def rounded(seconds: float | None) -> float | None:
    """Return seconds as they are told; None stays None."""
    return None if seconds is None else round(seconds, 1)
