"""Live occurrences in the manifest: read by number, by text, or by the symbol they define."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

_LIVE = " JOIN member ON member.document = occurrence.document AND member.generation = :generation"


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


def of_texts(database: sqlite3.Connection, generation: int, texts: Sequence[str]) -> list[int]:
    """Return the live occurrences of units with these text hashes."""
    rows = database.execute(
        "SELECT live.id FROM unit JOIN live ON live.unit = unit.key AND live.generation = ?"
        " WHERE unit.text_sha IN (SELECT value FROM json_each(?))",
        (generation, json.dumps(texts)),
    )
    return [row[0] for row in rows]


def defining(
    database: sqlite3.Connection, generation: int, names: Sequence[str], limit: int
) -> list[int]:
    """Return the live occurrences in which a symbol with one of these names begins."""
    rows = database.execute(
        "SELECT live.id FROM symbol JOIN live"
        " ON live.document = symbol.document AND live.generation = ?"
        " AND symbol.start BETWEEN live.start AND live.end"
        " WHERE symbol.name IN (SELECT value FROM json_each(?)) LIMIT ?",
        (generation, json.dumps(names), limit),
    )
    return [row[0] for row in rows]


def definition_span(
    database: sqlite3.Connection, occurrence: Occurrence, most_lines: int
) -> tuple[int, int]:
    """Return the lines of the whole definition that a part belongs to, if it is not too long.

    The parts of a long definition follow each other and carry its symbol; a part of one that is
    longer than `most_lines` stays on its own.
    """
    if not occurrence.symbol:
        return occurrence.start, occurrence.end
    parts = database.execute(
        "SELECT start, end FROM occurrence JOIN unit ON unit.key = occurrence.unit"
        " WHERE document = ? AND symbol = ? ORDER BY start",
        (occurrence.document, occurrence.symbol),
    ).fetchall()
    start, end = occurrence.start, occurrence.end
    for first, last in parts:
        if end < first <= end + 1 or (first <= end and last > end):
            end = last
    for first, last in reversed(parts):
        if start - 1 <= last < start or (last >= start and first < start):
            start = first
    if end - start >= most_lines:
        return occurrence.start, occurrence.end
    return start, end
