"""The manifest's file: its tables, opening it, and setting a damaged one aside.

A file that SQLite cannot read, or that is no manifest, is renamed and never deleted; a file with
another schema version is refused, because it may be newer than this program.
"""

import sqlite3
import time
from pathlib import Path

from indexing import lexical
from rooftree.errors import IndexingError, StorageError
from rooftree.logs import logger

SCHEMA_VERSION = "1"
SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE generation(
  id INTEGER PRIMARY KEY, worktree TEXT NOT NULL, commit_id TEXT,
  state TEXT NOT NULL CHECK(state IN ('building', 'current', 'old')), made REAL NOT NULL
);
CREATE UNIQUE INDEX one_current ON generation(worktree) WHERE state = 'current';
CREATE TABLE document(
  id INTEGER PRIMARY KEY, path TEXT NOT NULL, blob TEXT NOT NULL, language TEXT NOT NULL,
  notes TEXT NOT NULL, chunker TEXT NOT NULL, UNIQUE(path, blob, chunker)
);
CREATE TABLE member(
  generation INTEGER NOT NULL, document INTEGER NOT NULL,
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL,
  PRIMARY KEY(generation, document)
) WITHOUT ROWID;
CREATE TABLE skipped(generation INTEGER NOT NULL, path TEXT NOT NULL, reason TEXT NOT NULL,
  size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, inode INTEGER NOT NULL);
CREATE INDEX skipped_by_generation ON skipped(generation);
CREATE TABLE unit(
  key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, language TEXT NOT NULL, kind TEXT NOT NULL,
  symbol TEXT NOT NULL, enclosing TEXT NOT NULL, signature TEXT NOT NULL, doc TEXT NOT NULL,
  text TEXT NOT NULL, text_sha TEXT NOT NULL
);
CREATE INDEX unit_by_text ON unit(text_sha);
CREATE TABLE occurrence(
  id INTEGER PRIMARY KEY, document INTEGER NOT NULL, unit INTEGER NOT NULL,
  start INTEGER NOT NULL, end INTEGER NOT NULL
);
CREATE INDEX occurrence_by_document ON occurrence(document);
CREATE INDEX occurrence_by_unit ON occurrence(unit);
CREATE VIEW live AS SELECT member.generation, occurrence.* FROM occurrence
  JOIN member ON member.document = occurrence.document;
CREATE TABLE symbol(
  document INTEGER NOT NULL, name TEXT NOT NULL COLLATE NOCASE, qualified TEXT NOT NULL,
  kind TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
  signature TEXT NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX symbol_by_name ON symbol(name);
CREATE INDEX symbol_by_document ON symbol(document);
CREATE TABLE reference(
  document INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, line INTEGER NOT NULL,
  within TEXT NOT NULL
);
CREATE INDEX reference_by_name ON reference(name);
CREATE INDEX reference_by_document ON reference(document);
CREATE TABLE embedding(
  fingerprint TEXT NOT NULL, text_sha TEXT NOT NULL, vector BLOB NOT NULL,
  PRIMARY KEY(fingerprint, text_sha)
) WITHOUT ROWID;
"""


def open_database(folder: Path) -> sqlite3.Connection:
    """Open the manifest in `folder`, making it, or setting a damaged one aside, where needed."""
    path = folder / "manifest.sqlite"
    try:
        return _open(path)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise StorageError(f"cannot open the index {str(path)!r}: {error}") from error
        _quarantine(path, str(error))
        return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA temp_store = MEMORY")
        _check_schema(database)
    except BaseException:
        database.close()
        raise
    path.chmod(0o600)
    return database


def _check_schema(database: sqlite3.Connection) -> None:
    """Create the tables of a new file; raise DatabaseError where the file is damaged or newer."""
    tables = {row[0] for row in database.execute("SELECT name FROM sqlite_master")}
    if not tables:
        database.executescript(
            f"BEGIN IMMEDIATE; {SCHEMA} {lexical.SCHEMA}"  # noqa: S608 - constants of our own
            f" INSERT INTO meta VALUES ('schema', '{SCHEMA_VERSION}'); COMMIT;"
        )
        return
    if "meta" not in tables:
        raise sqlite3.DatabaseError("not a manifest")
    row = database.execute("SELECT value FROM meta WHERE key = 'schema'").fetchone()
    if row is None or row[0] != SCHEMA_VERSION:
        raise IndexingError(
            f"the index has schema {row[0] if row else 'unknown'}, this rooftree writes "
            f"{SCHEMA_VERSION}; use the version that made it, or `rooftree index --rebuild`"
        )


def damage(database: sqlite3.Connection) -> str | None:
    """Return what SQLite's quick check finds wrong, or None."""
    try:
        row = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if row[0] == "ok" else str(row[0])


def set_aside(folder: Path, reason: str) -> None:
    """Move a manifest out of the way, so that the next open starts an empty one."""
    _quarantine(folder / "manifest.sqlite", reason)


def _quarantine(path: Path, reason: str) -> None:
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    logger("manifest").error("set aside %s as corrupt: %s", path, reason)
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(part.with_name(f"{part.name}.corrupt-{stamp}"))
