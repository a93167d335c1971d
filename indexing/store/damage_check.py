"""The incremental check of all stored data, and the reasons to run it at once.

A round goes over every row under its check sum, and over SQLite's own indexes last; how far it has
come, and when the last one ended, stands in a file beside the manifest. Damage is suspected where
a writer did not end in order, or where the manifest's file is not as the last one left it.
"""

import json
import math
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from indexing.store import checksums as seals
from indexing.store.schema import UNREADABLE, reported_damage
from rooftree.state_files import write_atomically

FILE = "checked.json"
CLOCK_SECONDS = 60.0
"""So far back a clock may be set without making a round that has just ended one of the future."""
ROWS = 500
"""Rows that are looked at between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class DamageCheckState:
    """How far a round has come (`stage` and the last key seen), and when the last one ended."""

    stage: int = 0
    after: int | str = 0
    ended: float | None = None
    """On the system's clock, in seconds; None where no round has ended yet."""
    suspected: str = ""
    """Why damage is suspected since then; empty where it is not."""

    @property
    def seconds_ago(self) -> float | None:
        """How long ago; None too where the clock has been set back behind it since."""
        ago = -math.inf if self.ended is None else time.time() - self.ended
        return max(0.0, ago) if ago > -CLOCK_SECONDS else None


def read_check_state(folder: Path) -> DamageCheckState:
    """Return what is known of the checks of an index."""
    try:
        known = json.loads((folder / FILE).read_text("utf-8"))
        ended = None if known["ended"] is None else float(known["ended"])
        return DamageCheckState(int(known["stage"]), known["after"], ended, str(known["suspected"]))
    except (OSError, ValueError, KeyError, TypeError):
        return DamageCheckState()


def write_check_state(folder: Path, checked: DamageCheckState) -> None:
    """Store it; without disk space or permission it is found again."""
    with suppress(OSError):
        write_atomically(folder / FILE, json.dumps(asdict(checked)))


def request_check(folder: Path, reason: str) -> None:
    """Request a full check, as soon as there is time."""
    write_check_state(folder, replace(read_check_state(folder), stage=0, after=0, suspected=reason))


def last_check_text(checked: DamageCheckState) -> str:
    """Describe when everything was last checked."""
    ago = checked.seconds_ago
    if checked.suspected:
        return f"being checked for damage, since {checked.suspected}"
    if ago is None:
        return "not checked for damage yet"
    for seconds, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if ago >= 2 * seconds:
            return f"checked for damage {ago / seconds:.0f} {unit} ago"
    return f"checked for damage {ago:.0f} s ago"


def mark_checked(folder: Path) -> None:
    """Record that everything has just been checked."""
    write_check_state(folder, DamageCheckState(ended=time.time()))


def file_stamp(folder: Path) -> list[int]:
    """Return what tells cheaply that the manifest's file was written.

    Nothing where a reader still has it open: it will move the journal into it when it closes.
    """
    if (folder / "manifest.sqlite-wal").exists():
        return []
    try:
        status = (folder / "manifest.sqlite").stat()
    except OSError:
        return []
    return [status.st_size, status.st_mtime_ns, status.st_ino]


def check_some(
    database: sqlite3.Connection,
    folder: Path,
    seconds: float,
    keep_going: Callable[[], bool],
    *,
    rows_only: bool = False,
) -> bool:
    """Go on with the round for so long; say whether it has ended.

    With `rows_only` SQLite's own indexes, one of which takes 1.5 s at 200,000 units and cannot be
    left half done, are left for another time. Raises sqlite3.DatabaseError where a row is not as it
    was written.
    """
    checked = read_check_state(folder)
    deadline = time.monotonic() + seconds
    while checked.stage < (_OF_ROWS if rows_only else len(_STAGES)):
        last = _STAGES[checked.stage](database, checked.after)
        checked = (
            replace(checked, stage=checked.stage + 1, after=0)
            if last is None
            else replace(checked, after=last)
        )
        if time.monotonic() >= deadline or not keep_going():
            break
    if checked.stage < len(_STAGES):
        write_check_state(folder, checked)
        return False
    mark_checked(folder)
    return True


def find_damage(
    folder: Path, database: sqlite3.Connection, *, thorough: bool = False
) -> str | None:
    """Return what a reader found wrong with the manifest, or SQLite's quick check, or None.

    A thorough look checks SQLite's indexes too, and what stands in every row, also of those that no
    current generation holds: a branch may be switched back to.
    """
    reported = reported_damage(folder)
    if reported is not None:
        return reported
    try:
        _ask_sqlite(database, "integrity_check(1)" if thorough else "quick_check(1)")
        for look in _STAGES[:_OF_ROWS] if thorough else ():
            after: int | str | None = 0
            while after is not None:
                after = look(database, after)
    except UNREADABLE as error:
        return str(error)
    return None


def _rows(database: sqlite3.Connection, query: str, after: int | str) -> list[Any]:
    return database.execute(f"{query} LIMIT {ROWS}", (after,)).fetchall()


def _units(database: sqlite3.Connection, after: int | str) -> int | None:
    columns = f"key, {seals.UNIT}, seal"
    rows = _rows(database, f"SELECT {columns} FROM unit WHERE key > ? ORDER BY key", after)  # noqa: S608 - our own columns
    for _, *fields, sealed in rows:
        seals.check_unit(fields, sealed)
    return rows[-1][0] if rows else None


def _documents(database: sqlite3.Connection, after: int | str) -> int | None:
    rows = _rows(database, "SELECT id FROM document WHERE id > ? ORDER BY id", after)
    for (number,) in rows:
        seals.check_document(database, number)
    return rows[-1][0] if rows else None


def _vectors(database: sqlite3.Connection, after: int | str) -> str | None:
    """Look at the vectors of the next texts, whichever embedders have made them."""
    place = str(after) if after else "\n"
    fingerprint, _, text = place.partition("\n")
    rows = database.execute(
        "SELECT fingerprint, text_sha, vector, seal FROM embedding"
        " WHERE (fingerprint, text_sha) > (?, ?) ORDER BY fingerprint, text_sha LIMIT ?",
        (fingerprint, text, ROWS),
    ).fetchall()
    for _ in seals.check_vectors((sha, vector, sealed) for _, sha, vector, sealed in rows):
        pass
    return f"{rows[-1][0]}\n{rows[-1][1]}" if rows else None


def _generations(database: sqlite3.Connection, _: int | str) -> None:
    for number, state in database.execute("SELECT id, state FROM generation").fetchall():
        if state != "building":
            seals.check_generation(database, number)


def _indexes(database: sqlite3.Connection, after: int | str) -> str | None:
    """Look at SQLite's own indexes of the next table, by name."""
    table = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name > ? ORDER BY name LIMIT 1",
        (str(after) if after else "",),
    ).fetchone()
    if table is None:
        return None
    _ask_sqlite(database, f"integrity_check([{table[0]}])")
    return str(table[0])


def _pages(database: sqlite3.Connection, _: int | str) -> None:
    """Look at what no single table shows: a page that two hold, or that counts as free as well."""
    _ask_sqlite(database, "quick_check(1)")


def _ask_sqlite(database: sqlite3.Connection, check: str) -> None:
    """Raise DatabaseError with what a check of SQLite's own finds wrong."""
    row = database.execute(f"PRAGMA {check}").fetchone()
    if row[0] != "ok":
        raise sqlite3.DatabaseError(str(row[0]))


_STAGES: tuple[Callable[[sqlite3.Connection, int | str], int | str | None], ...] = (
    _generations,
    _units,
    _documents,
    _vectors,
    _indexes,
    _pages,
)
_OF_ROWS = _STAGES.index(_indexes)
"""So many of them look at rows alone."""
