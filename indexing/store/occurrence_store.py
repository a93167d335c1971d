"""Live occurrences in the manifest: read by number, or by the symbol they define."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from indexing.store import checksums as seals


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An occurrence with its unit and document."""

    id: int
    document: int
    path: str
    blob: str
    language: str
    kind: str
    symbol: str
    enclosing: str
    signature: str
    doc: str
    start: int
    end: int
    text: str
    text_sha: str


def read(database: sqlite3.Connection, ids: Sequence[int]) -> list[Occurrence]:
    """Return the occurrences with these numbers."""
    rows = database.execute(
        "SELECT occurrence.id, document.id, path, blob, unit.language, kind, symbol,"
        " enclosing, signature, doc, start, end, text, text_sha, unit.id, unit.seal"
        " FROM occurrence"
        " JOIN unit ON unit.key = occurrence.unit"
        " JOIN document ON document.id = occurrence.document"
        " WHERE occurrence.id IN (SELECT value FROM json_each(?))",
        (json.dumps(ids),),
    )
    found = []
    for *row, unit, sealed in rows:
        item = Occurrence(*row)
        seals.check_unit(_fields(unit, item), sealed)
        found.append(item)
    return found


def _fields(unit: str, item: Occurrence) -> tuple[str, ...]:
    """Return a unit's fields in the order of `seals.UNIT`."""
    return (
        *(unit, item.language, item.kind, item.symbol, item.enclosing),
        *(item.signature, item.doc, item.text_sha, item.text),
    )


def texts(database: sqlite3.Connection, ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return (occurrence, text) of the occurrences with these numbers."""
    return [(item.id, item.text) for item in read(database, ids)]


def definitions(database: sqlite3.Connection, names: Sequence[str]) -> list[tuple[int, int]]:
    """Return (document, first line) of every symbol with one of these names, live or not."""
    found = database.execute(
        "SELECT document, start FROM symbol WHERE name IN (SELECT value FROM json_each(?))",
        (json.dumps(names),),
    ).fetchall()
    seals.check_names(database, (document for document, _ in found))
    return found
