"""The packed words of many files as arrays: which units hold a word, and how often.

It is read once for a generation and then only looked at, so threads may share it. It knows
nothing of what the units are.
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from indexing.words.tokens import HEADER, MAGIC

Number = TypeVar("Number", np.uint32, np.uint8)
SORT_AFTER = 200
"""After so many look-ups the postings are sorted by word: one look-up then costs next to nothing.

A process that answers one question never gets there, and sorting would cost it more."""


class BrokenPackError(ValueError):
    """A pack of words is not as it was written."""


@dataclass(frozen=True, slots=True)
class PostingList:
    """The units that hold one word: their rows, and how often text and name hold it."""

    rows: NDArray[np.int64]
    body: NDArray[np.uint8]
    name: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PostingsTable:
    """All postings, in one array a field; replaced as a whole, because threads look at it."""

    keys: NDArray[np.uint32]
    rows: NDArray[np.int32]
    bodies: NDArray[np.uint8]
    names: NDArray[np.uint8]
    is_sorted: bool = False

    def sorted(self) -> "PostingsTable":
        """Return the same postings in the order of their keys, those of one key by rising row."""
        return replace(self._picked(np.argsort(self.keys, kind="stable")), is_sorted=True)

    def renumbered(self, numbers: NDArray[np.int64]) -> "PostingsTable":
        """Give every row the number that stands at its place; those of -1 are left out."""
        rows = numbers[self.rows]
        kept = rows >= 0
        return replace(self._picked(kept), rows=rows[kept].astype(np.int32))

    def _picked(self, places: NDArray[Any]) -> "PostingsTable":
        return replace(
            self,
            keys=self.keys[places],
            rows=self.rows[places],
            bodies=self.bodies[places],
            names=self.names[places],
        )

    def with_more(self, other: "PostingsTable") -> "PostingsTable":
        """Return the postings of two sorted tables in one."""
        at = np.searchsorted(self.order(), other.order())
        return PostingsTable(
            np.insert(self.keys, at, other.keys),
            np.insert(self.rows, at, other.rows),
            np.insert(self.bodies, at, other.bodies),
            np.insert(self.names, at, other.names),
            True,
        )

    def order(self) -> NDArray[np.uint64]:
        """Return what the table is sorted by: keys, and under one key rows."""
        return (self.keys.astype(np.uint64) << np.uint64(32)) | self.rows.astype(np.uint64)

    def places(self, key: int) -> slice | NDArray[np.int64]:
        """Return where the postings of a key are: next to each other once they are sorted."""
        wanted = np.uint32(key)
        if not self.is_sorted:
            return np.flatnonzero(self.keys == wanted)
        begin = self.keys.searchsorted(wanted, side="left")
        return slice(int(begin), int(self.keys.searchsorted(wanted, side="right")))


@dataclass
class Postings:
    """Every word of every unit; rows of units follow the order of the packs they came in."""

    units: NDArray[np.int64]
    """How many units each pack has."""
    lengths: NDArray[np.uint32]
    """How many words each unit holds."""
    path_keys: NDArray[np.uint32]
    """The words of paths."""
    path_packs: NDArray[np.int64]
    """And the numbers of their packs."""
    table: PostingsTable
    _asked: int = 0

    def postings_of(self, key: int) -> PostingList:
        """Return the units that hold a word, by rising row."""
        table = self._table_at_use()
        places = table.places(key)
        rows = table.rows[places].astype(np.int64)
        return PostingList(rows, table.bodies[places], table.names[places])

    def frequency(self, key: int) -> int:
        """Return how many units hold a word."""
        table = self._table_at_use()
        return len(table.rows[table.places(key)])

    def packs_named(self, key: int) -> NDArray[np.int64]:
        """Return the numbers of the packs whose path holds a word."""
        return self.path_packs[np.flatnonzero(self.path_keys == np.uint32(key))]

    @cached_property
    def relative_lengths(self) -> NDArray[np.float32]:
        """How many words each unit holds, relative to the mean: shape (N,)."""
        mean = float(self.lengths.mean()) if len(self.lengths) else 1.0
        return (self.lengths / max(mean, 1.0)).astype(np.float32)

    def sort(self) -> None:
        """Sort by word now; a server does it before the first question comes."""
        if not self.table.is_sorted:
            self.table = self.table.sorted()

    def _table_at_use(self) -> PostingsTable:
        self._asked += 1
        if self._asked > SORT_AFTER:
            self.sort()
        return self.table


def unpacked(packs: Sequence[bytes]) -> Postings:
    """Read packs. Raises BrokenPackError, which names the first broken one's place."""
    parts = [_split(number, pack) for number, pack in enumerate(packs)]
    numbers, bytes_ = np.dtype("<u4"), np.dtype("u1")
    sizes = _joined([part.sizes for part in parts], numbers).astype(np.int64)
    in_path = np.array([len(part.path_keys) // 4 for part in parts], dtype=np.int64)
    return Postings(
        np.array([part.units for part in parts], dtype=np.int64),
        _joined([part.lengths for part in parts], numbers),
        _joined([part.path_keys for part in parts], numbers),
        np.repeat(np.arange(len(parts)), in_path),
        PostingsTable(
            _joined([part.keys for part in parts], numbers),
            np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
            _joined([part.bodies for part in parts], bytes_),
            _joined([part.names for part in parts], bytes_),
        ),
    )


def together(
    one: Postings, two: Postings, packs: NDArray[np.int64], rows: NDArray[np.int64]
) -> Postings:
    """Join the given packs and rows of two; those of the second are numbered after the first's.

    Both lists are in the order that is wanted, which is that of the packs on each side.
    """
    one.sort()
    two.sort()
    pack_now = _places(packs, len(one.units) + len(two.units))
    row_now = _places(rows, len(one.lengths) + len(two.lengths))
    named = pack_now[np.concatenate([one.path_packs, len(one.units) + two.path_packs])]
    named_keys = np.concatenate([one.path_keys, two.path_keys])
    return Postings(
        np.concatenate([one.units, two.units])[packs],
        np.concatenate([one.lengths, two.lengths])[rows],
        named_keys[named >= 0],
        named[named >= 0],
        one.table.renumbered(row_now[: len(one.lengths)]).with_more(
            two.table.renumbered(row_now[len(one.lengths) :])
        ),
    )


def _places(chosen: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Return where each of `count` numbers stands in `chosen`, -1 where it does not."""
    places = np.full(count, -1, dtype=np.int64)
    places[chosen] = np.arange(len(chosen))
    return places


class _Pack(NamedTuple):
    """The fields of one pack, as `tokens.pack` writes them."""

    units: int
    lengths: memoryview
    sizes: memoryview
    path_keys: memoryview
    keys: memoryview
    bodies: memoryview
    names: memoryview


def _split(number: int, pack: bytes) -> _Pack:
    """Check one pack and cut it into its fields, without a copy."""
    if len(pack) < HEADER.size:
        raise BrokenPackError(f"pack {number} is cut off")
    magic, checksum, units, postings, in_path = HEADER.unpack_from(pack)
    ends = [HEADER.size]
    for size in (4 * units, 4 * units, 4 * in_path, 4 * postings, postings, postings):
        ends.append(ends[-1] + size)
    whole = memoryview(pack)
    if magic != MAGIC or len(pack) != ends[-1] or zlib.crc32(whole[HEADER.size :]) != checksum:
        raise BrokenPackError(f"pack {number} is not as it was written")
    return _Pack(units, *(whole[begin:end] for begin, end in pairwise(ends)))


def _joined(parts: Iterable[memoryview], kind: "np.dtype[Number]") -> NDArray[Number]:
    return np.frombuffer(b"".join(parts), dtype=kind)
