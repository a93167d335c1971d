"""Writing an index: bring it up to date with the files, check it, and take away what is dead."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexing.build.file_watcher import Named
from indexing.ranking import recency
from indexing.ranking.index_view_reader import save_view
from indexing.repository.freshness import IndexFreshness
from indexing.repository.index_vectors import IndexVectors
from indexing.repository.opened_index import OpenedIndex
from indexing.search.search import Searcher
from indexing.store import damage_check, garbage
from indexing.store.manifest import Generation
from indexing.store.schema import reported_damage, set_aside
from rooftree.errors import IndexDamagedError, IndexLockedError

if TYPE_CHECKING:
    from indexing.build.indexer import IndexingResult
    from indexing.build.parser_pool import ParserPool, WaitingParser

MAX_WORKERS = 4
GARBAGE_SECONDS = 60.0
"""So long a process does not count again how much is dead: it takes 0.3 s on 200,000 units."""


class IndexUpdates:
    """What changes one index; call it inside `OpenedIndex.writing`."""

    def __init__(
        self, index: OpenedIndex, freshness: IndexFreshness, vectors: IndexVectors
    ) -> None:
        self._index = index
        self._freshness = freshness
        self._vectors = vectors
        self._is_trusted = False
        """Whether this process has looked at the manifest's shape."""
        self._saved_view: NDArray[np.int64] | None = None
        """The documents of the view that is kept in a file, once it was read or written."""
        self._parser: WaitingParser | None = None
        self._counted: Generation | None = None
        """The generation for which it was seen how much is dead."""
        self._count_at = 0.0
        """When it is worth seeing again how much is dead, on the monotonic clock."""

    def index(
        self,
        progress: Callable[[int, int], None] | None = None,
        *,
        expecting: bool = False,
        most_characters: int | None = None,
        named: Callable[[], Named] = lambda: None,
    ) -> "IndexingResult":
        """Bring the lexical tier and the symbols up to date.

        Where damage is suspected, or nothing was ever looked at, the manifest's shape is looked at
        once a process; a damaged one is set aside and made anew.
        `expecting` says that something has changed, so that a parser is started at once; with
        `most_characters` it stops before it parses more, and the last generation stays. `named` is
        asked once, when it has begun, which files alone may have changed since the last run.
        """
        bounded = most_characters is not None
        with self._freshness.reading():
            self._index.reopen_worktree()
            if not bounded:  # to look at a large manifest takes longer than a bound allows
                self.replace_damaged(thorough=False)
            try:
                indexed = self._run(
                    progress,
                    expecting=expecting,
                    most_characters=most_characters,
                    named=named(),
                )
            except IndexDamagedError:
                if bounded:
                    raise
                self.replace_damaged(thorough=False)
                indexed = self._run(progress)
            if self._index.owned:
                self.load_view(indexed.generation)
            self._freshness.record(indexed)
        return indexed

    def _run(
        self,
        progress: Callable[[int, int], None] | None,
        *,
        expecting: bool = False,
        most_characters: int | None = None,
        named: Named = None,
    ) -> "IndexingResult":
        # A search of what is indexed needs no parsers; to import them takes a while.
        from indexing.build.indexer import Indexer

        index = self._index
        with self._early_parser(expecting=expecting) as early, index.manifest() as manifest:
            indexed = Indexer(
                manifest,
                index.worktree,
                largest_file_bytes=index.config.index.largest_file_bytes,
                workers=index.config.index.workers or min(MAX_WORKERS, os.cpu_count() or 1),
                progress=progress,
                early=early,
            ).run(most_characters, named)
            recency.store_activity(manifest, index.worktree.root, indexed.generation)
            return indexed

    @contextmanager
    def _early_parser(self, *, expecting: bool) -> Iterator["ParserPool | None"]:
        """Start a parser before it is known what it will read; a server keeps it for a while."""
        from indexing.build.parser_pool import WaitingParser

        if not expecting:
            yield None
            return
        self._parser = self._parser or WaitingParser()
        with self._parser.pool() as pool:
            yield pool
        if not self._index.owned:
            self._parser.close()

    def close_idle_parser(self, idle_seconds: float = 0.0) -> None:
        """End a parser that has read nothing for so long, unless somebody is writing."""
        if self._parser is None or not self._index.owned:
            return
        with suppress(IndexLockedError), self._index.writing("parser", wait_seconds=0):
            self._parser.close(idle_seconds)

    def load_view(self, generation: Generation | None = None) -> None:
        """Load a view, have a server answer from it, and store it for processes to come.

        A server switches to it once it is loaded, so that no search waits for that.
        """
        index = self._index
        with index.manifest() as manifest:
            generation = generation or index.current(manifest)
            searcher = Searcher(manifest, generation)
            searcher.warm()
        if index.owned:
            index.answering = generation
        self._saved_view = save_view(index.folder, searcher.view, self._saved_view)

    def check(
        self,
        seconds: float,
        keep_going: Callable[[], bool] = lambda: True,
        *,
        rows_only: bool = False,
    ) -> bool:
        """Look at some more of what is stored; say whether all has been looked at by now.

        Raises IndexDamagedError, and leaves word, where something is not as it was written.
        """
        with self._index.manifest() as manifest:
            return damage_check.check_some(
                manifest.database, self._index.folder, seconds, keep_going, rows_only=rows_only
            )

    def replace_damaged(self, *, thorough: bool = True) -> bool:
        """Set a damaged manifest aside, and say that there is none any more: index anew then.

        A thorough look is at all that stands in it; else one is taken where damage is suspected.
        """
        folder = self._index.folder
        checked = damage_check.read_check_state(folder)
        trusted = self._is_trusted or (checked.ended is not None and not checked.suspected)
        if trusted and not thorough and reported_damage(folder) is None:
            return False
        with self._index.manifest() as manifest:
            found = damage_check.find_damage(folder, manifest.database, thorough=thorough)
        if found is not None:
            set_aside(folder, found)
            self._vectors.forget_missing()
        elif thorough:
            damage_check.mark_checked(folder)
        self._is_trusted = True
        return found is not None

    def collect_garbage(self) -> None:
        """Take away what is dead, where that is much."""
        garbage.prune_set_aside(self._index.folder)
        with self._index.manifest() as manifest:
            generation = self._index.latest(manifest)
            if generation in (None, self._counted) or time.monotonic() < self._count_at:
                return
            self._counted, self._count_at = generation, time.monotonic() + GARBAGE_SECONDS
            if garbage.dead_share(manifest.database) > garbage.MAX_DEAD_SHARE:
                garbage.sweep(manifest)
                garbage.vacuum(manifest)
                self._vectors.forget_missing()
