"""How near every text of a view is to a question: the vectors in the manifest, scanned exactly.

A process keeps the vectors of the views it uses, and reads only those that were not there before:
the dense tier may still be filling. It does not know how vectors are made.
"""

import sqlite3
import threading
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexing.ranking.index_view import IndexView
from indexing.ranking.recently_used import RecentlyUsed
from indexing.vectors import store as dense
from indexing.vectors.embedder import Vectors

KEPT = 2
ABSENT = -1
"""The row of a text without a vector."""
MAX_OUTLIVED = 2
"""A store of more than so many vectors a text is not passed on: most are of texts that are gone."""
STREAMED = 1
"""So many scans of a table keep nothing: a process that answers one question never gets further,
and to fill 40 MB of memory would cost it as much as the reading."""
MANY = 2_000
"""Above so many unknown texts all vectors are read in one pass, below it they are looked up."""
READ_AT_ONCE = 2_048
"""Vectors that are in memory twice while a table is read."""
MAX_FLOAT32_BYTES = 400_000_000
"""Bytes up to which vectors are kept in single precision, which multiplies faster."""
FAR_FROM_UNIT = 0.05
"""A stored vector whose length is further from 1 than this was not written by us."""


class _Store:
    """Vectors in the order in which they came: tables of one view after the other share them."""

    def __init__(
        self, shape: tuple[int, int], kind: type[np.floating[Any]], mutex: threading.Lock
    ) -> None:
        """`shape` is (vectors that there is room for, dimension)."""
        self.matrix = np.zeros(shape, dtype=kind)
        """What is beyond `used` takes no memory yet."""
        self.used = 0
        self.mutex = mutex

    def add(self, vectors: Vectors) -> NDArray[np.int64]:
        """Take vectors in; return their rows."""
        end = self.used + len(vectors)
        if end > len(self.matrix):
            larger = np.zeros((end + end // 4, self.matrix.shape[1]), dtype=self.matrix.dtype)
            larger[: self.used] = self.matrix[: self.used]
            self.matrix = larger
        self.matrix[self.used : end] = vectors
        rows = np.arange(self.used, end)
        self.used = end
        return rows


class VectorTable:
    """The vectors of the T texts of one view by one embedder."""

    def __init__(self, view: IndexView, fingerprint: str, dimension: int) -> None:
        self.view = view
        self._fingerprint = fingerprint
        self._dimension = dimension
        self.store = self._new_store(threading.Lock())
        self.rows = np.full(len(view.texts), ABSENT, dtype=np.int64)
        """The row in the store of each text's vector: shape (T,)."""
        self.scans = 0
        self._share_seen: float | None = None

    def _new_store(self, mutex: threading.Lock) -> _Store:
        count = len(self.view.texts)
        single = count * self._dimension * 4 <= MAX_FLOAT32_BYTES
        return _Store((count, self._dimension), np.float32 if single else np.float16, mutex)

    @property
    def mutex(self) -> threading.Lock:
        """What guards the store, and so all tables that share it."""
        return self.store.mutex

    def copy_vectors(self, other: "VectorTable") -> None:
        """Know what another table of the same index and embedder knows of these texts."""
        with other.mutex:
            places = self.view.places_in(other.view)
            rows = np.where(places < 0, ABSENT, other.rows[places])
            known = rows[rows != ABSENT]
            self.scans = other.scans
            if self.store.matrix.dtype == other.store.matrix.dtype and (
                other.store.used <= MAX_OUTLIVED * len(self.rows)
            ):
                self.store, self.rows = other.store, rows
                return
            # Most of it is of texts that are gone, or it is of another precision.
            vectors = other.store.matrix[known].astype(self.store.matrix.dtype)
        self.rows[rows != ABSENT] = self.store.add(vectors)

    def is_nearly_loaded(self, most: int = MANY) -> bool:
        """Say whether a scan would read no more than so many vectors from the manifest."""
        return int(np.count_nonzero(self.rows == ABSENT)) <= most

    @property
    def is_loadable(self) -> bool:
        """Say whether the vectors are few enough to be kept in single precision."""
        return bool(self.store.matrix.dtype == np.float32)

    def load(self, database: sqlite3.Connection, keep_going: Callable[[], bool]) -> None:
        """Read all vectors, some at a time: searches go on meanwhile."""
        rows = dense.all_stored(database, self._fingerprint)
        while keep_going() and (some := list(islice(rows, READ_AT_ONCE))):
            with self.mutex:
                self._take(some)

    def release(self) -> None:
        """Release the memory: another engine answers now."""
        with self.mutex:
            self.store, self.scans = self._new_store(self.mutex), 0
            self.rows = np.full_like(self.rows, ABSENT)

    def cosines(self, database: sqlite3.Connection, query: Vectors) -> NDArray[np.float32]:
        """Return the cosine of every text, NaN where it has no vector: shape (T,)."""
        with self.mutex:
            self.scans += 1
            if self.scans <= STREAMED and not self.is_nearly_loaded():
                return self._streamed(database, query)
            self._catch_up(database)
            vectors, rows = self.store.matrix[: self.store.used], self.rows
        return _cosines(vectors, query)[rows]

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
            missing = texts[self.rows[texts] == ABSENT]
            keys = [self.view.texts[number] for number in missing.tolist()]
            if keys:
                self._take(dense.stored(database, self._fingerprint, keys))
            rows = self.rows[texts]
            vectors = self.store.matrix[rows[rows != ABSENT]]
        near = np.full(len(texts), np.nan, dtype=np.float32)
        near[rows != ABSENT] = _cosines(vectors, query)[:-1]
        return near

    def share(self, database: sqlite3.Connection) -> float:
        """Return which part of the texts has a vector, as the last scan saw it."""
        with self.mutex:
            if self._share_seen is not None:
                return self._share_seen
            self._catch_up(database)
        return _share(self.rows != ABSENT)

    def _catch_up(self, database: sqlite3.Connection) -> None:
        self._share_seen = None
        missing = np.flatnonzero(self.rows == ABSENT)
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
            new = self.rows[places] == ABSENT
            self.rows[places[new]] = self.store.add(vectors[new])

    def _live(
        self, rows: Sequence[tuple[str, bytes]]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the texts of this view that rows are of, and their vectors."""
        index = self.view.text_index
        places = np.fromiter((index.get(sha, -1) for sha, _ in rows), np.int64, len(rows))
        live = places >= 0
        return places[live], self._checked([packed for _, packed in rows])[live]

    def _checked(self, packed: Sequence[bytes]) -> NDArray[np.float32]:
        dimension = self._dimension
        if any(len(vector) != 2 * dimension for vector in packed):
            raise sqlite3.DatabaseError("a vector has another length than its embedder's")
        halves = np.frombuffer(b"".join(packed), dtype="<f2").reshape(-1, dimension)
        vectors = halves.astype(np.float32)
        # A fiftieth of the time of numpy's own norm.
        squares = np.einsum("ij,ij->i", vectors, vectors)
        if not (np.abs(np.sqrt(squares) - 1) < FAR_FROM_UNIT).all():
            raise sqlite3.DatabaseError("a vector is not as it was written")
        return vectors


def _cosines(vectors: Vectors, query: Vectors) -> NDArray[np.float32]:
    """Return the cosine of each row, and NaN behind them: shape (N + 1,)."""
    near = vectors @ query.astype(vectors.dtype)
    return np.append(near.astype(np.float32), np.float32(np.nan))


def _share(has: NDArray[np.bool_]) -> float:
    return int(np.count_nonzero(has)) / len(has) if len(has) else 1.0


_tables = RecentlyUsed[tuple[int, str], VectorTable](KEPT)
_tables_mutex = threading.Lock()


def table_of(view: IndexView, fingerprint: str, dimension: int) -> VectorTable:
    """Return this process's table of a view's vectors."""
    key = (id(view), fingerprint)
    with _tables_mutex:
        # A table keeps its view, so the view's id is not given to another one meanwhile.
        table = _tables.get(key)
        if table is None:
            table = VectorTable(view, fingerprint, dimension)
            earlier = _newest_of(view.generation.worktree, fingerprint)
            if earlier is not None:
                table.copy_vectors(earlier)
            _tables.keep(key, table)
        return table


def _newest_of(worktree: str, fingerprint: str) -> VectorTable | None:
    """Return the newest table of a worktree and embedder."""
    for (_, of), table in _tables.newest():
        view = table.view
        if of == fingerprint and len(view.texts) and view.generation.worktree == worktree:
            return table
    return None
