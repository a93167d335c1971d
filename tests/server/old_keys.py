"""A key database as older versions of rooftree made it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from server.access.api_keys import SCOPES, digest_of

OLD_SCHEMA = """
CREATE TABLE api_key (
    id TEXT PRIMARY KEY, digest BLOB NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL,
    created REAL NOT NULL, last_used REAL, revoked REAL
)
"""
"""Of the time when every key got every scope."""


def old_database(path: Path, count: int = 1) -> list[str]:
    """Make a database as older versions did, and return its keys."""
    keys = [f"rt_{number:012x}_" + "k" * 43 for number in range(count)]
    with closing(sqlite3.connect(path)) as database:
        database.execute(OLD_SCHEMA)
        for number, key in enumerate(keys):
            row = (f"{number:012x}", digest_of(key), f"old{number}", ",".join(sorted(SCOPES)))
            database.execute("INSERT INTO api_key VALUES (?, ?, ?, ?, 1.0, NULL, NULL)", row)
        database.commit()
    return keys
