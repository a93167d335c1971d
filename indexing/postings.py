"""The packed words of many files as arrays: which units hold a word, and how often.

It is read once for a generation and then only looked at, so threads may share it. It knows
nothing of what the units are.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from indexing.lexical import HEADER, MAGIC

Number = TypeVar("Number", np.uint32, np.uint8)
SORT_AFTER = 200
"""After so many look-ups the postings are sorted by word: one look-up then costs next to nothing.

A process that answers one question never gets there, and sorting would cost it more."""


class BrokenPackError(ValueError):
    """A pack of words is not as it was written."""


@dataclass(frozen=True, slots=True)
class Held:
    """The units that hold one word: their rows, and how often text and name hold it."""

    rows: NDArray[np.int64]
    body: NDArray[np.uint8]
    name: NDArray[np.uint8]


@dataclass(slots=True)
class _Order:
    """The postings in the order of their keys."""

    keys: NDArray[np.uint32]
    places: NDArray[np.int64]


class Postings:
    """Every word of every unit; rows of units follow the order of the packs that were given."""

    def __init__(self, packs: Sequence[bytes]) -> None:
        """Join packs. Raises BrokenPackError, which names the first broken one's place."""
        parts = [_split(number, pack) for number, pack in enumerate(packs)]
        self.units = np.array([part[0] for part in parts], dtype=np.int64)
        """How many units each pack has."""
        self.lengths = _joined([part[1] for part in parts], np.dtype("<u4"))
        sizes = _joined([part[2] for part in parts], np.dtype("<u4")).astype(np.int64)
        path_words = [part[3] for part in parts]
        self._path_keys = _joined(path_words, np.dtype("<u4"))
        in_path = np.array([len(words) // 4 for words in path_words], dtype=np.int64)
        self._path_packs = np.repeat(np.arange(len(parts)), in_path)
        self._keys = _joined([part[4] for part in parts], np.dtype("<u4"))
        self._bodies = _joined([part[5] for part in parts], np.dtype("u1"))
        self._names = _joined([part[6] for part in parts], np.dtype("u1"))
        self._rows = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        self._asked = 0
        self._order: _Order | None = None

    def held(self, key: int) -> Held:
        """Return the units that hold a word, by rising row."""
        places = self._places(key)
        return Held(self._rows[places].astype(np.int64), self._bodies[places], self._names[places])

    def packs_named(self, key: int) -> NDArray[np.int64]:
        """Return the numbers of the packs whose path holds a word."""
        return self._path_packs[np.flatnonzero(self._path_keys == np.uint32(key))]

    @cached_property
    def mean_length(self) -> float:
        """Return how many words a unit holds on average."""
        return float(self.lengths.mean()) if len(self.lengths) else 1.0

    def sort(self) -> None:
        """Sort by word now; a server does it before the first question comes."""
        if self._order is None:
            places = np.argsort(self._keys, kind="stable")
            self._order = _Order(self._keys[places], places)

    def _places(self, key: int) -> NDArray[np.int64]:
        self._asked += 1
        if self._order is None and self._asked > SORT_AFTER:
            self.sort()
        if self._order is None:
            return np.flatnonzero(self._keys == np.uint32(key))
        begin, end = np.searchsorted(self._order.keys, np.uint32(key), side="left"), 0
        end = int(np.searchsorted(self._order.keys, np.uint32(key), side="right"))
        return self._order.places[int(begin) : end]


def _split(number: int, pack: bytes) -> tuple[int, bytes, bytes, bytes, bytes, bytes, bytes]:
    """Check one pack and cut it into its fields."""
    if len(pack) < HEADER.size:
        raise BrokenPackError(f"pack {number} is cut off")
    magic, checksum, units, postings, in_path = HEADER.unpack_from(pack)
    ends = [HEADER.size]
    for size in (4 * units, 4 * units, 4 * in_path, 4 * postings, postings, postings):
        ends.append(ends[-1] + size)
    if magic != MAGIC or len(pack) != ends[-1] or zlib.crc32(pack[HEADER.size :]) != checksum:
        raise BrokenPackError(f"pack {number} is not as it was written")
    fields = [pack[begin:end] for begin, end in pairwise(ends)]
    return units, fields[0], fields[1], fields[2], fields[3], fields[4], fields[5]


def _joined(parts: Iterable[bytes], kind: "np.dtype[Number]") -> NDArray[Number]:
    return np.frombuffer(b"".join(parts), dtype=kind)
