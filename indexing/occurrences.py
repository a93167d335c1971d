"""Live occurrences in the manifest: read by number, or by the symbol they define."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass


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
        " enclosing, signature, doc, start, end, text, text_sha FROM occurrence"
        " JOIN unit ON unit.key = occurrence.unit"
        " JOIN document ON document.id = occurrence.document"
        " WHERE occurrence.id IN (SELECT value FROM json_each(?))",
        (json.dumps(ids),),
    )
    return [Occurrence(*row) for row in rows]


def texts(database: sqlite3.Connection, ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return (occurrence, text) of the occurrences with these numbers."""
    return database.execute(
        "SELECT occurrence.id, text FROM occurrence JOIN unit ON unit.key = occurrence.unit"
        " WHERE occurrence.id IN (SELECT value FROM json_each(?))",
        (json.dumps(ids),),
    ).fetchall()


def definitions(database: sqlite3.Connection, names: Sequence[str]) -> list[tuple[int, int]]:
    """Return (document, first line) of every symbol with one of these names, live or not."""
    return database.execute(
        "SELECT document, start FROM symbol WHERE name IN (SELECT value FROM json_each(?))",
        (json.dumps(names),),
    ).fetchall()
