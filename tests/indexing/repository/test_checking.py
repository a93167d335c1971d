"""All that is stored is looked at: a little at a time, and at once where damage is suspected."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from indexing.repository.lock import repository_lock
from indexing.repository.repository import Repository
from indexing.store import damage_check as checking
from rooftree.errors import IndexDamagedError
from tests.support import HashingEmbedder, config_in, git_repository, indexed, project


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return indexed(git_repository(tmp_path, project(8)), config_in(tmp_path), HashingEmbedder())


def state_of(repository: Repository) -> checking.DamageCheckState:
    return checking.read_check_state(repository.folder)


def rounds(repository: Repository) -> int:
    """Look at a little again and again; return how often it took."""
    for number in range(1, 1_000):
        if repository.updates.check(0.0):
            return number
    raise AssertionError


def test_a_round_ends_and_is_told_with_its_age(repository: Repository) -> None:
    assert state_of(repository).ended is None
    assert checking.last_check_text(state_of(repository)) == "not checked for damage yet"
    assert rounds(repository) > 4
    ago = state_of(repository).seconds_ago
    assert ago is not None
    assert "checked for damage" in repository.status().checked
    assert state_of(repository).stage == 0


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE unit SET text = text || 'x' WHERE key = (SELECT max(key) FROM unit)",
        "UPDATE embedding SET vector = zeroblob(length(vector))",
        "UPDATE symbol SET start = start + 1",
        "UPDATE occurrence SET start = start + 1",
        "UPDATE generation SET commit_id = 'another'",
    ],
)
def test_whatever_row_is_changed_is_found_within_a_round(
    repository: Repository, change: str
) -> None:
    with repository.manifest() as manifest:
        manifest.database.execute(change)
    with pytest.raises(IndexDamagedError):
        rounds(repository)
    with repository.writing("test"):
        repository.updates.index()
    with repository.manifest() as manifest:
        assert repository.view(manifest)


def test_a_writer_that_did_not_end_in_order_makes_it_suspected(repository: Repository) -> None:
    assert state_of(repository).suspected == ""
    (repository.folder / "lock").write_text('{"pid": 1, "purpose": "killed"}')
    with repository.writing("test"):
        assert "did not end in order" in state_of(repository).suspected
        assert not repository.updates.replace_damaged()
    assert state_of(repository).suspected == ""
    assert state_of(repository).ended is not None


def test_a_file_that_somebody_else_has_written_makes_it_suspected(repository: Repository) -> None:
    with repository.writing("test"):
        pass
    with sqlite3.connect(repository.folder / "manifest.sqlite") as database:
        database.execute("INSERT INTO meta VALUES ('strange', '')")
    database.close()
    with repository_lock(repository.folder, "test", wait_seconds=0):
        assert "not as its last writer left it" in state_of(repository).suspected


def test_a_look_at_rows_alone_leaves_the_round_unended(repository: Repository) -> None:
    """SQLite's own indexes take too long for a command that has found nothing to do."""
    assert not any(repository.updates.check(0.0, rows_only=True) for _ in range(100))
    assert state_of(repository).ended is None
    rounds(repository)
    assert state_of(repository).ended is not None


def test_a_page_that_counts_as_free_though_a_table_holds_it_is_found(
    repository: Repository,
) -> None:
    """The next write would overwrite it; no table's own indexes show it."""
    with repository.manifest() as manifest:
        database = manifest.database
        database.execute("CREATE TABLE gone (text TEXT)")
        rows = [("x" * 3_000,) for _ in range(100)]
        database.executemany("INSERT INTO gone VALUES (?)", rows)
        held = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'unit'")
        page = held.fetchone()[0]
        database.execute("DROP TABLE gone")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = database.execute("PRAGMA page_size").fetchone()[0]
    with (repository.folder / "manifest.sqlite").open("r+b") as file:
        file.seek(32)
        trunk = int.from_bytes(file.read(4), "big")
        file.seek((trunk - 1) * size + 8)
        file.write(page.to_bytes(4, "big"))
    with pytest.raises(IndexDamagedError):
        rounds(repository)


def test_a_round_of_the_future_is_none(repository: Repository) -> None:
    """The clock was wrong while it ended: nobody may call that a moment ago for years."""
    rounds(repository)
    checked = state_of(repository)
    assert checked.ended is not None
    checking.write_check_state(repository.folder, replace(checked, ended=checked.ended + 86_400))
    assert checking.last_check_text(state_of(repository)) == "not checked for damage yet"
    (repository.folder / checking.FILE).write_text(
        '{"stage": 0, "after": 0, "ended": "yesterday", "suspected": ""}'
    )
    assert state_of(repository).ended is None
