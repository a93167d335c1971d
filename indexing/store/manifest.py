"""The manifest: the source of truth of an index, in a SQLite file that survives kill -9.

A *document* is a path with the bytes it had (a blob) and is cut once; a *generation* is the set of
documents that a worktree had at one moment. Switching a branch makes a new generation out of
documents that are mostly there already. A generation becomes current in one transaction, so a
reader always sees a whole one. Vectors are keyed by embedder and text, so no text is embedded
twice. It does not depend on git, tree-sitter or how vectors are made.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from indexing.files.skip_reasons import NAME_NOT_UTF8
from indexing.files.walk import FileStat
from indexing.parsing.syntax.types import MADE_BY
from indexing.store import checksums as seals
from indexing.store.schema import is_damage, open_database
from rooftree.errors import StorageError

WRITERS_CACHE_KIB = 65_536
_AMONG = " AND path IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Generation:
    """One snapshot of a worktree: `commit` is null for a plain folder or an unborn branch."""

    id: int
    worktree: str
    commit: str | None
    made: float


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the last generation knew of a path: its document, or why it was skipped."""

    stat: FileStat
    document: int | None = None
    blob: str | None = None
    reason: str | None = None


class Manifest:
    """An open manifest; use one per thread."""

    def __init__(self, database: sqlite3.Connection, path: Path) -> None:
        self.database = database
        self.path = path

    def close(self) -> None:
        self.database.close()

    def expect_many_writes(self) -> None:
        """Keep more pages in memory: keys come in no order, and would be read and written anew."""
        self.database.execute(f"PRAGMA cache_size = -{WRITERS_CACHE_KIB}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Run one write transaction; a full disk becomes a StorageError and loses nothing."""
        try:
            self.database.execute("BEGIN IMMEDIATE")
            yield
            self.database.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._roll_back()
            if is_damage(error):
                raise
            raise StorageError(
                f"cannot write the index {str(self.path)!r}: {error}; {_advice(error)} "
                "and run `rooftree index` again (nothing indexed is lost)"
            ) from error
        except BaseException:
            self._roll_back()
            raise

    def checkpoint(self) -> None:
        """Commit what the running transaction has written so far, and go on in a new one."""
        self.database.execute("COMMIT")
        self.database.execute("BEGIN IMMEDIATE")

    def _roll_back(self) -> None:
        if self.database.in_transaction:
            self.database.execute("ROLLBACK")

    def _value(self, query: str, *parameters: object) -> Any:
        """Return the first column of the only row; None where there is no row."""
        row = self.database.execute(query, parameters).fetchone()
        return row[0] if row else None

    def current(self, worktree: str) -> Generation | None:
        row = self.database.execute(
            "SELECT id, worktree, commit_id, made FROM generation"
            " WHERE worktree = ? AND state = 'current'",
            (worktree,),
        ).fetchone()
        return Generation(*row) if row else None

    def holds(self, generation: Generation) -> bool:
        """Say whether a finished generation is still there."""
        made = self._value(
            "SELECT made FROM generation WHERE id = ? AND state != 'building'", generation.id
        )
        return bool(made == generation.made)

    def begin(self, worktree: str, commit: str | None) -> Generation:
        """Start a generation; leftovers of a killed run are dropped, their documents are kept."""
        for table, column in (
            ("member", "generation"),
            ("skipped", "generation"),
            ("generation", "id"),
        ):
            self.database.execute(
                f"DELETE FROM {table} WHERE {column} IN"  # noqa: S608 - names of our own
                " (SELECT id FROM generation WHERE worktree = ? AND state = 'building')",
                (worktree,),
            )
        now = time.time()
        cursor = self.database.execute(
            "INSERT INTO generation(worktree, commit_id, state, made) VALUES (?, ?, 'building', ?)",
            (worktree, commit, now),
        )
        return Generation(int(cursor.lastrowid or 0), worktree, commit, now)

    def finish(self, generation: Generation) -> None:
        """Make a generation the current one of its worktree."""
        self.database.execute(
            "UPDATE generation SET state = 'old' WHERE worktree = ? AND state = 'current'",
            (generation.worktree,),
        )
        self.database.execute(
            "UPDATE generation SET state = 'current', seal = ? WHERE id = ?",
            (seals.generation_seal(self.database, generation.id), generation.id),
        )

    def known_files(
        self, generation: Generation, among: Iterable[str] | None = None
    ) -> dict[str, KnownFile]:
        """Return what a generation knows of every path, or of some, for skipping unchanged files.

        Raises sqlite3.DatabaseError where it is not as it was finished.
        """
        seals.check_generation(self.database, generation.id)
        only, paths = ("", ()) if among is None else (_AMONG, (json.dumps(sorted(among)),))
        known = {
            path: KnownFile(FileStat(size, mtime, inode), document, blob)
            for path, document, blob, size, mtime, inode in self.database.execute(
                "SELECT path, document, blob, size, mtime_ns, inode FROM member"  # noqa: S608 - our own condition
                " JOIN document ON document.id = member.document"
                f" WHERE generation = ? AND chunker = ?{only}",
                (generation.id, MADE_BY, *paths),
            )
        }
        for path, reason, size, mtime, inode in self.database.execute(
            "SELECT path, reason, size, mtime_ns, inode FROM skipped"  # noqa: S608 - our own condition
            f" WHERE generation = ?{only}",
            (generation.id, *paths),
        ):
            known[path] = KnownFile(FileStat(size, mtime, inode), reason=reason)
        return known

    def written_since(self, generation: Generation, mtime_ns: int) -> list[str]:
        """Return the paths of a generation's files that were written at a time or later.

        Those whose names are not UTF-8 are left out: what is stored is not what they are called.
        """
        rows = self.database.execute(
            "SELECT path FROM member JOIN document ON document.id = member.document"
            " WHERE generation = ?1 AND mtime_ns >= ?2 UNION ALL"
            " SELECT path FROM skipped"
            " WHERE generation = ?1 AND mtime_ns >= ?2 AND reason != ?3",
            (generation.id, mtime_ns, NAME_NOT_UTF8),
        )
        return [path for (path,) in rows]

    def has_folder(self, generation: Generation, path: str) -> bool:
        """Say whether a generation has a file below a path."""
        found = self._value(
            "SELECT EXISTS (SELECT 1 FROM document"
            " JOIN member ON member.document = document.id AND member.generation = ?1"
            " WHERE path > ?2 || '/' AND path < ?2 || '0') OR EXISTS (SELECT 1 FROM skipped"
            " WHERE generation = ?1 AND path > ?2 || '/' AND path < ?2 || '0')",
            generation.id,
            path,
        )
        return bool(found)

    def carry(self, earlier: Generation, generation: Generation, but: Iterable[str]) -> None:
        """Let a generation hold what an earlier one holds, but for some paths."""
        paths = json.dumps(sorted(but))
        self.database.execute(
            "INSERT INTO member SELECT ?, document, size, mtime_ns, inode FROM member"
            " WHERE generation = ? AND document NOT IN"
            " (SELECT id FROM document WHERE path IN (SELECT value FROM json_each(?)))",
            (generation.id, earlier.id, paths),
        )
        self.database.execute(
            "INSERT INTO skipped SELECT ?, path, reason, size, mtime_ns, inode FROM skipped"
            " WHERE generation = ? AND path NOT IN (SELECT value FROM json_each(?))",
            (generation.id, earlier.id, paths),
        )

    def add_member(self, generation: Generation, document: int, stat: FileStat) -> None:
        self.database.execute(
            "INSERT OR REPLACE INTO member VALUES (?, ?, ?, ?, ?)",
            (generation.id, document, stat.size, stat.mtime_ns, stat.inode),
        )

    def add_skipped(self, generation: Generation, path: str, reason: str, stat: FileStat) -> None:
        self.database.execute(
            "INSERT INTO skipped VALUES (?, ?, ?, ?, ?, ?)",
            (generation.id, path, reason, stat.size, stat.mtime_ns, stat.inode),
        )

    def skipped(self, generation: Generation) -> list[tuple[str, str]]:
        """Return (path, reason) of every file that was left out."""
        return self.database.execute(
            "SELECT path, reason FROM skipped WHERE generation = ? ORDER BY reason, path",
            (generation.id,),
        ).fetchall()

    def reasons(self, generation: Generation) -> dict[str, int]:
        """Return how many files were left out, by reason."""
        rows = self.database.execute(
            "SELECT reason, count(*) FROM skipped WHERE generation = ? GROUP BY reason"
            " ORDER BY reason",
            (generation.id,),
        )
        return dict(rows.fetchall())

    def notes(self, generation: Generation) -> list[tuple[str, str]]:
        """Return (path, note) of every file that was indexed in a degraded way."""
        rows = self.database.execute(
            "SELECT path, notes FROM document JOIN member ON member.document = document.id"
            " WHERE generation = ? AND notes != '[]' ORDER BY path",
            (generation.id,),
        )
        return [(path, note) for path, notes in rows for note in json.loads(notes)]

    def is_empty(self, generation: Generation) -> bool:
        """Say whether a generation holds no file at all."""
        held = "SELECT EXISTS (SELECT 1 FROM member WHERE generation = ?)"
        return not self._value(held, generation.id)

    def count(self, generation: Generation, table: Literal["occurrence", "symbol"]) -> int:
        """Return how many live rows a table has."""
        return int(
            self._value(
                f"SELECT count(*) FROM {table}"  # noqa: S608 - one of two names
                f" JOIN member ON member.document = {table}.document WHERE generation = ?",
                generation.id,
            )
        )

    def blob_of(self, generation: Generation, path: str) -> str | None:
        """Return the blob that a path had, or None where it was not indexed."""
        blob: str | None = self._value(
            "SELECT blob FROM document JOIN member ON member.document = document.id"
            " WHERE path = ? AND generation = ?",
            path,
            generation.id,
        )
        return blob

    def documents(self, generation: Generation) -> int:
        held = "SELECT count(*) FROM member WHERE generation = ?"
        return int(self._value(held, generation.id))


def _advice(error: sqlite3.OperationalError) -> str:
    """Say what to do about a manifest that cannot be written."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return "another process is writing it: wait for it to end"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN):
        return "see to it that you may write there"
    return "free some disk space"


def open_manifest(folder: Path) -> Manifest:
    """Open the manifest in `folder`, making it, or setting a damaged one aside, where needed."""
    return Manifest(open_database(folder), folder / "manifest.sqlite")
