"""Documents in the manifest: one cut file each, added once, found again, dropped when unheld."""

import json
import sqlite3

from indexing.parsing.syntax.types import MADE_BY, Extraction, Unit
from indexing.store import checksums as seals
from indexing.words import tokens as lexical

KEPT_GENERATIONS = 3
"""How many generations of a worktree keep their documents, so that switching back is free."""


def find_document(database: sqlite3.Connection, path: str, blob: str) -> int | None:
    row = database.execute(
        "SELECT id FROM document WHERE path = ? AND blob = ? AND chunker = ?",
        (path, blob, MADE_BY),
    ).fetchone()
    return int(row[0]) if row else None


def add_document(database: sqlite3.Connection, path: str, blob: str, extraction: Extraction) -> int:
    """Store one cut file with its units, symbols, references and searchable words."""
    units = extraction.units
    places = (
        *([unit.start for unit in units], [unit.end for unit in units]),
        *([unit.kind for unit in units], [unit.symbol for unit in units]),
        [unit.text_sha for unit in units],
    )
    words = extraction.words or lexical.pack(path, extraction.units)
    fields = (path, blob, extraction.language, json.dumps(extraction.notes), MADE_BY)
    cursor = database.execute(
        f"INSERT INTO document({seals.DOCUMENT}, seal, names_seal) VALUES (?, ?, ?, ?, ?, ?, 0)",  # noqa: S608 - our own columns
        (*fields, seals.places_seal(fields, words, places)),
    )
    document = int(cursor.lastrowid or 0)
    for unit in extraction.units:
        database.execute(
            "INSERT INTO occurrence(document, unit, start, end) VALUES (?, ?, ?, ?)",
            (document, _unit_key(database, unit), unit.start, unit.end),
        )
    database.execute("INSERT INTO words VALUES (?, ?)", (document, words))
    database.execute("INSERT INTO scope VALUES (?, ?)", (document, extraction.scope))
    _add_symbols(database, document, extraction)
    return document


def _unit_key(database: sqlite3.Connection, unit: Unit) -> int:
    unit_id = unit.id
    row = database.execute("SELECT key FROM unit WHERE id = ?", (unit_id,)).fetchone()
    if row:
        return int(row[0])
    fields = seals.unit_row(unit)
    cursor = database.execute(
        f"INSERT INTO unit({seals.UNIT}, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own columns
        (*fields, seals.unit_seal(fields)),
    )
    return int(cursor.lastrowid or 0)


def _add_symbols(database: sqlite3.Connection, document: int, extraction: Extraction) -> None:
    symbols = [
        (document, s.name, s.qualified, s.kind, s.start, s.end, s.signature, s.doc)
        for s in extraction.symbols
    ]
    references = [
        (document, r.name, r.kind, r.line, r.within, r.receiver) for r in extraction.references
    ]
    database.executemany("INSERT INTO symbol VALUES (?, ?, ?, ?, ?, ?, ?, ?)", symbols)
    database.executemany("INSERT INTO reference VALUES (?, ?, ?, ?, ?, ?)", references)
    database.execute(
        "UPDATE document SET names_seal = ? WHERE id = ?",
        (seals.names_seal(symbols, references, extraction.scope), document),
    )


def prune(database: sqlite3.Connection, worktree: str) -> None:
    """Drop old generations of a worktree, and documents and units that none holds any more."""
    database.execute(
        "DELETE FROM generation WHERE worktree = ? AND state = 'old' AND id NOT IN ("
        " SELECT id FROM generation WHERE worktree = ? AND state = 'old'"
        " ORDER BY id DESC LIMIT ?)",
        (worktree, worktree, KEPT_GENERATIONS - 1),
    )
    # What older rules of redaction let through must not stay for the sake of switching back.
    if database.execute("SELECT 1 FROM document WHERE chunker != ?", (MADE_BY,)).fetchone():
        database.execute(
            "DELETE FROM generation WHERE worktree = ? AND state = 'old' AND id IN ("
            " SELECT generation FROM member JOIN document ON document.id = member.document"
            " WHERE chunker != ?)",
            (worktree, MADE_BY),
        )
    delete_unreferenced(database)


def delete_unreferenced(database: sqlite3.Connection) -> tuple[int, int]:
    """Drop what no generation holds; return how many documents and units went.

    Vectors stay until the index is tidied up (`garbage`).
    """
    for table in ("member", "skipped"):
        database.execute(
            f"DELETE FROM {table} WHERE generation NOT IN (SELECT id FROM generation)"  # noqa: S608 - one of two names
        )
    dead = database.execute(
        "SELECT id FROM document WHERE id NOT IN (SELECT document FROM member)"
    ).fetchall()
    numbers = json.dumps([number for (number,) in dead])
    units = database.execute(
        "SELECT DISTINCT unit FROM occurrence WHERE document IN (SELECT value FROM json_each(?))",
        (numbers,),
    ).fetchall()
    for table in ("occurrence", "symbol", "reference", "words", "scope"):
        database.executemany(f"DELETE FROM {table} WHERE document = ?", dead)  # noqa: S608 - one of five names
    database.executemany("DELETE FROM document WHERE id = ?", dead)
    cursor = database.executemany(
        "DELETE FROM unit WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM occurrence WHERE unit = ?1)",
        units,
    )
    return len(dead), max(0, cursor.rowcount)
