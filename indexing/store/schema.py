"""The manifest's file: its tables, opening it, and setting a damaged one aside.

A file that SQLite cannot read, or that is no manifest, is renamed and never deleted; a file with
another schema version is refused, because it may be newer than this program.
"""

import os
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from indexing.store import checksums as seals
from rooftree.errors import IndexingError, StorageError
from rooftree.state_files import locked
from rooftree.telemetry.logs import logger

SCHEMA_VERSION = "3"
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT)
UNREADABLE = (sqlite3.DatabaseError, UnicodeDecodeError)
"""What Python's sqlite3 raises for a damaged file: its own messages may not be UTF-8."""
ASIDE = ".corrupt-"
"""Stands between the name of a file that was set aside and when that was, in UTC."""
ASIDE_TIME = "%Y%m%d-%H%M%S-%f"
DAMAGED = "manifest.damaged"
"""The name of the file that says what a reader found wrong; the next index run acts on it."""
SCHEMA = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE generation(
  id INTEGER PRIMARY KEY, worktree TEXT NOT NULL, commit_id TEXT,
  state TEXT NOT NULL CHECK(state IN ('building', 'current', 'old')), made REAL NOT NULL,
  seal INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX one_current ON generation(worktree) WHERE state = 'current';
CREATE TABLE document(
  id INTEGER PRIMARY KEY, path TEXT NOT NULL, blob TEXT NOT NULL, language TEXT NOT NULL,
  notes TEXT NOT NULL, chunker TEXT NOT NULL,
  seal INTEGER NOT NULL, names_seal INTEGER NOT NULL, UNIQUE(path, blob, chunker)
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
  text_sha TEXT NOT NULL, text TEXT NOT NULL, seal INTEGER NOT NULL
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
  within TEXT NOT NULL, receiver TEXT NOT NULL
);
CREATE INDEX reference_by_name ON reference(name);
CREATE INDEX reference_by_document ON reference(document);
CREATE TABLE words(document INTEGER PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE scope(document INTEGER PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE commit_words(commit_id TEXT PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE activity(commit_id TEXT PRIMARY KEY, packed BLOB NOT NULL);
CREATE TABLE embedding(
  fingerprint TEXT NOT NULL, text_sha TEXT NOT NULL, vector BLOB NOT NULL, seal INTEGER NOT NULL,
  PRIMARY KEY(fingerprint, text_sha)
) WITHOUT ROWID;
"""


class _EmptyError(Exception):
    """There is no file yet, or it has no tables."""


def open_database(folder: Path) -> sqlite3.Connection:
    """Open the manifest in `folder`, making it, or setting a damaged one aside, where needed."""
    path = folder / "manifest.sqlite"
    with suppress(_EmptyError, *UNREADABLE):
        return _open(path)
    # Looked at again by one process at a time: else two would make the file at once, or one would
    # set aside what the other has just made.
    try:
        with locked(folder / "manifest.lock"):
            return _open_or_make(path)
    except (OSError, *UNREADABLE) as error:
        raise StorageError(
            f"cannot open the index {str(path)!r}: {error}; "
            "look at the folder's permissions and at the free disk space"
        ) from error


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Say whether an error tells of a damaged file, and not of a full disk or of a mistake.

    Text that is not UTF-8 comes as an OperationalError without a code, and two rows that may not
    stand beside each other as an IntegrityError.
    """
    if isinstance(error, sqlite3.ProgrammingError | sqlite3.NotSupportedError):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    return code is None or code & 0xFF in DAMAGE


def mark_damaged(folder: Path, reason: str) -> None:
    """Leave word that the manifest is damaged: not every damage shows in SQLite's quick check."""
    with suppress(OSError):
        (folder / DAMAGED).write_text(reason, "utf-8", "backslashreplace")


def reported_damage(folder: Path) -> str | None:
    """Return what a reader found wrong with the manifest, or None."""
    try:
        return (folder / DAMAGED).read_text("utf-8", "replace")
    except OSError:
        return None


def set_aside_since(folder: Path, moment: datetime) -> list[str]:
    """Return the names of the damaged manifests that were set aside after `moment` (in UTC)."""
    names = [path.name for path in folder.glob(f"manifest.sqlite{ASIDE}*")]
    since = moment.strftime(ASIDE_TIME)
    return sorted(name for name in names if name.partition(ASIDE)[2] >= since)


def set_aside(folder: Path, reason: str) -> None:
    """Move a manifest out of the way, so that the next open starts an empty one."""
    with locked(folder / "manifest.lock"):
        _quarantine(folder / "manifest.sqlite", reason)


def _open_or_make(path: Path) -> sqlite3.Connection:
    try:
        return _open(path)
    except _EmptyError:
        return _open(path, make=True)
    except UnicodeDecodeError as error:
        _quarantine(path, str(error))
    except sqlite3.DatabaseError as error:
        if not (is_damage(error) or _has_a_strange_header(error, path)):
            raise
        _quarantine(path, str(error))
    return _open(path, make=True)


def _has_a_strange_header(error: sqlite3.DatabaseError, path: Path) -> bool:
    """Say whether SQLite refuses a file for what its header says.

    A format number that it does not know makes a file that we may write "readonly".
    """
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    refused = code == sqlite3.SQLITE_READONLY and os.access(path, os.W_OK)
    return refused or code == sqlite3.SQLITE_ERROR


def _open(path: Path, *, make: bool = False) -> sqlite3.Connection:
    if not make and not (path.is_file() and path.stat().st_size):
        raise _EmptyError
    database = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA temp_store = MEMORY")
        if make:
            _create(database)
        _check_schema(database)
        path.chmod(0o600)
    except BaseException:
        database.close()
        raise
    return database


def _create(database: sqlite3.Connection) -> None:
    database.executescript(
        f"BEGIN IMMEDIATE; {SCHEMA}"  # noqa: S608 - constants of our own
        f" INSERT INTO meta VALUES ('schema', '{SCHEMA_VERSION}'),"
        f" ('seal', '{version_seal(SCHEMA_VERSION)}'); COMMIT;"
    )


def version_seal(version: str) -> str:
    """Return what stands beside a schema version, so that a damaged one is no other version."""
    return str(seals.seal("schema", version))


def _check_schema(database: sqlite3.Connection) -> None:
    """Raise DatabaseError where the file is damaged, and IndexingError where it is newer."""
    tables = _tables(database)
    if not tables:
        raise _EmptyError
    if "meta" not in tables:
        raise sqlite3.DatabaseError("not a manifest")
    meta = dict(database.execute("SELECT key, value FROM meta").fetchall())
    version = str(meta.get("schema"))
    if "seal" not in meta or meta["seal"] != version_seal(version):
        # The first two schemas had none; what they hold is made anew.
        raise sqlite3.DatabaseError(f"the schema version {version[:20]!r} is not as it was written")
    if version != SCHEMA_VERSION:
        raise IndexingError(
            f"the index has schema {version}, this rooftree writes "
            f"{SCHEMA_VERSION}; use the version that made it, or move the file "
            f"{seals.file_of(database)!r} away and run `rooftree index`"
        )
    if tables != _our_tables():
        raise sqlite3.DatabaseError("the tables are not those of a manifest")


def _tables(database: sqlite3.Connection) -> dict[str, str | None]:
    """Return the SQL of everything in a database."""
    return dict(database.execute("SELECT name, sql FROM sqlite_master").fetchall())


@cache
def _our_tables() -> dict[str, str | None]:
    with closing(sqlite3.connect(":memory:")) as database:
        _create(database)
        return _tables(database)


def aside_suffix() -> str:
    """Return what is put behind the name of a damaged file, which is kept: to the microsecond."""
    return f"{ASIDE}{datetime.now(UTC).strftime(ASIDE_TIME)}"


def _quarantine(path: Path, reason: str) -> None:
    """Rename the file and its journals to a name that no earlier one has."""
    logger("manifest").error("set aside %s as corrupt: %s", path, reason)
    aside = aside_suffix()  # only one process at a time comes here
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        with suppress(FileNotFoundError):
            part.rename(part.with_name(f"{part.name}{aside}"))
    (path.parent / DAMAGED).unlink(missing_ok=True)
