"""When the files of a worktree were last checked, and how many had changed.

A command checks for itself. A server has checked: its watcher says when to, a clock makes
sure, and a search reports how long ago that was. It does not do the check.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from indexing.store.manifest import Generation
from indexing.vectors import coverage_notes
from rooftree.errors import RooftreeError

JUST_MADE_SECONDS = 10.0
"""A generation that is not older was compared with the files when it was made, by whomever."""


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


@dataclass(frozen=True, slots=True)
class _Look:
    generation: int
    behind: int
    current: bool
    at: float
    """When it began, on the monotonic clock."""


class FreshnessTracker:
    """The last check of one worktree; safe to share among threads."""

    def __init__(self, *, owned: bool) -> None:
        self._owned = owned
        self._last: _Look | None = None
        self._touched = False
        self._reading = False
        self._failed = ""
        self._began = time.monotonic()
        self._looking = threading.Lock()

    def touched(self) -> None:
        """Note that files were saved."""
        self._touched = True

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Look at all files and read those that were saved until now, for a `with` block."""
        self._reading, self._touched = self._touched, False
        self._began = time.monotonic()
        try:
            yield
        except BaseException as error:
            self._touched = self._touched or self._reading
            if isinstance(error, RooftreeError):
                self._failed = str(error)
            raise
        finally:
            self._reading = False

    @contextmanager
    def one_at_a_time(self) -> Iterator[bool | None]:
        """Wait for a running check, and yield what it found; None: run the check yourself."""
        asked = time.monotonic()
        if not self._owned:
            yield None
            return
        with self._looking:
            last = self._last
            if last is not None and last.at >= asked:
                yield last.current
                return
            self._began = time.monotonic()
            yield None

    def took(self, generation: int, behind: int = 0, *, current: bool = True) -> None:
        """Record the result of a check that began at the last `reading` or `one_at_a_time`."""
        self._failed = ""
        self._last = _Look(generation, behind, current, self._began)

    def took_named(self, generation: int) -> None:
        """Remember that files which were told of were read; the others were looked at before."""
        if self._last is not None:
            self._last = replace(self._last, generation=generation)

    def told(self, generation: Generation) -> WorktreeFreshness:
        """Return what is known of a generation, without looking."""
        return replace(self._told(generation), failed=self._failed)

    def _told(self, generation: Generation) -> WorktreeFreshness:
        touched = self._touched or self._reading
        last = self._last
        if last is not None and last.generation == generation.id:
            return WorktreeFreshness(last.behind, time.monotonic() - last.at, touched)
        age = time.time() - generation.made
        if 0 <= age < JUST_MADE_SECONDS:
            return WorktreeFreshness(0, age, touched)
        if last is not None:  # a newer generation is there and its view is being read
            return WorktreeFreshness(last.behind, time.monotonic() - last.at, touched=True)
        return WorktreeFreshness(None, None, touched)


def rounded(seconds: float | None) -> float | None:
    """Return seconds as they are told; None stays None."""
    return None if seconds is None else round(seconds, 1)
