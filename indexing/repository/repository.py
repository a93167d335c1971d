"""A repository and its index: searched, looked up in and reported on here, written by its parts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from indexing.parsing.syntax.parse_coverage import parse_coverage
from indexing.ranking import recency
from indexing.ranking.weights import RankingWeights, own_weights, shipped_weights
from indexing.repository.freshness import IndexFreshness
from indexing.repository.index_updates import IndexUpdates
from indexing.repository.index_vectors import IndexVectors
from indexing.repository.lock import LockHolder, holder_of
from indexing.repository.opened_index import OpenedIndex
from indexing.repository.status import IndexStatus
from indexing.search.search import FindNearest, IndexCoverage, RankingSettings, Searcher
from indexing.search.worktree_freshness import WorktreeFreshness
from indexing.store.damage_check import last_check_text, read_check_state
from indexing.store.manifest import Generation, Manifest
from indexing.store.schema import set_aside_since
from indexing.symbols.repository_map import SymbolRanker, ranker_of
from indexing.symbols.symbol_index import SymbolIndex
from indexing.vectors import coverage_notes
from indexing.vectors.embedder import Embedder
from rooftree.config import Config
from rooftree.errors import IndexingError

RECENTLY = timedelta(days=1)
"""How long a search says that the index was damaged and made anew."""


class Repository(OpenedIndex):
    """One worktree with its index."""

    def __init__(
        self, path: Path, config: Config, embedder: Embedder | None, *, owned: bool = False
    ) -> None:
        super().__init__(path, config, owned=owned)
        self.freshness = IndexFreshness(self)
        self.vectors = IndexVectors(self, embedder)
        self.updates = IndexUpdates(self, self.freshness, self.vectors)
        self._notes: tuple[int, tuple[tuple[str, str], ...]] = (0, ())

    @contextmanager
    def searcher(
        self, *, with_dense: bool = True, nearest: FindNearest | None = None
    ) -> Iterator[Searcher]:
        """Yield a searcher of the current generation, knowing how far behind it is."""
        vectors = self.vectors
        weights, problem = self._weights()
        with self.manifest() as manifest:
            generation = self.current(manifest)
            searcher = Searcher(
                manifest,
                generation,
                embedder=vectors.embedder if with_dense else None,
                nearest=nearest,
                looked=self._looked(manifest, generation),
                ranking=RankingSettings(weights, recency.stored_activity(manifest, generation)),
            )
            wanted = vectors.embedder is not None or self.config.index.embedder != "none"
            searcher.wants_meaning = with_dense and wanted
            if self.owned:
                searcher.dense_share = lambda: vectors.share_of(manifest, generation)
            for note in (*vectors.notes(), *self._shortfalls(manifest, generation), problem):
                searcher.note(note)
            yield searcher

    @contextmanager
    def symbols(self) -> Iterator[tuple[SymbolIndex, IndexCoverage]]:
        """Yield the symbols of the current generation, and what they were read from."""
        with self.manifest() as manifest:
            generation = self.current(manifest)
            yield SymbolIndex(manifest, generation), self._coverage(manifest, generation)

    @contextmanager
    def ranker(self) -> Iterator[tuple[SymbolRanker, IndexCoverage]]:
        """Yield the graph of the current generation's uses, and what it was read from."""
        with self.manifest() as manifest:
            generation = self.current(manifest)
            yield ranker_of(manifest, generation), self._coverage(manifest, generation)

    def status(self, *, look: bool = True) -> IndexStatus:
        """Return what the index holds and what it has not seen, with reasons.

        Without a `look` it tells what this process found when it last looked.
        """
        with self.manifest() as manifest:
            generation = self.latest(manifest)
            if generation is None:
                return IndexStatus(self.name, self.worktree.commit)
            share = self.vectors.share_of(manifest, generation)
            looked = self._looked(manifest, generation, look=look)
            notes = (
                *looked.notes(),
                coverage_notes.missing_vectors_note(share) if self.vectors.embedder else "",
                *self.vectors.notes(),
                *self._shortfalls(manifest, generation),
            )
            return IndexStatus(
                root=self.name,
                commit=generation.commit,
                indexed=True,
                files=manifest.documents(generation),
                units=manifest.count(generation, "occurrence"),
                symbols=manifest.count(generation, "symbol"),
                files_behind=looked.files_behind,
                dense_share=share,
                skipped=manifest.skipped(generation),
                notes=manifest.notes(generation),
                coverage=tuple(filter(None, notes)),
                looked_seconds_ago=looked.seconds_ago,
                checked=looked.checked,
                ignored=looked.ignored,
            )

    def _coverage(self, manifest: Manifest, generation: Generation) -> IndexCoverage:
        """Return what an answer from symbols alone has seen: vectors have no part in it."""
        looked = self._looked(manifest, generation)
        parsed_of = parse_coverage(self._notes_of(manifest, generation))
        return IndexCoverage(
            commit=generation.commit,
            files_behind=looked.files_behind,
            dense_share=0.0,
            skipped=manifest.reasons(generation),
            notes=tuple(filter(None, (*looked.notes(), *self._shortfalls(manifest, generation)))),
            looked_seconds_ago=looked.seconds_ago,
            checked=looked.checked,
            ignored=looked.ignored,
            without_symbols=parsed_of.endings,
            partly_parsed=len(parsed_of.part),
            is_empty=manifest.is_empty(generation),
            stale=looked.may_lack,
        )

    def _looked(
        self, manifest: Manifest, generation: Generation, *, look: bool = True
    ) -> WorktreeFreshness:
        """Return how far behind a generation is, and whether more than that keeps it short."""
        is_short = self._other_writer() is not None or any(
            note.startswith(coverage_notes.FAULTS)
            for _, note in self._notes_of(manifest, generation)
        )
        return replace(
            self.freshness.of(manifest, generation, look=look),
            checked=last_check_text(read_check_state(self.folder)),
            stale=is_short,
        )

    def _shortfalls(self, manifest: Manifest, generation: Generation) -> Iterator[str]:
        """Yield what this index lacks, whatever it is asked."""
        yield from coverage_notes.parse_failure_notes(self._notes_of(manifest, generation))
        if writer := self._other_writer():
            yield coverage_notes.writer_active_note(str(writer))
        yesterday = datetime.now(UTC) - RECENTLY
        yield coverage_notes.replaced_index_note(set_aside_since(self.folder, yesterday))

    def _other_writer(self) -> LockHolder | None:
        """Return who else is writing the index now."""
        holder = None if self.owned else holder_of(self.folder)
        return None if holder is None or holder.pid == os.getpid() else holder

    def _notes_of(self, manifest: Manifest, generation: Generation) -> tuple[tuple[str, str], ...]:
        """Return (path, note) of the files that were indexed in a degraded way."""
        if self._notes[0] != generation.id:
            self._notes = (generation.id, tuple(manifest.notes(generation)))
        return self._notes[1]

    def _weights(self) -> tuple[RankingWeights, str]:
        """Return the weights learnt on this repository, or the shipped ones and why, if not."""
        try:
            return own_weights(self.folder) or shipped_weights(), ""
        except IndexingError as error:
            return shipped_weights(), str(error)
