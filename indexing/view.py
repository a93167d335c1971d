"""A generation as arrays: its documents, its occurrences and their words, read once.

Rows of occurrences are in the order of documents and then of lines, so a file's rows stand
together. Views are immutable and shared among threads; the newest few are kept. It knows nothing
of questions.
"""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexing import seals
from indexing.manifest import Generation, Manifest
from indexing.postings import BrokenPackError, Postings

KEPT = 4
"""How many views a process keeps: those of a few worktrees, or of branches switched between."""

_DOCUMENTS = """
SELECT document.id, words.packed, seal, path, blob, language, notes, chunker FROM member
JOIN document ON document.id = member.document
JOIN words ON words.document = member.document
WHERE member.generation = ? ORDER BY member.document
"""
_OCCURRENCES = """
SELECT occurrence.id, occurrence.document, start, end, kind, symbol, text_sha FROM member
JOIN occurrence ON occurrence.document = member.document
JOIN unit ON unit.key = occurrence.unit
WHERE member.generation = ? ORDER BY occurrence.document, occurrence.id
"""


@dataclass(frozen=True)
class View:
    """One generation. Shapes: D documents, N occurrences (rows), T distinct texts."""

    generation: Generation
    documents: NDArray[np.int64]
    """Document numbers, rising: shape (D,)."""
    paths: tuple[str, ...]
    ids: NDArray[np.int64]
    """Occurrence numbers: shape (N,)."""
    document: NDArray[np.int32]
    """The index in `documents` of each row: shape (N,)."""
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    kinds: tuple[str, ...]
    symbols: tuple[str, ...]
    texts: tuple[str, ...]
    """The hashes of the distinct texts: length T."""
    text: NDArray[np.int32]
    """The index in `texts` of each row: shape (N,)."""
    postings: Postings = field(repr=False)

    def rows_of(self, occurrences: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of those occurrences that are live."""
        order = self._by_id
        places = np.searchsorted(self.ids, occurrences, sorter=order)
        rows = order[np.minimum(places, len(order) - 1)] if len(order) else order[:0]
        return rows[self.ids[rows] == occurrences] if len(rows) else rows

    def rows_at(self, document: int, line: int) -> list[int]:
        """Return the rows of a document that hold a line; none where it is not live."""
        place = int(np.searchsorted(self.documents, document))
        if place == len(self.documents) or self.documents[place] != document:
            return []
        begin, end = self._borders[place : place + 2]
        inside = (self.starts[begin:end] <= line) & (line <= self.ends[begin:end])
        rows: list[int] = (np.flatnonzero(inside) + begin).tolist()
        return rows

    def rows_of_texts(self, texts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of texts, given by their index."""
        return np.flatnonzero(np.isin(self.text, texts))

    @cached_property
    def text_index(self) -> dict[str, int]:
        """The index of each distinct text by its hash."""
        return {sha: number for number, sha in enumerate(self.texts)}

    @cached_property
    def _borders(self) -> NDArray[np.int64]:
        """The first row of each document, and one past the last: shape (D + 1,)."""
        return np.searchsorted(self.document, np.arange(len(self.documents) + 1))

    @cached_property
    def _by_id(self) -> NDArray[np.int64]:
        return np.argsort(self.ids, kind="stable")


class _Views:
    """The newest views of this process, by manifest and generation."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, int, float], View] = OrderedDict()
        self._mutex = threading.Lock()

    def get(self, manifest: Manifest, generation: Generation) -> View:
        # The time it was made tells a generation from one with its number in a rebuilt manifest.
        key = (manifest.path, generation.id, generation.made)
        with self._mutex:
            view = self._kept.pop(key, None)
            if view is None:
                view = read_view(manifest.database, generation)
            self._kept[key] = view
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return view


_views = _Views()


def view_of(manifest: Manifest, generation: Generation) -> View:
    """Return the view of a generation, read at its first use in this process.

    Raises sqlite3.DatabaseError where the manifest holds something else than was written.
    """
    return _views.get(manifest, generation)


def read_view(database: sqlite3.Connection, generation: Generation) -> View:
    """Read a view from the manifest. Raises sqlite3.DatabaseError where it is damaged."""
    seals.check_generation(database, generation.id)
    documents = database.execute(_DOCUMENTS, (generation.id,)).fetchall()
    _check_members(database, generation, len(documents))
    rows = database.execute(_OCCURRENCES, (generation.id,)).fetchall()
    try:
        postings = Postings([packed for _, packed, *_ in documents])
    except BrokenPackError as error:
        raise sqlite3.DatabaseError(f"the words of a file: {error}") from error
    numbers = np.array([number for number, *_ in documents], dtype=np.int64)
    ids, of, starts, ends, kinds, symbols, texts = zip(*rows, strict=True) if rows else [()] * 7
    document = np.searchsorted(numbers, np.array(of, dtype=np.int64)).astype(np.int32)
    if not np.array_equal(np.bincount(document, minlength=len(numbers)), postings.units):
        raise sqlite3.DatabaseError("the words of a file are not those of its units")
    _check_places(documents, (starts, ends, kinds, symbols, texts), postings.units)
    distinct: dict[str, int] = {}
    text = np.array([distinct.setdefault(sha, len(distinct)) for sha in texts], dtype=np.int32)
    return View(
        generation,
        numbers,
        tuple(path for _, _, _, path, *_ in documents),
        np.array(ids, dtype=np.int64),
        document,
        np.array(starts, dtype=np.int32),
        np.array(ends, dtype=np.int32),
        tuple(kinds),
        tuple(symbols),
        tuple(distinct),
        text,
        postings,
    )


def _check_members(database: sqlite3.Connection, generation: Generation, found: int) -> None:
    row = database.execute(
        "SELECT count(*) FROM member WHERE generation = ?", (generation.id,)
    ).fetchone()
    if row[0] != found:
        raise sqlite3.DatabaseError("files that are listed are not there")


def _check_places(
    documents: Sequence[tuple[Any, ...]],
    columns: Sequence[Sequence[Any]],
    units: NDArray[np.int64],
) -> None:
    """Raise DatabaseError where a document's path, lines or units are not as they were written."""
    begin = 0
    for (_, words, sealed, *document), count in zip(documents, units.tolist(), strict=True):
        places = [column[begin : begin + count] for column in columns]
        if seals.places_seal(document, words, places) != sealed:
            raise sqlite3.DatabaseError("the units of a file are not as they were written")
        begin += count
