"""Reading views: from the manifest, and from an earlier view where most files are the same.

After one changed file nearly all of a view is as it was, in memory and checked already; only the
documents that are new are read. What is kept is recognised by its number, its check sum and the
numbers of its occurrences, all of which are read again.
"""

import json
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexing import seals, view_file
from indexing.manifest import Generation, Manifest
from indexing.postings import BrokenPackError, together, unpacked
from indexing.view import View

_Key = tuple[Path, int, float]
KEPT = 4
"""How many views a process keeps: those of a few worktrees, or of branches switched between."""
WORTH_KEEPING = 0.8
"""With a smaller part of its documents the same, an earlier view is not built upon."""

NEARLY_THE_SAME = 0.98
"""A view that is kept in a file is good enough with so many of the documents of today."""

_MEMBERS = """
SELECT document.id, document.seal FROM member JOIN document ON document.id = member.document
WHERE member.generation = ? ORDER BY member.document
"""
_IDS = """
SELECT occurrence.id, occurrence.document FROM member
JOIN occurrence ON occurrence.document = member.document
WHERE member.generation = ? ORDER BY member.document, occurrence.id
"""
_DOCUMENTS = """
SELECT document.id, words.packed, seal, path, blob, language, notes, chunker FROM member
JOIN document ON document.id = member.document
JOIN words ON words.document = member.document
WHERE member.generation = ?
"""
_OCCURRENCES = """
SELECT occurrence.id, occurrence.document, start, end, kind, symbol, text_sha FROM member
JOIN occurrence ON occurrence.document = member.document
JOIN unit ON unit.key = occurrence.unit
WHERE member.generation = ?
"""
_AMONG = " AND member.document IN (SELECT value FROM json_each(?))"


class _Views:
    """The newest views of this process, by manifest and generation."""

    def __init__(self) -> None:
        self._kept: OrderedDict[_Key, View] = OrderedDict()
        self._reading: dict[_Key, threading.Lock] = {}
        self._mutex = threading.Lock()

    def get(self, manifest: Manifest, generation: Generation) -> View:
        """Return a view; of those who want one that is not there, one reads it."""
        # The time it was made tells a generation from one with its number in a rebuilt manifest.
        key = (manifest.path, generation.id, generation.made)
        with self._mutex:
            if (view := self._found(key)) is not None:
                return view
            reading = self._reading.setdefault(key, threading.Lock())
        with reading:
            with self._mutex:
                if (view := self._found(key)) is not None:
                    return view
                earlier = self._newest(manifest.path)
            view = self._read(manifest, generation, earlier)
            with self._mutex:
                self._kept[key] = view
                self._reading.pop(key, None)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            return view

    def _found(self, key: "_Key") -> View | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _read(self, manifest: Manifest, generation: Generation, earlier: View | None) -> View:
        if earlier is None:
            earlier = view_file.read(manifest.path.parent)
            if earlier is not None and earlier.generation == generation:
                seals.check_generation(manifest.database, generation.id)
                return earlier
        return read_view(manifest.database, generation, earlier)

    def _newest(self, path: Path) -> View | None:
        """Return the view of a manifest that was used last."""
        found = (view for key, view in reversed(self._kept.items()) if key[0] == path)
        return next(found, None)


_views = _Views()


def view_of(manifest: Manifest, generation: Generation) -> View:
    """Return the view of a generation, read at its first use in this process.

    Raises sqlite3.DatabaseError where the manifest holds something else than was written.
    """
    return _views.get(manifest, generation)


def keep(folder: Path, view: View) -> None:
    """Keep a view for processes to come, unless one is kept that is nearly the same."""
    kept = view_file.read(folder)
    if kept is not None:
        known = np.isin(view.documents, kept.documents)
        if known.sum() >= NEARLY_THE_SAME * len(view.documents):
            return
    view_file.write(folder, view)


def read_view(
    database: sqlite3.Connection, generation: Generation, earlier: View | None = None
) -> View:
    """Read a view from the manifest; what `earlier` holds of it already is taken from there.

    Raises sqlite3.DatabaseError where the manifest is damaged.
    """
    seals.check_generation(database, generation.id)
    view = _read_upon(database, generation, earlier) if earlier is not None else None
    view = view or _read(database, generation)
    _check_members(database, generation, len(view.documents))
    return view


def _read_upon(database: sqlite3.Connection, generation: Generation, earlier: View) -> View | None:
    """Read only what an earlier view lacks; None where that is too much."""
    members = database.execute(_MEMBERS, (generation.id,)).fetchall()
    numbers, sums = (np.array([row[n] for row in members], dtype=np.int64) for n in (0, 1))
    same = _same(database, generation, numbers, sums, earlier)
    if same.sum() < WORTH_KEEPING * len(members):
        return None
    kept = np.isin(earlier.documents, numbers[same])
    new = _read(database, generation, numbers[~same].tolist())
    return _put_together(generation, earlier, kept, new)


def _check_members(database: sqlite3.Connection, generation: Generation, found: int) -> None:
    row = database.execute(
        "SELECT count(*) FROM member WHERE generation = ?", (generation.id,)
    ).fetchone()
    if row[0] != found:
        raise sqlite3.DatabaseError("files that are listed are not there")


def _same(
    database: sqlite3.Connection,
    generation: Generation,
    numbers: NDArray[np.int64],
    sums: NDArray[np.int64],
    earlier: View,
) -> NDArray[np.bool_]:
    """Say of each member whether an earlier view holds it: its number, sum and occurrences."""
    same = np.isin(numbers, earlier.documents)
    same[same] = earlier.seals[np.searchsorted(earlier.documents, numbers[same])] == sums[same]
    rows = database.execute(_IDS, (generation.id,)).fetchall()
    now = _pairs(*(np.array([row[n] for row in rows], dtype=np.uint64) for n in (1, 0)))
    before = _pairs(earlier.documents[earlier.document], earlier.ids)
    strange = np.setxor1d(now, before, assume_unique=True) >> np.uint64(32)
    return same & ~np.isin(numbers, strange.astype(np.int64))


def _pairs(documents: NDArray[Any], occurrences: NDArray[Any]) -> NDArray[np.uint64]:
    """Return each occurrence and its document as one number: shape (N,)."""
    if len(occurrences) and int(occurrences.max()) >> 32:
        raise sqlite3.DatabaseError("the number of an occurrence is not one that we gave")
    return (documents.astype(np.uint64) << np.uint64(32)) | occurrences.astype(np.uint64)


def _read(
    database: sqlite3.Connection, generation: Generation, among: Sequence[int] | None = None
) -> View:
    """Read the documents of a generation, or those `among` them, and check each."""
    only = () if among is None else (json.dumps(among),)
    some = "" if among is None else _AMONG
    documents = database.execute(
        f"{_DOCUMENTS}{some} ORDER BY member.document", (generation.id, *only)
    ).fetchall()
    rows = database.execute(
        f"{_OCCURRENCES}{some} ORDER BY member.document, occurrence.id", (generation.id, *only)
    ).fetchall()
    try:
        postings = unpacked([packed for _, packed, *_ in documents])
    except (BrokenPackError, TypeError) as error:  # a flipped byte can make text of a pack
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
        np.array([sealed for _, _, sealed, *_ in documents], dtype=np.int64),
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


def _put_together(
    generation: Generation, earlier: View, kept: NDArray[np.bool_], new: View
) -> View:
    """Make a view of new documents and of those of an earlier view that are `kept`: shape (D,)."""
    numbers = np.concatenate([earlier.documents, new.documents])
    chosen = np.flatnonzero(np.concatenate([kept, np.ones(len(new.documents), dtype=bool)]))
    order = chosen[np.argsort(numbers[chosen], kind="stable")]
    place = np.full(len(numbers), -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    document = place[np.concatenate([earlier.document, len(kept) + new.document])]
    rows = np.argsort(document, kind="stable")[np.count_nonzero(document < 0) :]
    texts, text = _texts(earlier, new, rows)
    paths = (*earlier.paths, *new.paths)
    return View(
        generation,
        numbers[order],
        np.concatenate([earlier.seals, new.seals])[order],
        tuple(paths[number] for number in order.tolist()),
        np.concatenate([earlier.ids, new.ids])[rows],
        document[rows].astype(np.int32),
        np.concatenate([earlier.starts, new.starts])[rows],
        np.concatenate([earlier.ends, new.ends])[rows],
        _picked(earlier.kinds + new.kinds, rows),
        _picked(earlier.symbols + new.symbols, rows),
        texts,
        text,
        together(earlier.postings, new.postings, order, rows),
    )


def _picked(values: tuple[str, ...], rows: NDArray[np.int64]) -> tuple[str, ...]:
    return tuple([values[row] for row in rows.tolist()])


def _texts(
    earlier: View, new: View, rows: NDArray[np.int64]
) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Return the distinct texts in the order in which rows show them, and the text of each row."""
    known = dict(earlier.text_index)
    numbers = np.array([known.setdefault(sha, len(known)) for sha in new.texts], dtype=np.int64)
    all_texts = tuple(known)
    of_rows = np.concatenate([earlier.text, numbers[new.text]])[rows]
    used, firsts, text = np.unique(of_rows, return_index=True, return_inverse=True)
    shown = np.argsort(firsts)
    rank = np.empty_like(shown)
    rank[shown] = np.arange(len(shown))
    return _picked(all_texts, used[shown]), rank[text].astype(np.int32)
