"""The vectors of an index: which embedder makes them, how many are there, and filling the rest."""

from collections.abc import Callable, Iterator
from contextlib import suppress

from indexing.ranking.index_view_reader import view_of
from indexing.ranking.missing_vectors import MissingVectors
from indexing.repository.opened_index import OpenedIndex
from indexing.store.manifest import Generation, Manifest
from indexing.vectors import coverage_notes
from indexing.vectors import store as dense
from indexing.vectors.embedder import Embedder
from indexing.vectors.store import FillProgress, Wanted
from rooftree.errors import EmbeddingError, IndexLockedError, StorageError


class IndexVectors:
    """The dense tier of one index."""

    def __init__(self, index: OpenedIndex, embedder: Embedder | None) -> None:
        self.embedder = embedder
        self.problem = ""
        """Why vectors are missing that are wanted, in words; empty where nothing is known."""
        self._index = index
        self._missing = MissingVectors()

    def fill(
        self,
        progress: Callable[[int, int], None] | None = None,
        keep_going: Callable[[], bool] = lambda: True,
        first: frozenset[str] = frozenset(),
    ) -> FillProgress:
        """Embed what has no vector yet, `first` before all others; call it inside `writing`."""
        if self.embedder is None:
            return FillProgress(0, 0)
        with self._index.manifest() as manifest:
            among = self.missing(manifest) if self._index.owned else None
            try:
                filling = dense.fill(
                    manifest,
                    self._index.current(manifest),
                    self.embedder,
                    progress=progress,
                    keep_going=keep_going,
                    wanted=Wanted(first, among),
                )
            except EmbeddingError as error:
                self.problem = str(error)
                raise
            finally:
                self._missing.filled()
        if filling.done:
            self.problem = ""
        return filling

    def share(self) -> float:
        """Return which part of the live texts has a vector; 1.0 where none are wanted."""
        if self.embedder is None:
            return 1.0
        with self._index.manifest() as manifest:
            return self.share_of(manifest, self._index.current(manifest))

    def share_of(self, manifest: Manifest, generation: Generation) -> float:
        """Return which part of the live texts has a vector; 0.0 where there is no embedder."""
        if self.embedder is None:
            return 0.0
        fingerprint = self.embedder.fingerprint
        if not self._index.owned:
            return dense.share(manifest.database, generation, fingerprint)
        view = view_of(manifest, generation)
        without = self._missing.texts(manifest.database, view, fingerprint)
        return 1 - len(without) / len(view.texts) if len(view.texts) else 1.0

    def missing(self, manifest: Manifest) -> frozenset[str]:
        """Return the hashes of the live texts that have no vector; for a server alone."""
        if self.embedder is None:
            return frozenset()
        view = self._index.view(manifest)
        return self._missing.texts(manifest.database, view, self.embedder.fingerprint)

    def forget_missing(self) -> None:
        """Ask of every text again whether it has a vector: vectors may be gone."""
        self._missing.forget()

    def mark_complete(self) -> None:
        """Remember it where every live text has a vector, unless somebody is writing."""
        if self.embedder is None:
            return
        index, fingerprint = self._index, self.embedder.fingerprint
        with index.manifest() as manifest:
            if dense.is_whole(manifest.database, index.current(manifest), fingerprint):
                return
        with (
            suppress(IndexLockedError, StorageError),  # it is found out again then
            index.writing("vectors", wait_seconds=0),
            index.manifest() as manifest,
        ):
            generation = index.current(manifest)
            if dense.share(manifest.database, generation, fingerprint) >= 1.0:
                dense.mark_whole(manifest, generation, fingerprint)

    def notes(self) -> Iterator[str]:
        """Yield why vectors are missing, where they are."""
        if self.embedder is None:
            off = self._index.config.index.embedder == "none"
            reason = coverage_notes.OFF if off else "no embedder is at hand"
            yield coverage_notes.no_vectors_note(self.problem or reason)
        elif self.problem:
            yield f"dense tier: {self.problem}"
