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
    start: int
    end: int
    language: str
    kind: str
    symbol: str
    enclosing: str
    signature: str
    doc: str
    text_sha: str
    text: str


def read(database: sqlite3.Connection, ids: Sequence[int]) -> list[Occurrence]:
    """Return the occurrences with these numbers."""
    columns = ", ".join(f"unit.{name}" for name in seals.UNIT.split(", "))
    rows = database.execute(
        f"SELECT occurrence.id, document.id, path, blob, start, end, unit.seal, {columns}"  # noqa: S608 - our own columns
        " FROM occurrence"
        " JOIN unit ON unit.key = occurrence.unit"
        " JOIN document ON document.id = occurrence.document"
        " WHERE occurrence.id IN (SELECT value FROM json_each(?))",
        (json.dumps(ids),),
    )
    found = []
    for number, document, path, blob, start, end, sealed, *unit in rows:
        seals.check_unit(unit, sealed)
        found.append(Occurrence(number, document, path, blob, start, end, *unit[1:]))
    return found


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
