"""A generation as arrays: its documents, its occurrences and their words.

Rows of occurrences are in the order of documents and then of lines, so a file's rows stand
together. A view is immutable, so threads may share it. It knows nothing of questions, and nothing
of where its arrays come from (`view_reader`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from indexing.store.manifest import Generation
from indexing.words.postings import Postings

Texts = NDArray[np.object_]
"""Strings in an array, so that many of them are picked at once."""


def texts_of(values: Sequence[str]) -> Texts:
    """Return strings as an array: shape (N,)."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


@dataclass(frozen=True)
class IndexView:
    """One generation. Shapes: D documents, N occurrences (rows), T distinct texts."""

    generation: Generation
    documents: NDArray[np.int64]
    """Document numbers, rising: shape (D,)."""
    seals: NDArray[np.int64]
    """The check sum that each document was found to have: shape (D,)."""
    paths: Texts
    ids: NDArray[np.int64]
    """Occurrence numbers: shape (N,)."""
    document: NDArray[np.int32]
    """The index in `documents` of each row: shape (N,)."""
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    kinds: Texts
    symbols: Texts
    texts: Texts
    """The hashes of the distinct texts: length T."""
    text: NDArray[np.int32]
    """The index in `texts` of each row: shape (N,)."""
    postings: Postings = field(repr=False)
    _known: dict[str, int] | None = field(default=None, repr=False, compare=False)
    """The `text_index`, where whoever made the view has it already."""

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

    def rows_within(self, documents: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of documents, given by their index, one document after the other."""
        begins, ends = self._borders[documents], self._borders[documents + 1]
        lengths = ends - begins
        return np.repeat(ends - np.cumsum(lengths), lengths) + np.arange(lengths.sum())

    def rows_of_texts(self, texts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of texts, given by their index."""
        wanted = np.zeros(len(self.texts), dtype=bool)
        wanted[texts] = True
        return np.flatnonzero(wanted[self.text])

    def places_in(self, other: "IndexView") -> NDArray[np.int64]:
        """Return where another view holds each text, -1 where it does not: shape (T,).

        It is quick where one view was built upon the other: nearly all texts kept their places.
        """
        places = np.arange(len(self.texts))
        both = min(len(self.texts), len(other.texts))
        moved = np.flatnonzero(self.texts[:both] != other.texts[:both])
        strange = np.concatenate([moved, places[both:]])
        index = other.text_index
        places[strange] = [index.get(sha, -1) for sha in self.texts[strange].tolist()]
        return places

    @cached_property
    def text_index(self) -> dict[str, int]:
        """The index of each distinct text by its hash."""
        if self._known is not None:
            return self._known
        return dict(zip(self.texts.tolist(), range(len(self.texts)), strict=True))

    @cached_property
    def _borders(self) -> NDArray[np.int64]:
        """The first row of each document, and one past the last: shape (D + 1,)."""
        return np.searchsorted(self.document, np.arange(len(self.documents) + 1))

    @cached_property
    def _by_id(self) -> NDArray[np.int64]:
        return np.argsort(self.ids, kind="stable")
