"""API keys: made once, shown once, kept as hashes in `server.sqlite`, revoked at once.

A key is `rt_<id>_<32 random bytes>`. It has 256 bits of chance, so one SHA-256 is enough to store
it safely. Revoking works from another process, because every check reads the database. What each
scope opens is written down in `docs/server.md`. It does not depend on HTTP.
"""

import hashlib
import hmac
import os
import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rooftree.errors import StorageError, UsageError
from rooftree.text.unknown_names import near_names

SCOPES = frozenset({"chat", "search", "review", "execute", "index", "admin"})
USUAL_SCOPES = frozenset({"chat", "search"})
"""Of a key made without a choice of scopes: it asks and reads, and changes nothing."""
LOCAL = ""
"""Who the user of this machine is, where a key would be its id: no key's id is empty."""
KEY = re.compile(r"rt_(?P<id>[0-9a-f]{12})_[A-Za-z0-9_-]{43}")
MAX_NAME_LENGTH = 100
USE_SECONDS = 60.0
"""`last_used` is written at most this often, so that checking a key rarely writes."""
BUSY_SECONDS = 2.0
VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS api_key (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created REAL NOT NULL,
    last_used REAL,
    revoked REAL
)
"""
"""As version 0 had it; its keys got every scope, since there was no choice."""
CHOSEN = "ALTER TABLE api_key ADD COLUMN chosen INTEGER NOT NULL DEFAULT 0"
COLUMNS = "id, name, scopes, created, last_used, revoked, chosen"
NARROWER = (
    "`rooftree keys create NAME --scope chat --scope search` makes a narrower key, "
    "`rooftree keys revoke ID` ends an old one"
)
NAMED = 3
"""Keys that a warning names."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key; times are seconds since 1970."""

    id: str
    name: str
    scopes: frozenset[str]
    created: float
    last_used: float | None
    revoked: float | None
    chosen: bool
    """Whether its scopes were chosen, or come from a version in which every key got all."""

    @property
    def is_wide(self) -> bool:
        """Say whether it may do everything without that being chosen."""
        return self.revoked is None and not self.chosen and self.scopes == SCOPES

    def as_json(self) -> dict[str, Any]:
        """Return what may be shown of it, with times in ISO 8601, UTC."""
        return {
            "id": self.id,
            "name": self.name,
            "scopes": sorted(self.scopes),
            "scopes_chosen": self.chosen,
            "created": _moment(self.created),
            "last_used": _moment(self.last_used),
            "revoked": _moment(self.revoked),
        }


@dataclass(frozen=True, slots=True)
class CallerAccess:
    """Who asks, by the id of the key, and what they may do."""

    id: str
    scopes: frozenset[str]

    @property
    def local(self) -> bool:
        """Say whether it is the user who started the server, at the unix socket."""
        return self.id == LOCAL


class KeyStore:
    """The keys of one state folder."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        with self._translated():
            # Created by us first, so that SQLite's files are never readable by others.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
            # One thread at a time uses it, but not always the one that opened it.
            self._database = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._database.execute("PRAGMA journal_mode = WAL")
            self._migrate()

    def create(self, name: str, scopes: Collection[str] = USUAL_SCOPES) -> str:
        """Make a key and return it; it cannot be shown again."""
        if not name.strip() or len(name) > MAX_NAME_LENGTH or not name.isprintable():
            raise UsageError(f"a key's name has 1 to {MAX_NAME_LENGTH} printable characters")
        check_scopes(scopes)
        identity = secrets.token_hex(6)
        key = f"rt_{identity}_{secrets.token_urlsafe(32)}"
        row = (identity, digest_of(key), name, ",".join(sorted(scopes)), self._clock())
        with self._translated():
            self._database.execute(
                "INSERT INTO api_key (id, digest, name, scopes, created, chosen)"
                " VALUES (?, ?, ?, ?, ?, 1)",
                row,
            )
        return key

    def create_first(self) -> str | None:
        """Make a key if there has never been one."""
        return None if self.list() else self.create("first")

    def revoke(self, identity: str) -> ApiKey:
        """End a key's life; revoking it again changes nothing."""
        with self._translated():
            self._database.execute(
                "UPDATE api_key SET revoked = ? WHERE id = ? AND revoked IS NULL",
                (self._clock(), identity),
            )
        found = next((key for key in self.list() if key.id == identity), None)
        if found is None:
            raise UsageError(f"there is no key {identity!r}; `rooftree keys list` shows them")
        return found

    def list(self) -> tuple[ApiKey, ...]:
        """Return every key, the oldest first, revoked ones too."""
        with self._translated():
            rows = self._database.execute(
                f"SELECT {COLUMNS} FROM api_key ORDER BY created, id"  # noqa: S608 - a constant
            ).fetchall()
        return tuple(_key(row) for row in rows)

    def check(self, text: str) -> ApiKey | None:
        """Return the living key that `text` is, or None."""
        match = KEY.fullmatch(text)
        if match is None:
            return None
        with self._translated():
            row = self._database.execute(
                f"SELECT digest, {COLUMNS} FROM api_key WHERE id = ?",  # noqa: S608 - a constant
                (match["id"],),
            ).fetchone()
        # An unknown id costs as much as a wrong secret.
        stored = row[0] if row else bytes(32)
        if not hmac.compare_digest(stored, digest_of(text)) or row is None:
            return None
        key = _key(row[1:])
        if key.revoked is not None:
            return None
        self._note_use(key)
        return key

    def close(self) -> None:
        self._database.close()

    def _migrate(self) -> None:
        """Make the table, or give an older version's its new column; two may open it at once."""
        if self._version() == VERSION:
            return
        self._database.execute("BEGIN IMMEDIATE")
        try:
            version = self._version()
            if version > VERSION:
                raise StorageError(
                    f"the key database {str(self._path)!r} was made by a newer rooftree "
                    f"(version {version}, known is {VERSION}); update this one"
                )
            if version < VERSION:
                self._database.execute(SCHEMA)
                self._database.execute(CHOSEN)
                self._database.execute(f"PRAGMA user_version = {VERSION}")
            self._database.execute("COMMIT")
        except (sqlite3.Error, StorageError):
            self._database.close()
            raise

    def _version(self) -> int:
        return int(self._database.execute("PRAGMA user_version").fetchone()[0])

    def _note_use(self, key: ApiKey) -> None:
        now = self._clock()
        if key.last_used is not None and now - key.last_used < USE_SECONDS:
            return
        with self._translated():
            self._database.execute("UPDATE api_key SET last_used = ? WHERE id = ?", (now, key.id))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"cannot use the key database {str(self._path)!r}: {error}; "
                "check the disk and that no other program holds the file"
            ) from error


def check_scopes(scopes: Collection[str]) -> None:
    """Refuse scopes that there are not, and a key that opens nothing."""
    known = ", ".join(sorted(SCOPES))
    unknown = set(scopes) - SCOPES
    if unknown:
        name = min(unknown)[:40]
        near = near_names(name, SCOPES)
        meant = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise UsageError(f"unknown scope {name!r}; known are {known}{meant}")
    if not scopes:
        raise UsageError(f"a key without a scope opens nothing; known are {known}")


def wide_keys(keys: Collection[ApiKey]) -> str:
    """Tell which living keys are mightier than anybody chose; empty where none is."""
    wide = [key for key in keys if key.is_wide]
    if not wide:
        return ""
    names = ", ".join(f"{key.name!r} ({key.id})" for key in wide[:NAMED])
    more = f" and {len(wide) - NAMED} more" if len(wide) > NAMED else ""
    return f"made before scopes could be chosen, and so with every one: {names}{more}"


def digest_of(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def _key(row: tuple[str, str, str, float, float | None, float | None, int]) -> ApiKey:
    identity, name, scopes, created, last_used, revoked, chosen = row
    held = frozenset(scopes.split(","))
    return ApiKey(identity, name, held, created, last_used, revoked, bool(chosen))
