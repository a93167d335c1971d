"""How far the files of a worktree have moved on since they were indexed, and when that was seen.

A command checks for itself. A server has checked: its watcher says when to, a clock makes sure, and
a search reports how long ago that was.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from indexing.repository.opened_index import OpenedIndex
from indexing.search.worktree_freshness import WorktreeFreshness
from indexing.store.manifest import Generation, Manifest
from indexing.store.schema import reported_damage
from indexing.store.worktree_state import snapshot
from rooftree.errors import IndexDamagedError, RooftreeError

if TYPE_CHECKING:
    from indexing.build.indexer import IndexingResult

JUST_MADE_SECONDS = 10.0
"""A generation that is not older was compared with the files when it was made, by whomever."""


@dataclass(frozen=True, slots=True)
class _Check:
    generation: int
    behind: int
    current: bool
    at: float
    """When it began, on the monotonic clock."""


class IndexFreshness:
    """Compares a worktree with its index, and remembers the last check; safe among threads."""

    def __init__(self, index: OpenedIndex) -> None:
        self._index = index
        self._last: _Check | None = None
        self._ignored: int | None = None
        """How many files and folders git's ignore rules left out of the last check."""
        self._saved = False
        """Whether files were saved since the last check began."""
        self._reading = False
        """Whether saved files are being read now."""
        self._failed = ""
        self._began = time.monotonic()
        self._checking = threading.Lock()

    def files_saved(self) -> None:
        """Note that files may have changed since they were checked."""
        self._saved = True

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Look at all files and read those that were saved until now, for a `with` block."""
        self._reading, self._saved = self._saved, False
        self._began = time.monotonic()
        try:
            yield
        except BaseException as error:
            self._saved = self._saved or self._reading
            if isinstance(error, RooftreeError):
                self._failed = str(error)
            raise
        finally:
            self._reading = False

    def record(self, indexed: "IndexingResult") -> None:
        """Remember what an indexing run has found, which began at the last `reading`."""
        generation = indexed.generation.id
        if indexed.named:
            # Files that were named were read; the others were looked at before.
            if self._last is not None:
                self._last = replace(self._last, generation=generation)
        elif indexed.whole:
            self._ignored = indexed.ignored
            self._record(generation, 0, current=True)

    def is_current(self) -> bool:
        """Say whether the index is exactly as the worktree is now; a damaged one is not.

        Of several who ask at once in a server one looks, and all take what it finds.
        """
        if not self._index.owned:
            return self._compare()
        asked = time.monotonic()
        with self._checking:
            last = self._last
            if last is not None and last.at >= asked:
                return last.current
            self._began = time.monotonic()
            return self._compare()

    def of(
        self, manifest: Manifest, generation: Generation, *, look: bool = True
    ) -> WorktreeFreshness:
        """Tell how many files have moved on: a server what its last look found, a command now."""
        if self._index.owned or not look:
            return replace(self._last_known(generation), failed=self._failed, ignored=self._ignored)
        known = snapshot(manifest, self._index.worktree, generation)
        found = self._index.discover()
        return WorktreeFreshness(known.behind(found), 0.0, ignored=found.ignored)

    def _compare(self) -> bool:
        index = self._index
        index.reopen_worktree()
        if reported_damage(index.folder) is not None:
            return False
        try:
            with index.manifest() as manifest:
                generation = index.latest(manifest)
                if generation is None:
                    return False
                known = snapshot(manifest, index.worktree, generation)
                found = index.discover()
                self._ignored = found.ignored
                behind = known.behind(found)
                current = known.matches(found, index.worktree.commit, behind)
        except IndexDamagedError:
            return False
        self._record(generation.id, behind, current=current)
        return current

    def _record(self, generation: int, behind: int, *, current: bool) -> None:
        self._failed = ""
        self._last = _Check(generation, behind, current, self._began)

    def _last_known(self, generation: Generation) -> WorktreeFreshness:
        saved, last = self._saved or self._reading, self._last
        if last is not None and last.generation == generation.id:
            return WorktreeFreshness(last.behind, time.monotonic() - last.at, saved)
        age = time.time() - generation.made
        if 0 <= age < JUST_MADE_SECONDS:
            return WorktreeFreshness(0, age, saved)
        if last is not None:  # a newer generation is there and its view is being read
            return WorktreeFreshness(last.behind, time.monotonic() - last.at, touched=True)
        return WorktreeFreshness(None, None, saved)
