"""A repository of a server: it is watched, and a vector engine is filled from it and queried.

While the engine is of no use, few vectors are scanned in the manifest, many only once they are in
memory; until then words and names answer alone, and every answer says so.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from indexing.build.file_watcher import Changes, FileWatcher, Named
from indexing.ranking.arrays import RowNumbers
from indexing.ranking.engine import VectorMatches
from indexing.ranking.index_view import IndexView
from indexing.ranking.vector_scan import MANY, VectorTable, table_of
from indexing.repository.repository import Repository
from indexing.search.search import FindNearest
from indexing.vectors.chroma_client import ChromaEngine
from indexing.vectors.embedder import Embedder, Vectors
from rooftree.telemetry.logs import logger

FILLING = "Chroma is still being filled"
QUICKLY_SCANNED = 20_000
"""So many vectors are read from the manifest within a search."""
FEW = 200
"""So many vectors may be missing in the engine for a while: it is not filled after every save."""
REFILL_SECONDS = 60.0
"""How long that is: to fill it, every vector is listed."""
LOAD_SECONDS = 3.0
"""A filling that takes longer is bridged by all vectors in memory."""
AT_ONCE = max(2, os.cpu_count() or 1)
"""Searches that are computed at once: more only take the interpreter from each other.

Of eight clients on two cores this halves the 99th percentile."""
RETRY_SECONDS = 5.0
MAX_RETRY_SECONDS = 300.0
"""How long an engine that failed is left alone: at first, and after it has failed again."""


_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class _Given:
    """The texts whose vectors an engine holds: those of a view, but for some without any."""

    chroma: ChromaEngine
    view: IndexView
    without: frozenset[str]

    def lacking(self, view: IndexView) -> RowNumbers:
        lacks = view.places_in(self.view) < 0
        index = view.text_index
        lacks[[index[sha] for sha in self.without if sha in index]] = True
        return np.flatnonzero(lacks)


@dataclass(slots=True, eq=False)
class HostedRepository:
    """A repository of this process; only an owner has a vector engine."""

    repository: Repository
    owned: bool = False
    chroma: ChromaEngine | None = None
    changes: Changes = field(default_factory=Changes)
    """Which of its files may have changed since it was last looked at."""
    is_looked_at: bool = False
    """Whether all its files were looked at, and no look has failed since."""
    watch: FileWatcher | None = None
    quickly_scanned: int = QUICKLY_SCANNED
    refill_seconds: float = REFILL_SECONDS
    searched_at: float = 0.0
    """When a search last began or ended, on the monotonic clock."""
    look_cpu_seconds: float = 0.0
    """What the last look at all its files took of a processor."""
    _given: _Given | None = None
    _lacking: tuple[_Given, IndexView, RowNumbers] | None = None
    """The last view that was asked about, and what of it the engine lacks."""
    _searches: int = 0
    """How many are under way."""
    _quiet: threading.Condition = field(default_factory=threading.Condition)
    _filled_at: float = 0.0
    """When the engine was last filled, on the monotonic clock."""
    _retry_at: float = 0.0
    """When an engine that failed may be started again, on the monotonic clock."""
    _retry_seconds: float = RETRY_SECONDS

    def start_watching(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, in another thread, whenever the files may have changed."""
        if self.watch is None:

            def tell(named: Named) -> None:
                self.repository.freshness.files_saved()
                self.changes.add(named)
                wake()

            self.watch = FileWatcher(self.repository.worktree, tell, poll_seconds=0.0)
            self.watch.start()

    def stop_watching(self) -> None:
        """Hear of no more changes; nothing is read from here on."""
        if self.watch is not None:
            self.watch.stop()
        self.repository.updates.close_idle_parser()

    @contextmanager
    def searched(self) -> Iterator[None]:
        """Wait for a turn to search, and have it known, for a `with` block."""
        with self._quiet:
            self._searches += 1
        self.searched_at = time.monotonic()
        try:
            with _turns:
                yield
        finally:
            with self._quiet:
                self._searches -= 1
                self._quiet.notify_all()
            self.searched_at = time.monotonic()

    def wait_for_searches(self, seconds: float) -> None:
        """Wait until no search is under way, so long at most."""
        with self._quiet:
            self._quiet.wait_for(lambda: not self._searches, seconds)

    def nearest(self) -> FindNearest | None:
        """Return what asks the vector engine; None where all vectors are scanned in any case."""
        return self._nearest if self.owned else None

    def attach_embedder(self, embedder: Embedder, problem: str) -> None:
        """Use another embedder; the vectors of the last one are kept."""
        self.close_engine()
        self._retry_at = 0.0
        self.repository.vectors.embedder = embedder
        self.repository.vectors.problem = problem

    def close_engine(self) -> None:
        """Close the engine; it must not be queried afterwards."""
        chroma, self.chroma, self._given = self.chroma, None, None
        if chroma is not None:
            chroma.close()

    @property
    def is_answering(self) -> bool:
        """Say whether the engine holds what it was last given."""
        given, chroma = self._given, self.chroma
        if given is None or chroma is None or given.chroma is not chroma:
            return False
        return chroma.pid is not None and not chroma.problem

    def fill_engine(self, keep_going: Callable[[], bool]) -> None:
        """Have the engine hold all vectors; it takes a while the first time, in its own process."""
        repository, embedder = self.repository, self.repository.vectors.embedder
        if embedder is None or time.monotonic() < self._retry_at or not keep_going():
            return
        if not repository.is_indexed() or not self._is_worth_filling():
            return
        chroma = self.chroma = self.chroma or ChromaEngine(repository.folder, embedder.fingerprint)
        if self._given is not None and chroma.problem:
            self._failed(chroma)  # while it was asked, which may happen again and again
            return
        given = self._to_give(chroma)
        if chroma.fill(self._bridged(given.view, embedder, keep_going)):
            self._given, self._filled_at = given, time.monotonic()
            if len(given.view.texts) > self.quickly_scanned:
                self._table(given.view, embedder).release()
        elif chroma.problem:
            self._failed(chroma)

    def _is_worth_filling(self) -> bool:
        """Say whether the engine lacks vectors, and not only a few that are compared one by one."""
        given = self._given
        if given is None or not self.is_answering:
            return True
        wanted = self._to_give(given.chroma)
        view = wanted.view
        if given.view is view and given.without == wanted.without:
            return False
        lately = time.monotonic() - self._filled_at < self.refill_seconds
        return not lately or len(self._lacks(given, view)) > FEW

    def _to_give(self, chroma: ChromaEngine) -> _Given:
        with self.repository.manifest() as manifest:
            view = self.repository.view(manifest)
            without = self.repository.vectors.missing(manifest)
        return _Given(chroma, view, without)

    def _bridged(
        self, view: IndexView, embedder: Embedder, keep_going: Callable[[], bool]
    ) -> Callable[[], bool]:
        """Return `keep_going`, which reads all vectors once a filling turns out to take long."""
        load_at = time.monotonic() + LOAD_SECONDS
        table = self._table(view, embedder)
        wanted = (
            not self.is_answering and len(view.texts) > self.quickly_scanned and table.is_loadable
        )

        def going() -> bool:
            nonlocal wanted
            if wanted and time.monotonic() >= load_at:
                wanted = False
                with self.repository.manifest() as manifest:
                    table.load(manifest.database, keep_going)
            return keep_going()

        return going

    def _failed(self, chroma: ChromaEngine) -> None:
        logger("workplace").warning("%s", chroma.problem)
        self._given = None
        now = time.monotonic()
        if now - self._retry_at > MAX_RETRY_SECONDS:
            self._retry_seconds = RETRY_SECONDS
        self._retry_at = now + self._retry_seconds
        self._retry_seconds = min(2 * self._retry_seconds, MAX_RETRY_SECONDS)

    def _nearest(self, view: IndexView, vector: Vectors, limit: int) -> VectorMatches:
        """Ask the engine while it holds all but a few of a view's texts."""
        chroma, given = self.chroma, self._given
        if chroma is not None and given is not None and given.chroma is chroma:
            lacking = self._lacks(given, view)
            matches = chroma.query(vector, limit) if len(lacking) <= MANY else None
            if matches is not None:
                return VectorMatches(matches, lacking)
        problem = (chroma.problem or chroma.silence if chroma is not None else "") or FILLING
        return VectorMatches(problem=problem, may_scan=self._may_scan(view))

    def _lacks(self, given: _Given, view: IndexView) -> RowNumbers:
        known = self._lacking
        if known is not None and known[0] is given and known[1] is view:
            return known[2]
        lacking = given.lacking(view)
        self._lacking = given, view, lacking
        return lacking

    def _may_scan(self, view: IndexView) -> bool:
        embedder = self.repository.vectors.embedder
        if embedder is None or len(view.texts) <= self.quickly_scanned:
            return True
        return self._table(view, embedder).is_nearly_loaded(min(MANY, self.quickly_scanned))

    def _table(self, view: IndexView, embedder: Embedder) -> VectorTable:
        return table_of(view, embedder.fingerprint, embedder.dimension)
