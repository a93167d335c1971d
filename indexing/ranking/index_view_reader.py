"""Reading views: from the manifest, and from an earlier view where most files are the same.

After one changed file nearly all of a view is as it was, in memory and checked already; only the
documents that are new are read. What is kept is recognised by its number and its check sum, which
are read again, and by the sums that SQLite makes over the numbers of its occurrences.
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

from indexing.ranking import index_view_file as view_file
from indexing.ranking.index_view import IndexView, Texts, texts_of
from indexing.store import checksums as seals
from indexing.store.manifest import Generation, Manifest
from indexing.words.postings import BrokenPackError, together, unpacked

_Key = tuple[Path, int, float]
KEPT = 4
"""How many views a process keeps: those of a few worktrees."""
KEPT_OF_WORKTREE = 2
"""And of one of them: the one that is answered from, and the newer one that is built upon it.

At 30,000 files one takes 0.2 GB, and each saved file makes another one."""
WORTH_KEEPING = 0.8
"""With a smaller part of its documents the same, an earlier view is not built upon."""

NEARLY_THE_SAME = 0.98
"""A view that is kept in a file is good enough with so many of the documents of today."""

_MEMBERS = """
SELECT document.id, document.seal FROM member JOIN document ON document.id = member.document
WHERE member.generation = ? ORDER BY member.document
"""
_PRIME, _LARGE = 65_521, 4_294_967_291
_SUMS = f"""
SELECT count(*), coalesce(sum(occurrence.id % {_LARGE}), 0),
  coalesce(sum(occurrence.id % {_PRIME} * (occurrence.document % {_PRIME})), 0)
FROM member JOIN occurrence ON occurrence.document = member.document
WHERE member.generation = ? AND member.document NOT IN (SELECT value FROM json_each(?))
"""  # noqa: S608 - numbers of our own
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
        self._kept: OrderedDict[_Key, IndexView] = OrderedDict()
        self._reading: dict[_Key, threading.Lock] = {}
        self._mutex = threading.Lock()

    def get(self, manifest: Manifest, generation: Generation) -> IndexView:
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
                self._drop_old(manifest.path, generation.worktree)
            return view

    def _drop_old(self, path: Path, worktree: str) -> None:
        """Forget the views that were used longest ago, beyond those that are worth their memory."""
        of_worktree = [
            key
            for key, view in self._kept.items()
            if key[0] == path and view.generation.worktree == worktree
        ]
        for key in of_worktree[:-KEPT_OF_WORKTREE]:
            del self._kept[key]
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def _found(self, key: "_Key") -> IndexView | None:
        if key in self._kept:
            self._kept.move_to_end(key)
        return self._kept.get(key)

    def _read(
        self, manifest: Manifest, generation: Generation, earlier: IndexView | None
    ) -> IndexView:
        if earlier is None:
            earlier = view_file.read(manifest.path.parent)
            if earlier is not None and earlier.generation == generation:
                seals.check_generation(manifest.database, generation.id)
                return earlier
        return read_view(manifest.database, generation, earlier)

    def _newest(self, path: Path) -> IndexView | None:
        """Return the view of a manifest that was used last."""
        found = (view for key, view in reversed(self._kept.items()) if key[0] == path)
        return next(found, None)


_views = _Views()


def view_of(manifest: Manifest, generation: Generation) -> IndexView:
    """Return the view of a generation, read at its first use in this process.

    Raises sqlite3.DatabaseError where the manifest holds something else than was written.
    """
    return _views.get(manifest, generation)


def save_view(
    folder: Path, view: IndexView, known: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Keep a view for processes to come, unless one is kept that is nearly the same.

    Returns the documents of the one that is kept now; `known` are these where it was seen before.
    """
    if known is None and (kept := view_file.read(folder)) is not None:
        known = kept.documents
    if known is not None:
        same = np.isin(view.documents, known)
        if same.sum() >= NEARLY_THE_SAME * len(view.documents):
            return known
    view_file.write(folder, view)
    return view.documents


def read_view(
    database: sqlite3.Connection, generation: Generation, earlier: IndexView | None = None
) -> IndexView:
    """Read a view from the manifest; what `earlier` holds of it already is taken from there.

    Raises sqlite3.DatabaseError where the manifest is damaged.
    """
    seals.check_generation(database, generation.id)
    view = _read_upon(database, generation, earlier) if earlier is not None else None
    view = view or _read(database, generation)
    _check_members(database, generation, len(view.documents))
    return view


def _read_upon(
    database: sqlite3.Connection, generation: Generation, earlier: IndexView
) -> IndexView | None:
    """Read only what an earlier view lacks; None where that is too much."""
    members = database.execute(_MEMBERS, (generation.id,)).fetchall()
    numbers, sums = (np.array([row[n] for row in members], dtype=np.int64) for n in (0, 1))
    same = np.isin(numbers, earlier.documents)
    same[same] = earlier.seals[np.searchsorted(earlier.documents, numbers[same])] == sums[same]
    if same.sum() < WORTH_KEEPING * len(members):
        return None
    kept = np.isin(earlier.documents, numbers[same])
    strange = numbers[~same].tolist()
    if not _has_rows(database, generation, strange, earlier, kept):
        return None
    new = _read(database, generation, strange)
    return _put_together(generation, earlier, kept, new)


def _check_members(database: sqlite3.Connection, generation: Generation, found: int) -> None:
    row = database.execute(
        "SELECT count(*) FROM member WHERE generation = ?", (generation.id,)
    ).fetchone()
    if row[0] != found:
        raise sqlite3.DatabaseError("files that are listed are not there")


def _has_rows(
    database: sqlite3.Connection,
    generation: Generation,
    but: Sequence[int],
    earlier: IndexView,
    kept: NDArray[np.bool_],
) -> bool:
    """Say whether a generation has those occurrences of an earlier view that are in `kept`
    documents, shape (D,), and `but` for some documents no others.
    """
    stored = database.execute(_SUMS, (generation.id, json.dumps(but))).fetchone()
    rows = kept[earlier.document]
    ids, documents = earlier.ids[rows], earlier.documents[earlier.document[rows]]
    mixed = (ids % _PRIME) * (documents % _PRIME)
    return tuple(stored) == (len(ids), int((ids % _LARGE).sum()), int(mixed.sum()))


def _read(
    database: sqlite3.Connection, generation: Generation, among: Sequence[int] | None = None
) -> IndexView:
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
    return IndexView(
        generation,
        numbers,
        np.array([sealed for _, _, sealed, *_ in documents], dtype=np.int64),
        texts_of([path for _, _, _, path, *_ in documents]),
        np.array(ids, dtype=np.int64),
        document,
        np.array(starts, dtype=np.int32),
        np.array(ends, dtype=np.int32),
        texts_of(kinds),
        texts_of(symbols),
        texts_of(list(distinct)),
        text,
        postings,
        distinct,
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
    generation: Generation, earlier: IndexView, kept: NDArray[np.bool_], new: IndexView
) -> IndexView:
    """Make a view of new documents and of those of an earlier view that are `kept`: shape (D,)."""
    numbers = np.concatenate([earlier.documents, new.documents])
    chosen = np.flatnonzero(np.concatenate([kept, np.ones(len(new.documents), dtype=bool)]))
    order = chosen[np.argsort(numbers[chosen], kind="stable")]
    place = np.full(len(numbers), -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    document = place[np.concatenate([earlier.document, len(kept) + new.document])]
    rows = np.argsort(document, kind="stable")[np.count_nonzero(document < 0) :]
    texts, text, index = _texts(earlier, new, rows)
    return IndexView(
        generation,
        numbers[order],
        np.concatenate([earlier.seals, new.seals])[order],
        np.concatenate([earlier.paths, new.paths])[order],
        np.concatenate([earlier.ids, new.ids])[rows],
        document[rows].astype(np.int32),
        np.concatenate([earlier.starts, new.starts])[rows],
        np.concatenate([earlier.ends, new.ends])[rows],
        np.concatenate([earlier.kinds, new.kinds])[rows],
        np.concatenate([earlier.symbols, new.symbols])[rows],
        texts,
        text,
        together(earlier.postings, new.postings, order, rows),
        index,
    )


def _texts(
    earlier: IndexView, new: IndexView, rows: NDArray[np.int64]
) -> tuple[Texts, NDArray[np.int32], dict[str, int]]:
    """Return the distinct texts that rows show, the text of each row, and each text's index.

    Texts keep the places that they have in the earlier view: what is new comes where something has
    gone, or to the end; and if more has gone, the last ones come there.
    """
    index = earlier.text_index
    count = len(earlier.texts)
    added = [sha for sha in new.texts.tolist() if sha not in index]
    shown = np.concatenate([earlier.text, _numbers(new.texts, index, added)[new.text]])[rows]
    texts = np.concatenate([earlier.texts, texts_of(added)])
    used = np.bincount(shown, minlength=len(texts)) > 0
    holes = np.flatnonzero(~used)
    last = np.flatnonzero(used)[::-1][: len(holes)]
    left = len(texts) - len(holes)
    moved = [(int(a), int(b)) for a, b in zip(last, holes, strict=False) if a > b]
    places = np.arange(len(texts))
    index = index.copy()
    for number in holes.tolist():
        index.pop(texts[number], None)
    for come_from, number in moved:
        texts[number], places[come_from] = texts[come_from], number
    for number in [*(number for _, number in moved), *range(count, left)]:
        index[texts[number]] = number
    return texts[:left], places[shown].astype(np.int32), index


def _numbers(texts: Texts, index: dict[str, int], added: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each text: its old one, or one behind all old ones."""
    behind = {sha: len(index) + number for number, sha in enumerate(added)}
    return np.array([index.get(sha, behind.get(sha)) for sha in texts.tolist()], dtype=np.int64)
