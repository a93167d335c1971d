"""Check sums over the rows of the manifest: a changed byte is never taken for what was written.

SQLite checks the shape of its file and not what stands in it. So every unit, document, generation
and vector carries the CRC-32 of its own rows. What is checked when: a generation with its members,
and each document's path, lines and names of units, when a view is read; a unit's text when it is
shown or embedded; a document's symbols, references and scope when they are used, once a process; a
vector whenever it is read; all of it by `damage_check`. The sums find accidents and mistakes, not
attackers: a writer of the state folder can also make new sums.
"""

import json
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

from indexing.parsing.syntax.types import Unit

DOCUMENT = "path, blob, language, notes, chunker"
UNIT = "id, language, kind, symbol, enclosing, signature, doc, text_sha, text"
unit_row: Callable[[Unit], tuple[str, ...]] = attrgetter(*UNIT.split(", "))
"""Returns a unit's fields in the order of `UNIT`."""
MAX_REMEMBERED = 200_000
"""Documents whose names were checked; beyond that a process forgets and checks again."""

DatabaseRow = Sequence[Any]


def seal(*values: object) -> int:
    """Return the check sum of values: numbers, texts, and lists and tuples of them."""
    return zlib.crc32(repr(values).encode("utf-8", "surrogatepass"))


def unit_seal(row: DatabaseRow) -> int:
    """Return the check sum of a unit's fields in the order of `UNIT`."""
    return zlib.crc32(_joined(row).encode("utf-8", "surrogatepass"))


def _joined(values: DatabaseRow) -> str:
    """Join texts; where a flipped byte made one of them bytes, what comes out fits no seal."""
    return "\0".join(map(str, values))


def vector_seal(text_sha: str, vector: bytes) -> int:
    return zlib.crc32(vector, zlib.crc32(text_sha.encode()))


def places_seal(document: DatabaseRow, words: bytes, places: Sequence[DatabaseRow]) -> int:
    """Return the check sum of a document, its packed words and its units.

    `document` has the fields of `DOCUMENT`; `places` are five columns, a value a unit: first
    lines, last lines, kinds, symbols and text hashes.
    """
    starts, ends, *texts = places
    told = f"{tuple(document)}{zlib.crc32(words)}{tuple(starts)}{tuple(ends)}"
    parts = (told, *(_joined(column) for column in texts))
    return zlib.crc32("\1".join(parts).encode("utf-8", "surrogatepass"))


def generation_seal(database: sqlite3.Connection, generation: int) -> int:
    """Return the check sum of a generation: its worktree, commit, members and skipped files."""
    own = database.execute(
        "SELECT worktree, commit_id, made FROM generation WHERE id = ?", (generation,)
    ).fetchone()
    # SQLite writes what `repr` would say of the rows, in a third of the time and beside the
    # interpreter: a server does it at every save, over every file.
    members = database.execute(
        "SELECT coalesce(group_concat('(' || quote(document) || ', ' || quote(size) || ', '"
        " || quote(mtime_ns) || ', ' || quote(inode) || ')', ', '), '') FROM"
        " (SELECT * FROM member WHERE generation = ? ORDER BY document)",
        (generation,),
    ).fetchone()[0]
    skipped = database.execute(
        "SELECT path, reason, size, mtime_ns, inode FROM skipped WHERE generation = ?"
        " ORDER BY path, reason",
        (generation,),
    ).fetchall()
    return zlib.crc32(f"({own}, [{members}], {skipped})".encode("utf-8", "surrogatepass"))


def check_generation(database: sqlite3.Connection, generation: int) -> None:
    """Raise DatabaseError where a generation is not as it was finished."""
    row = database.execute("SELECT seal FROM generation WHERE id = ?", (generation,)).fetchone()
    if row is None or row[0] != generation_seal(database, generation):
        raise sqlite3.DatabaseError("the list of files is not as it was written")


def check_unit(row: DatabaseRow, sealed: int) -> None:
    """Raise DatabaseError where a unit is not as it was written."""
    if unit_seal(row) != sealed:
        raise sqlite3.DatabaseError("the text of a unit is not as it was written")


def check_vectors(rows: Iterable[tuple[str, bytes, int]]) -> Iterator[tuple[str, bytes]]:
    """Yield (text hash, vector) of rows; raise DatabaseError at one that was changed."""
    crc = zlib.crc32
    try:
        for text_sha, vector, sealed in rows:
            if crc(vector, crc(text_sha.encode())) != sealed:
                raise sqlite3.DatabaseError("a vector is not as it was written")
            yield text_sha, vector
    except (TypeError, AttributeError) as error:  # text where bytes were written, or bytes for text
        raise sqlite3.DatabaseError(f"a vector is not as it was written: {error}") from error


class _Checked:
    """The documents whose names this process has found to be as they were written."""

    def __init__(self) -> None:
        self._known: set[tuple[str, int, int]] = set()
        self._mutex = threading.Lock()

    def without(self, keys: set[tuple[str, int, int]]) -> set[tuple[str, int, int]]:
        with self._mutex:
            return keys - self._known

    def add(self, keys: set[tuple[str, int, int]]) -> None:
        with self._mutex:
            if len(self._known) > MAX_REMEMBERED:
                self._known.clear()
            self._known |= keys


_checked = _Checked()


def check_names(database: sqlite3.Connection, documents: Iterable[int]) -> None:
    """Raise DatabaseError where symbols or references of documents are not as they were written."""
    rows = database.execute(
        "SELECT id, names_seal FROM document WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(set(documents))),),
    )
    file = file_of(database)
    wanted = {(file, int(number), int(sealed)) for number, sealed in rows}
    unknown = _checked.without(wanted)
    for _, number, sealed in unknown:
        if names_of(database, number) != sealed:
            raise sqlite3.DatabaseError("the symbols of a file are not as they were written")
    _checked.add(unknown)


def file_of(database: sqlite3.Connection) -> str:
    """Return the path of a database."""
    return str(database.execute("PRAGMA database_list").fetchone()[2])


def names_of(database: sqlite3.Connection, document: int) -> int:
    """Return the check sum of a document's symbols and references, as they are stored."""
    symbols, references, scopes = (
        database.execute(
            f"SELECT * FROM {table} WHERE document = ? ORDER BY rowid",  # noqa: S608 - one of three names
            (document,),
        ).fetchall()
        for table in ("symbol", "reference", "scope")
    )
    scope = scopes[0][1] if scopes else b""
    return names_seal(symbols, references, scope if isinstance(scope, bytes) else b"?")


def names_seal(
    symbols: Iterable[DatabaseRow], references: Iterable[DatabaseRow], scope: bytes
) -> int:
    """Return the check sum of rows of symbols and references, without their document's number,
    and of what the file binds.
    """
    rows = [tuple(row[1:]) for row in symbols], [tuple(row[1:]) for row in references]
    return seal(*rows, zlib.crc32(scope))


def check_document(database: sqlite3.Connection, number: int) -> None:
    """Raise DatabaseError where a document, its units or its names are not as written."""
    names, sealed, words, *document = database.execute(
        f"SELECT names_seal, seal, packed, {DOCUMENT} FROM document"  # noqa: S608 - our own columns
        " LEFT JOIN words ON words.document = document.id WHERE document.id = ?",
        (number,),
    ).fetchone()
    if names_of(database, number) != names:
        raise sqlite3.DatabaseError("the symbols of a file are not as they were written")
    places = database.execute(
        "SELECT start, end, kind, symbol, text_sha FROM occurrence"
        " JOIN unit ON unit.key = occurrence.unit WHERE document = ? ORDER BY occurrence.id",
        (number,),
    ).fetchall()
    columns = list(zip(*places, strict=True)) or [()] * 5
    if not isinstance(words, bytes) or places_seal(document, words, columns) != sealed:
        raise sqlite3.DatabaseError("the units of a file are not as they were written")
