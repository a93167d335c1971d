"""A repository and its index as one object: index, fill its dense tier, search, report its status.

It decides who may write: the holder of the repository's lock. A process that holds the lock for
good (`rooftree serve`) opens repositories with `owned=True`.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexing.build.file_watcher import Named
from indexing.files.discover import Discovery, discover
from indexing.parsing.syntax.parse_coverage import parse_coverage
from indexing.ranking import file_signals as signals
from indexing.ranking.index_view import IndexView
from indexing.ranking.index_view_reader import save_view, view_of
from indexing.ranking.missing_vectors import MissingVectors
from indexing.ranking.weights import RankingWeights, own_weights, shipped_weights
from indexing.repository.lock import LockHolder, holder_of, repository_lock
from indexing.repository.status import IndexStatus
from indexing.search.search import FindNearest, IndexCoverage, RankingSettings, Searcher
from indexing.search.worktree_freshness import FreshnessTracker, WorktreeFreshness
from indexing.store import damage_check as checking
from indexing.store import garbage
from indexing.store.damage_check import DamageCheckState
from indexing.store.manifest import Generation, Manifest, open_manifest
from indexing.store.schema import (
    find_damage,
    is_damage,
    mark_damaged,
    reported_damage,
    set_aside,
    set_aside_since,
)
from indexing.store.worktree_state import snapshot, storable
from indexing.symbols.repository_map import SymbolRanker, ranker_of
from indexing.symbols.symbol_index import SymbolIndex
from indexing.vectors import coverage_notes
from indexing.vectors import store as dense
from indexing.vectors.embedder import Embedder
from indexing.vectors.store import FillProgress, Wanted
from rooftree.config import Config
from rooftree.errors import (
    EmbeddingError,
    IndexDamagedError,
    IndexingError,
    IndexLockedError,
    StorageError,
)
from rooftree.git.commands import Worktree, open_worktree

if TYPE_CHECKING:
    from indexing.build.indexer import IndexingResult, IndexProgress
    from indexing.build.parser_pool import ParserPool, WaitingParser

MAX_WORKERS = 4
RECENTLY = timedelta(days=1)
"""How long a search says that the index was damaged and made anew."""
TIDY_SECONDS = 60.0
"""So long a process does not count again how much is dead: it takes 0.3 s on 200,000 units."""
WAIT_SECONDS = 600.0
"""How long a writer waits for another one that holds the lock."""


def _all() -> Named:
    """Name no file: all may have changed."""
    return None


class Repository:
    """One worktree with its index."""

    def __init__(
        self, path: Path, config: Config, embedder: Embedder | None, *, owned: bool = False
    ) -> None:
        self.worktree: Worktree = open_worktree(path)
        self.folder = config.paths.repository(self.worktree.repo_id)
        self.embedder = embedder
        self.dense_problem = ""
        """Why vectors are missing that are wanted, in words; empty where nothing is known."""
        self.ranking_problem = ""
        """Why the repository's own ranking weights are passed over; empty where they are not."""
        self._name = storable(str(self.worktree.root))
        self._config = config
        self._owned = owned
        self._mutex = threading.Lock()
        self._notes: tuple[int, tuple[tuple[str, str], ...]] = (0, ())
        self._ignored: int | None = None
        self._missing_vectors = MissingVectors()
        self._share_told: tuple[int, str, float] | None = None
        """The generation and embedder that the share of vectors was found out of last, and it."""
        self._looked_at = False
        self._kept: NDArray[np.int64] | None = None
        """The documents of the view that is kept in a file, once it was read or written."""
        self._waiting: WaitingParser | None = None
        self._tidied = -1
        """The generation for which it was seen how much is dead."""
        self._tidy_at = 0.0
        """When it is worth seeing again how much is dead, on the monotonic clock."""
        self._looks = FreshnessTracker(owned=owned)
        self._answering: Generation | None = None
        """In a server: the generation whose view is ready. A newer one waits until its own is."""

    @contextmanager
    def manifest(self) -> Iterator[Manifest]:
        """Open the manifest for the length of a `with` block, in the calling thread."""
        manifest = open_manifest(self.folder)
        try:
            yield manifest
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                raise self._damaged(error) from error
            raise StorageError(f"cannot use the index {str(manifest.path)!r}: {error}") from error
        finally:
            manifest.close()

    @contextmanager
    def writing(
        self,
        purpose: str,
        *,
        wait_seconds: float = WAIT_SECONDS,
        on_wait: Callable[[LockHolder], None] | None = None,
    ) -> Iterator[None]:
        """Hold the right to write this repository's index, among threads and processes."""
        if not self._mutex.acquire(timeout=wait_seconds):
            raise IndexLockedError(
                f"this process is still writing the index of {str(self.worktree.root)!r}; "
                "wait for it to finish"
            )
        try:
            if self._owned:
                yield
                return
            with repository_lock(self.folder, purpose, wait_seconds=wait_seconds, on_wait=on_wait):
                yield
        finally:
            self._mutex.release()

    def refresh(self) -> None:
        """Look again at which commit is checked out."""
        self.worktree = open_worktree(self.worktree.root)

    def index(
        self,
        progress: Callable[["IndexProgress"], None] | None = None,
        *,
        expecting: bool = False,
        most_characters: int | None = None,
        named: Callable[[], Named] = _all,
    ) -> "IndexingResult":
        """Bring the lexical tier and the symbols up to date; call it inside `writing`.

        Where damage is suspected, or nothing was ever looked at, the manifest's shape is looked at
        once a process; a damaged one is set aside and made anew.
        `expecting` says that something has changed, so that a parser is started at once; with
        `most_characters` it stops before it parses more, and the last generation stays. `named` is
        asked once, when it has begun, which files alone may have changed since the last run.
        """
        bounded = most_characters is not None
        with self._looks.reading():
            self.refresh()
            if not bounded:  # to look at a large manifest takes longer than a bound allows
                self._replace_damaged()
            try:
                indexed = self._index(
                    progress,
                    expecting=expecting,
                    most_characters=most_characters,
                    named=named(),
                )
            except IndexDamagedError:
                if bounded:
                    raise
                self._replace_damaged()
                indexed = self._index(progress)
            if self._owned:
                self._turn_to(indexed.generation)
            if indexed.named:
                self._looks.took_named(indexed.generation.id)
            elif indexed.whole:
                self._ignored = indexed.ignored
                self._looks.took(indexed.generation.id)
        return indexed

    def _turn_to(self, generation: Generation) -> None:
        """Load a generation's view, then switch to it, so that no search waits for the load."""
        with self.manifest() as manifest:
            searcher = Searcher(manifest, generation)
            searcher.warm()
        self._answering = generation
        self._kept = save_view(self.folder, searcher.view, self._kept)

    def keep_view(self) -> None:
        """Store the view of the index in a file, for the next search."""
        with self.manifest() as manifest:
            searcher = Searcher(manifest, self._current(manifest))
            searcher.warm()
            save_view(self.folder, searcher.view)

    def touched(self) -> None:
        """Note that files may have changed since they were checked."""
        self._looks.touched()

    def replace_damaged(self) -> bool:
        """Look at all that stands in the manifest; call it inside `writing`.

        A damaged one is set aside, and it is said that there is none any more: index anew then.
        """
        return self._replace_damaged(thorough=True)

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
        with self.manifest() as manifest:
            return checking.check_some(
                manifest.database, self.folder, seconds, keep_going, rows_only=rows_only
            )

    def checked(self) -> DamageCheckState:
        """Return when all that is stored was last looked at."""
        return checking.read_check_state(self.folder)

    def _index(
        self,
        progress: Callable[["IndexProgress"], None] | None,
        *,
        expecting: bool = False,
        most_characters: int | None = None,
        named: Named = None,
    ) -> "IndexingResult":
        # A search of what is indexed needs no parsers; to import them takes a while.
        from indexing.build.indexer import Indexer

        with self._parser(expecting=expecting) as early, self.manifest() as manifest:
            indexed = Indexer(
                manifest,
                self.worktree,
                largest_file_bytes=self._config.index.largest_file_bytes,
                workers=self._config.index.workers or min(MAX_WORKERS, os.cpu_count() or 1),
                progress=progress,
                early=early,
            ).run(most_characters, named)
            signals.store_signals(manifest, self.worktree.root, indexed.generation)
            return indexed

    @contextmanager
    def _parser(self, *, expecting: bool) -> Iterator["ParserPool | None"]:
        """Start a parser before it is known what it will read; a server keeps it for a while."""
        from indexing.build.parser_pool import WaitingParser

        if not expecting:
            yield None
            return
        self._waiting = self._waiting or WaitingParser()
        with self._waiting.pool() as pool:
            yield pool
        if not self._owned:
            self._waiting.close()

    def rest(self, idle_seconds: float = 0.0) -> None:
        """End a parser that has read nothing for so long, unless somebody is writing."""
        if self._waiting is not None and self._mutex.acquire(blocking=False):
            try:
                self._waiting.close(idle_seconds)
            finally:
                self._mutex.release()

    def fill(
        self,
        progress: Callable[[FillProgress], None] | None = None,
        keep_going: Callable[[], bool] = lambda: True,
        first: frozenset[str] = frozenset(),
    ) -> FillProgress:
        """Embed what has no vector yet, `first` before all others; call it inside `writing`."""
        if self.embedder is None:
            return FillProgress(0, 0)
        with self.manifest() as manifest:
            try:
                filling = dense.fill(
                    manifest,
                    self._current(manifest),
                    self.embedder,
                    progress=progress,
                    keep_going=keep_going,
                    wanted=Wanted(first, self.without_vectors(manifest) if self._owned else None),
                )
            except EmbeddingError as error:
                self.dense_problem = str(error)
                raise
            finally:
                self._missing_vectors.filled()
                self._share_told = None
        if filling.done:
            self.dense_problem = ""
        return filling

    def tidy(self) -> None:
        """Take away what is dead, where that is much; call it inside `writing`."""
        garbage.prune_set_aside(self.folder)
        with self.manifest() as manifest:
            generation = manifest.current(self._name)
            if generation is None or generation.id == self._tidied:
                return
            if time.monotonic() < self._tidy_at:
                return
            self._tidied, self._tidy_at = generation.id, time.monotonic() + TIDY_SECONDS
            if garbage.dead_share(manifest.database) > garbage.MAX_DEAD_SHARE:
                garbage.sweep(manifest)
                garbage.vacuum(manifest)
                self._missing_vectors.forget()
                self._share_told = None

    def view(self, manifest: Manifest) -> IndexView:
        """Return the generation that is answered from, as arrays."""
        return view_of(manifest, self._current(manifest))

    @contextmanager
    def searcher(
        self, *, with_dense: bool = True, nearest: FindNearest | None = None
    ) -> Iterator[Searcher]:
        """Yield a searcher of the current generation, knowing how far behind it is."""
        with self.manifest() as manifest:
            generation = self._current(manifest)
            searcher = Searcher(
                manifest,
                generation,
                embedder=self.embedder if with_dense else None,
                nearest=nearest,
                looked=replace(
                    self._behind(manifest, generation),
                    checked=checking.last_check_text(self.checked()),
                    stale=self._is_short(manifest, generation),
                ),
                ranking=RankingSettings(
                    self._weights(), signals.stored_signals(manifest, generation)
                ),
            )
            wanted = self.embedder is not None or self._config.index.embedder != "none"
            searcher.wants_meaning = with_dense and wanted
            if self._owned:
                searcher.dense_share = lambda: self._share(manifest, generation)
            for note in (*self._without_dense(), *self._shortfalls(manifest, generation)):
                searcher.note(note)
            searcher.note(self.ranking_problem)
            yield searcher

    @contextmanager
    def symbols(self) -> Iterator[tuple[SymbolIndex, IndexCoverage]]:
        """Yield the symbols of the current generation, and what they were read from."""
        with self.manifest() as manifest:
            generation = self._current(manifest)
            yield SymbolIndex(manifest, generation), self._coverage(manifest, generation)

    @contextmanager
    def ranker(self) -> Iterator[tuple[SymbolRanker, IndexCoverage]]:
        """Yield the graph of the current generation's uses, and what it was read from."""
        with self.manifest() as manifest:
            generation = self._current(manifest)
            yield ranker_of(manifest, generation), self._coverage(manifest, generation)

    def _coverage(self, manifest: Manifest, generation: Generation) -> IndexCoverage:
        """Return what an answer from symbols alone has seen: vectors have no part in it."""
        looked = self._behind(manifest, generation)
        told = (*looked.notes(), *self._shortfalls(manifest, generation))
        parsed_of = parse_coverage(self._notes_of(manifest, generation))
        return IndexCoverage(
            generation.commit,
            looked.files_behind,
            0.0,
            manifest.reasons(generation),
            tuple(note for note in told if note),
            looked.seconds_ago,
            checking.last_check_text(self.checked()),
            looked.ignored,
            parsed_of.endings,
            len(parsed_of.part),
            manifest.is_empty(generation),
            self._is_short(manifest, generation) or looked.may_lack,
        )

    def _weights(self) -> RankingWeights:
        """Return the weights learnt on this repository, or else the shipped ones."""
        try:
            found = own_weights(self.folder)
            self.ranking_problem = ""
        except IndexingError as error:
            found, self.ranking_problem = None, str(error)
        return found or shipped_weights()

    def _without_dense(self) -> Iterator[str]:
        """Yield why vectors are missing, where they are."""
        if self.embedder is None:
            off = self._config.index.embedder == "none"
            reason = coverage_notes.OFF if off else "no embedder is at hand"
            yield coverage_notes.no_vectors_note(self.dense_problem or reason)
        elif self.dense_problem:
            yield f"dense tier: {self.dense_problem}"

    def _shortfalls(self, manifest: Manifest, generation: Generation) -> Iterator[str]:
        """Yield what this index lacks, whatever it is asked."""
        yield from coverage_notes.parse_failure_notes(self._notes_of(manifest, generation))
        holder = None if self._owned else holder_of(self.folder)
        if holder is not None and holder.pid != os.getpid():
            yield coverage_notes.writer_active_note(str(holder))
        yesterday = datetime.now(UTC) - RECENTLY
        yield coverage_notes.replaced_index_note(set_aside_since(self.folder, yesterday))

    def _notes_of(self, manifest: Manifest, generation: Generation) -> tuple[tuple[str, str], ...]:
        """Return (path, note) of the files that were indexed in a degraded way."""
        if self._notes[0] != generation.id:
            self._notes = (generation.id, tuple(manifest.notes(generation)))
        return self._notes[1]

    def _is_short(self, manifest: Manifest, generation: Generation) -> bool:
        """Say whether a fault keeps out what belongs here, or another process is writing it now."""
        holder = None if self._owned else holder_of(self.folder)
        notes = self._notes_of(manifest, generation)
        return (holder is not None and holder.pid != os.getpid()) or any(
            note.startswith(coverage_notes.FAULTS) for _, note in notes
        )

    def is_current(self) -> bool:
        """Say whether the index is exactly as the worktree is now; a damaged one is not.

        Of several who ask at once in a server one looks, and all take what it finds.
        """
        with self._looks.one_at_a_time() as known:
            return self._is_current() if known is None else known

    def _is_current(self) -> bool:
        self.refresh()
        if reported_damage(self.folder) is not None:
            return False
        try:
            with self.manifest() as manifest:
                generation = manifest.current(self._name)
                if generation is None:
                    return False
                known = snapshot(manifest, self.worktree, generation)
                found = self._discover()
                self._ignored = found.ignored
                behind = known.behind(found)
                current = known.matches(found, self.worktree.commit, behind)
        except IndexDamagedError:
            return False
        self._looks.took(generation.id, behind, current=current)
        return current

    @property
    def owned(self) -> bool:
        """Whether this process keeps the index fresh while it runs."""
        return self._owned

    def is_indexed(self) -> bool:
        """Say whether there is a generation to answer from."""
        with self.manifest() as manifest:
            return manifest.current(self._name) is not None

    def dense_share(self) -> float:
        """Return which part of the live texts has a vector; 1.0 where none are wanted."""
        if self.embedder is None:
            return 1.0
        with self.manifest() as manifest:
            return self._share(manifest, self._current(manifest))

    def note_whole(self) -> None:
        """Remember it where every live text has a vector, unless somebody is writing."""
        if self.embedder is None:
            return
        fingerprint = self.embedder.fingerprint
        with self.manifest() as manifest:
            if dense.is_whole(manifest.database, self._current(manifest), fingerprint):
                return
        with (
            suppress(IndexLockedError, StorageError),  # it is found out again then
            self.writing("vectors", wait_seconds=0),
            self.manifest() as manifest,
        ):
            generation = self._current(manifest)
            if dense.share(manifest.database, generation, fingerprint) >= 1.0:
                dense.mark_whole(manifest, generation, fingerprint)

    def without_vectors(self, manifest: Manifest) -> frozenset[str]:
        """Return the hashes of the live texts that have no vector; for a server alone."""
        if self.embedder is None:
            return frozenset()
        return self._missing_vectors.texts(
            manifest.database, self.view(manifest), self.embedder.fingerprint
        )

    def holds(self, path: str) -> bool:
        """Say whether `path` is an indexed file of the current generation."""
        with self.manifest() as manifest:
            generation = manifest.current(self._name)
            return generation is not None and manifest.blob_of(generation, path) is not None

    def status(self, *, look: bool = True) -> IndexStatus:
        """Return what the index holds and what it has not seen, with reasons.

        Without a `look` it tells what this process found when it last looked.
        """
        root = self._name
        with self.manifest() as manifest:
            generation = manifest.current(root)
            if generation is None:
                return IndexStatus(root, self.worktree.commit, False, 0, 0, 0, None, 0.0, [], [])
            share = self._share(manifest, generation, look=look)
            looked = self._behind(manifest, generation, look=look)
            missing = coverage_notes.missing_vectors_note(share) if self.embedder else ""
            told = (
                *looked.notes(),
                missing,
                *self._without_dense(),
                *self._shortfalls(manifest, generation),
            )
            return IndexStatus(
                root,
                generation.commit,
                True,
                manifest.documents(generation),
                manifest.count(generation, "occurrence"),
                manifest.count(generation, "symbol"),
                looked.files_behind,
                share,
                manifest.skipped(generation),
                manifest.notes(generation),
                tuple(note for note in told if note),
                looked.seconds_ago,
                checking.last_check_text(self.checked()),
                looked.ignored,
            )

    def _behind(
        self, manifest: Manifest, generation: Generation, *, look: bool = True
    ) -> WorktreeFreshness:
        """Tell how many files have moved on: a server what its last look found, a command now."""
        if self._owned or not look:
            return replace(self._looks.told(generation), ignored=self._ignored)
        known = snapshot(manifest, self.worktree, generation)
        found = self._discover()
        return WorktreeFreshness(known.behind(found), 0.0, ignored=found.ignored)

    def _share(self, manifest: Manifest, generation: Generation, *, look: bool = True) -> float:
        """Return which part of the live texts has a vector; 0.0 where there is no embedder."""
        if self.embedder is None:
            return 0.0
        fingerprint = self.embedder.fingerprint
        if self._owned:
            view = view_of(manifest, generation)
            without = self._missing_vectors.texts(manifest.database, view, fingerprint)
            return 1 - len(without) / len(view.texts) if len(view.texts) else 1.0
        told = self._share_told
        if look or told is None or told[:2] != (generation.id, fingerprint):
            share = dense.share(manifest.database, generation, fingerprint)
            told = self._share_told = generation.id, fingerprint, share
        return told[2]

    def _discover(self) -> Discovery:
        return discover(self.worktree, largest_file_bytes=self._config.index.largest_file_bytes)

    def _current(self, manifest: Manifest) -> Generation:
        generation = manifest.current(self._name)
        if generation is None:
            raise IndexingError(
                f"{str(self.worktree.root)!r} is not indexed yet; run `rooftree index` on it"
            )
        ready = self._answering
        return ready if ready is not None and manifest.holds(ready) else generation

    def _damaged(self, error: sqlite3.DatabaseError) -> IndexDamagedError:
        mark_damaged(self.folder, str(error))
        return IndexDamagedError(
            f"the index in {str(self.folder)!r} is damaged: {error}; "
            "run `rooftree index`, which sets it aside and makes a new one"
        )

    def _replace_damaged(self, *, thorough: bool = False) -> bool:
        checked = self.checked()
        trusted = self._looked_at or (checked.ended is not None and not checked.suspected)
        if trusted and not thorough and reported_damage(self.folder) is None:
            return False
        with self.manifest() as manifest:
            found = find_damage(self.folder, manifest.database, thorough=thorough)
        if found is not None:
            set_aside(self.folder, found)
            self._missing_vectors.forget()
            self._share_told = None
        elif thorough:
            checking.mark_checked(self.folder)
        self._looked_at = True
        return found is not None
