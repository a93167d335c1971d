"""How near every text of a view is to a question: the vectors in the manifest, scanned exactly.

A process keeps the vectors of the views it uses, and reads only those that were not there before:
the dense tier may still be filling. It knows nothing of how vectors are made.
"""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from indexing import dense
from indexing.embed import Vectors
from indexing.view import View

KEPT = 2
STREAMED = 1
"""So many scans of a table keep nothing: a process that answers one question never gets further,
and to fill 40 MB of memory would cost it as much as the reading."""
MANY = 2_000
"""Above so many unknown texts all vectors are read in one pass, below it they are looked up."""
READ_AT_ONCE = 2_048
"""Vectors that are in memory twice while a table is read."""
LARGEST_SINGLE = 400_000_000
"""Bytes up to which vectors are kept in single precision, which multiplies faster."""
FAR_FROM_UNIT = 0.05
"""A stored vector whose length is further from 1 than this was not written by us."""


class VectorTable:
    """The vectors of one view by one embedder: shape (T, dimension), zeros where there is none."""

    def __init__(self, view: View, fingerprint: str, dimension: int) -> None:
        self.view = view
        self._fingerprint = fingerprint
        single = len(view.texts) * dimension * 4 <= LARGEST_SINGLE
        kind = np.float32 if single else np.float16
        self.matrix = np.zeros((len(view.texts), dimension), dtype=kind)
        self.present = np.zeros(len(view.texts), dtype=bool)
        self.scans = 0
        self.mutex = threading.Lock()
        self._share_seen: float | None = None

    def take_over(self, other: "VectorTable") -> None:
        """Copy what another table of the same index and embedder holds of these texts."""
        with other.mutex:
            index = other.view.text_index
            found = (index.get(sha, -1) for sha in self.view.texts)
            places = np.fromiter(found, np.int64, len(self.view.texts))
            self.present = (places >= 0) & other.present[places]
            # Only what is there: a table that knows few texts stays as small as they are.
            self.matrix[self.present] = other.matrix[places[self.present]]
            self.scans = other.scans

    def is_at_hand(self, most: int = MANY) -> bool:
        """Say whether a scan would read no more than so many vectors from the manifest."""
        return len(self.present) - int(np.count_nonzero(self.present)) <= most

    @property
    def is_loadable(self) -> bool:
        """Say whether the vectors are few enough to be kept in single precision."""
        return bool(self.matrix.dtype == np.float32)

    def load(self, database: sqlite3.Connection, keep_going: Callable[[], bool]) -> None:
        """Read all vectors, some at a time: searches go on meanwhile."""
        rows = dense.all_stored(database, self._fingerprint)
        while keep_going() and (some := list(islice(rows, READ_AT_ONCE))):
            with self.mutex:
                self._take(some)

    def let_go(self) -> None:
        """Give the memory back: something else answers now."""
        with self.mutex:
            self.matrix = np.zeros_like(self.matrix)
            self.present = np.zeros_like(self.present)
            self.scans = 0

    def cosines(self, database: sqlite3.Connection, query: Vectors) -> NDArray[np.float32]:
        """Return the cosine of every text, NaN where it has no vector: shape (T,)."""
        with self.mutex:
            self.scans += 1
            if self.scans <= STREAMED and not self.is_at_hand():
                return self._streamed(database, query)
            self._catch_up(database)
        near: NDArray[np.float32] = self.matrix @ query.astype(self.matrix.dtype)
        near = near.astype(np.float32)
        near[~self.present] = np.nan
        return near

    def _streamed(self, database: sqlite3.Connection, query: Vectors) -> NDArray[np.float32]:
        near = np.full(len(self.view.texts), np.nan, dtype=np.float32)
        rows = dense.all_stored(database, self._fingerprint)
        while some := list(islice(rows, READ_AT_ONCE)):
            places, vectors = self._live(some)
            near[places] = vectors @ query
        self._share_seen = _share(~np.isnan(near))
        return near

    def cosines_of(
        self, database: sqlite3.Connection, texts: NDArray[np.int64], query: Vectors
    ) -> NDArray[np.float32]:
        """Return the cosine of some texts, NaN where one has no vector; only theirs are read."""
        with self.mutex:
            missing = texts[~self.present[texts]]
            keys = [self.view.texts[number] for number in missing.tolist()]
            if keys:
                self._take(dense.stored(database, self._fingerprint, keys))
            near: NDArray[np.float32] = self.matrix[texts] @ query.astype(self.matrix.dtype)
            near = near.astype(np.float32)
            near[~self.present[texts]] = np.nan
        return near

    def share(self, database: sqlite3.Connection) -> float:
        """Return which part of the texts has a vector, as the last scan saw it."""
        with self.mutex:
            if self._share_seen is not None:
                return self._share_seen
            self._catch_up(database)
        return _share(self.present)

    def _catch_up(self, database: sqlite3.Connection) -> None:
        self._share_seen = None
        missing = np.flatnonzero(~self.present)
        if not len(missing):
            return
        if len(missing) > MANY:
            rows = dense.all_stored(database, self._fingerprint)
        else:
            keys = [self.view.texts[number] for number in missing]
            rows = iter(dense.stored(database, self._fingerprint, keys))
        while some := list(islice(rows, READ_AT_ONCE)):
            self._take(some)

    def _take(self, rows: Sequence[tuple[str, bytes]]) -> None:
        """Keep the vectors of live texts."""
        if rows:
            places, vectors = self._live(rows)
            self.matrix[places] = vectors
            self.present[places] = True

    def _live(
        self, rows: Sequence[tuple[str, bytes]]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the texts of this view that rows are of, and their vectors."""
        index = self.view.text_index
        places = np.fromiter((index.get(sha, -1) for sha, _ in rows), np.int64, len(rows))
        live = places >= 0
        return places[live], self._checked([packed for _, packed in rows])[live]

    def _checked(self, packed: Sequence[bytes]) -> NDArray[np.float32]:
        dimension = self.matrix.shape[1]
        if any(len(vector) != 2 * dimension for vector in packed):
            raise sqlite3.DatabaseError("a vector has another length than its embedder's")
        halves = np.frombuffer(b"".join(packed), dtype="<f2").reshape(-1, dimension)
        vectors = halves.astype(np.float32)
        # A fiftieth of the time of numpy's own norm.
        squares = np.einsum("ij,ij->i", vectors, vectors)
        if not (np.abs(np.sqrt(squares) - 1) < FAR_FROM_UNIT).all():
            raise sqlite3.DatabaseError("a vector is not as it was written")
        return vectors


def _share(has: NDArray[np.bool_]) -> float:
    return int(np.count_nonzero(has)) / len(has) if len(has) else 1.0


class _Tables:
    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, str], tuple[View, VectorTable]] = OrderedDict()
        self._mutex = threading.Lock()

    def get(self, view: View, fingerprint: str, dimension: int) -> VectorTable:
        key = (id(view), fingerprint)
        with self._mutex:
            # The view is kept beside its table, so its id is not given to another one meanwhile.
            kept = self._kept.pop(key, None)
            if kept is None:
                kept = view, VectorTable(view, fingerprint, dimension)
                earlier = self._earlier(view, fingerprint)
                if earlier is not None:
                    kept[1].take_over(earlier)
            self._kept[key] = kept
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return kept[1]

    def _earlier(self, view: View, fingerprint: str) -> VectorTable | None:
        """Return the newest table of the same worktree and embedder."""
        worktree = view.generation.worktree
        for (_, of), (other, table) in reversed(self._kept.items()):
            if of == fingerprint and other.texts and other.generation.worktree == worktree:
                return table
        return None


_tables = _Tables()


def table_of(view: View, fingerprint: str, dimension: int) -> VectorTable:
    """Return this process's table of a view's vectors."""
    return _tables.get(view, fingerprint, dimension)
