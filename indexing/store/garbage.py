"""Garbage collection of an index: unreferenced data is found, counted and deleted.

Living is what the kept generations of living worktrees hold: their documents, units and words, the
vectors of their texts by any embedder, and the history of their commits. A worktree is dead when
its folder is gone or belongs to another repository by now. Everything in the manifest goes in one
transaction, so a kill -9 leaves it whole, with or without the garbage.
"""

import shutil
import sqlite3
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from indexing.store import document_store as documents
from indexing.store.manifest import Manifest, open_manifest
from indexing.store.schema import ASIDE, is_damage, mark_damaged
from rooftree.errors import IndexDamagedError, RepositoryError
from rooftree.git.commands import open_worktree

MAX_DEAD_SHARE = 0.3
"""With a larger part of the vectors dead, an index is tidied up without being asked to."""
KEPT_ASIDE = 2
"""How many damaged manifests are kept for inspection."""
WORTH_PACKING = 0.25
"""An index that tidies itself up packs its file when at least this part of it is free."""
ASKED_PACKING = 0.02
"""The same where a person asked for it."""


@dataclass(frozen=True, slots=True)
class GarbageReport:
    """What was taken away, or would be in a dry run; bytes are those that the disk gets back."""

    repo: str
    worktrees: tuple[str, ...] = ()
    documents: int = 0
    units: int = 0
    vectors: int = 0
    histories: int = 0
    files: tuple[str, ...] = ()
    bytes: int = 0
    removed_index: bool = False
    """The whole index: its repository is gone, or it never held anything."""
    in_use: str = ""
    """Who holds the index, so that nothing was taken away."""
    problem: str = ""
    """Why it could not be looked at."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def collect(folder: Path, *, dry_run: bool = False) -> GarbageReport:
    """Tidy one repository's state folder up; the caller holds its lock."""
    try:
        return _collect(folder, dry_run)
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            mark_damaged(folder, str(error))
        raise IndexDamagedError(
            f"the index in {str(folder)!r} cannot be read: {error}; run `rooftree index` first"
        ) from error


def _collect(folder: Path, dry_run: bool) -> GarbageReport:
    before = size_of(folder)
    if not (folder / "manifest.sqlite").is_file():
        return _remove_whole(folder, folder.name, (), before, dry_run)
    manifest = open_manifest(folder)
    try:
        known = worktrees(manifest)
        dead = tuple(name for name in known if is_dead(name, folder.name))
        living = [name for name in known if name not in dead]
        if not living:
            name = known[0] if known else folder.name
            return _remove_whole(folder, name, dead, before, dry_run)
        left = _leftovers(folder)
        swept = sweep(manifest, dead, dry_run=dry_run)
        report = replace(swept, repo=living[0], files=tuple(path.name for path in left))
        if dry_run:
            return replace(report, bytes=swept.bytes + sum(map(size_of, left)))
        for path in left:
            _remove(path)
        vacuum(manifest, ASKED_PACKING)
        return replace(report, bytes=max(0, before - size_of(folder)))
    finally:
        manifest.close()


def dead_share(database: sqlite3.Connection) -> float:
    """Return which part of the vectors belongs to no text that is kept, from 0 to 1."""
    every, dead = database.execute(
        "SELECT count(*), count(*) FILTER (WHERE NOT EXISTS"
        " (SELECT 1 FROM unit WHERE unit.text_sha = embedding.text_sha)) FROM embedding"
    ).fetchone()
    return dead / every if every else 0.0


def worktrees(manifest: Manifest) -> list[str]:
    """Return the names of the worktrees that the manifest knows, those with an index first."""
    rows = manifest.database.execute(
        "SELECT worktree FROM generation GROUP BY worktree"
        " ORDER BY max(state = 'current') DESC, worktree"
    )
    return [row[0] for row in rows]


def is_dead(name: str, repo_id: str) -> bool:
    """Say whether a worktree is gone; one that cannot be looked at is not."""
    # What is no path, or a path whose bytes are not told by its name, cannot be looked for.
    if not name.startswith("/") or "\\x" in name:
        return False
    root = Path(name)
    try:
        root.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    try:
        return open_worktree(root).repo_id != repo_id
    except RepositoryError:
        return False


def sweep(
    manifest: Manifest, dead: tuple[str, ...] = (), *, dry_run: bool = False
) -> GarbageReport:
    """Delete dead rows in one transaction; return how many of which, and the bytes set free."""
    database = manifest.database
    with suppress(_DryRunError), manifest.transaction():
        before = _pragma(database, "freelist_count")
        for name in dead:
            database.execute("DELETE FROM generation WHERE worktree = ?", (name,))
        counts = _delete_dead(database)
        pages = max(0, _pragma(database, "freelist_count") - before)
        swept = GarbageReport("", dead, *counts, bytes=pages * _pragma(database, "page_size"))
        if dry_run:
            raise _DryRunError
    return swept


def vacuum(manifest: Manifest, least: float = WORTH_PACKING) -> None:
    """Give the free pages of the file back, where they are at least this part of it."""
    database = manifest.database
    total = _pragma(database, "page_count")
    if total and _pragma(database, "freelist_count") / total >= least:
        database.execute("VACUUM")
    # A reader keeps the journal where it is; it is emptied another time.
    database.execute("PRAGMA busy_timeout = 1000")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def size_of(path: Path) -> int:
    """Return the bytes of a file or of everything below a folder."""
    if not path.is_dir():
        with suppress(OSError):
            return path.lstat().st_size
        return 0
    return sum(size_of(part) for part in path.iterdir())


def _delete_dead(database: sqlite3.Connection) -> tuple[int, int, int, int]:
    """Return how many documents, units, vectors and histories were deleted."""
    found, units = documents.delete_unreferenced(database)
    vectors = database.execute(
        "DELETE FROM embedding WHERE text_sha NOT IN (SELECT text_sha FROM unit)"
    ).rowcount
    histories = database.execute(
        "DELETE FROM activity WHERE commit_id NOT IN"
        " (SELECT commit_id FROM generation WHERE commit_id IS NOT NULL)"
    ).rowcount
    return found, units, vectors, histories


class _DryRunError(Exception):
    """Roll everything back: it was only to be counted."""


def _leftovers(folder: Path) -> list[Path]:
    """Return older Chroma directories, and damaged files beyond those that are kept."""
    aside = sorted({path.name.partition(ASIDE)[2] for path in folder.glob(f"*{ASIDE}*")})
    old = [path for moment in aside[:-KEPT_ASIDE] for path in folder.glob(f"*{ASIDE}{moment}")]
    return [*chroma_folders(folder)[:-1], *sorted(old)]


def chroma_folders(folder: Path) -> list[Path]:
    """Return the Chroma directories of an index, the newest last."""
    found = [path for path in folder.glob("chroma-*") if path.name[7:].isdigit()]
    return sorted(found, key=lambda path: int(path.name[7:]))


def prune_set_aside(folder: Path) -> None:
    """Remove damaged files beyond those that are kept."""
    for path in _leftovers(folder):
        if ASIDE in path.name:
            _remove(path)


def _remove_whole(
    folder: Path, name: str, dead: tuple[str, ...], size: int, dry_run: bool
) -> GarbageReport:
    if not dry_run:
        # The lock goes last: a process that waits for it then finds an empty folder.
        for path in sorted(folder.iterdir(), key=lambda path: path.name == "lock"):
            _remove(path)
        with suppress(OSError):
            folder.rmdir()
    return GarbageReport(name, dead, bytes=size, removed_index=True)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _pragma(database: sqlite3.Connection, name: str) -> int:
    return int(database.execute(f"PRAGMA {name}").fetchone()[0])
