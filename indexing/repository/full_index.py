"""Index a repository in the foreground: whole, or as far as a first question needs it.

What changed is searchable first; then texts are embedded; last, what is stored is looked at,
and an index that is not as it was written is set aside and made anew.
"""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from indexing.repository.refresh import (
    collect_garbage_if_free,
    fill_vectors,
    refresh_if_quick,
    refresh_index,
)
from indexing.repository.repository import Repository
from indexing.store.damage_check import read_check_state
from rooftree.errors import IndexDamagedError
from rooftree.telemetry.events import EventLog
from rooftree.telemetry.progress import Counted, Searchable, Waiting

if TYPE_CHECKING:
    from indexing.build.indexer import IndexingResult

CHECK_SECONDS = 86_400.0
"""At the latest after so long all that is stored is looked at."""
SOME_SECONDS = 0.2
"""So long a run looks at what is stored where nothing is suspected."""
REINDEXED = "the index was damaged: it was set aside and has been made anew"


@dataclass(frozen=True, slots=True)
class FullIndexResult:
    """What a run did: files cut, texts embedded, and when what changed could be searched."""

    parsed: int
    embedded: int
    lexical_seconds: float


def index_whole(repository: Repository, events: EventLog) -> FullIndexResult:
    """Bring words, symbols and vectors up to date, and look at all that is stored."""
    run = _Run(repository, events)
    started = time.monotonic()
    indexed = run.index()
    seconds = time.monotonic() - started
    events.progress(Searchable(indexed.files, seconds))
    embedded = run.fill(tidying=not indexed.unchanged)
    made_anew = run.reindex_damaged()
    if made_anew is not None:
        events.emit("error", message=REINDEXED)
        indexed, embedded = made_anew, embedded + run.fill()
    if indexed.parsed:
        repository.updates.load_view()
    return FullIndexResult(indexed.parsed, embedded, seconds)


def index_first(repository: Repository, events: EventLog) -> None:
    """Index an unindexed repository, words and symbols only; refresh another one a little."""
    if repository.is_indexed():
        refresh_if_quick(repository)
        return
    run = _Run(repository, events)
    refresh_index(repository, run.tell, run.wait)


@dataclass(frozen=True, slots=True)
class _Run:
    repository: Repository
    events: EventLog

    def index(self) -> "IndexingResult":
        with self._writing():
            return self._index()

    def reindex_damaged(self) -> "IndexingResult | None":
        """Index anew where what is stored is found not to be as it was written.

        All is looked at where damage is suspected, and once a day; else a little more of it.
        """
        repository = self.repository
        checked = read_check_state(repository.folder)
        ago = checked.seconds_ago
        with self._writing():
            if checked.suspected or ago is None or ago > CHECK_SECONDS:
                return self._index() if repository.updates.replace_damaged() else None
            try:
                repository.updates.check(SOME_SECONDS, rows_only=True)
            except IndexDamagedError:
                return self._index()
        return None

    def _index(self) -> "IndexingResult":
        return self.repository.updates.index(partial(self.tell, "index"))

    def _writing(self) -> AbstractContextManager[None]:
        return self.repository.writing("rooftree index", on_wait=self.wait)

    def fill(self, *, tidying: bool = True) -> int:
        """Return how many texts were embedded; damage that is met is marked, and mended after."""
        try:
            embedded = fill_vectors(self.repository, float("inf"), self.tell)
            if tidying:
                collect_garbage_if_free(self.repository)
        except IndexDamagedError:
            return 0
        return embedded

    def tell(self, stage: str, done: int, total: int) -> None:
        if stage != "waiting":
            self.events.progress(Counted(stage, done, total))

    def wait(self, holder: object) -> None:
        self.events.progress(Waiting(str(holder)))
