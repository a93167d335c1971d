"""Garbage is what nothing living holds: it goes, and everything else stays."""

import random
import shutil
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from indexing.repository.lock import repository_lock
from indexing.repository.repository import Repository
from indexing.store import garbage
from indexing.store.document_store import KEPT_GENERATIONS
from indexing.store.schema import open_database
from tests.support import (
    HashingEmbedder,
    bring_up_to_date,
    commit_all,
    config_in,
    git,
    git_repository,
    indexed,
    project,
    unit_ids,
    write_files,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, project(8))


@pytest.fixture
def embedder() -> HashingEmbedder:
    return HashingEmbedder()


@pytest.fixture
def repository(shop: Path, tmp_path: Path, embedder: HashingEmbedder) -> Repository:
    return indexed(shop, config_in(tmp_path), embedder)


def count(repository: Repository, table: str) -> int:
    with repository.manifest() as manifest:
        row = manifest.database.execute(
            f"SELECT count(*) FROM {table}"  # noqa: S608 - the tests' own names
        ).fetchone()
        return int(row[0])


def turn(repository: Repository, times: int, size: int = 3) -> None:
    """Change everything that often, so that what was there before is forgotten."""
    root = repository.worktree.root
    for number in range(times):
        write_files(root, project(size, seed=f"turn {number}"))
        bring_up_to_date(repository)


def test_what_the_kept_generations_hold_stays(
    repository: Repository, embedder: HashingEmbedder
) -> None:
    turn(repository, KEPT_GENERATIONS - 1)
    before = count(repository, "embedding")
    done = garbage.collect(repository.folder)
    assert (done.vectors, done.units, done.documents, done.worktrees) == (0, 0, 0, ())
    assert count(repository, "embedding") == before
    git(repository.worktree.root, "checkout", "--quiet", ".")
    seen = len(embedder.texts)
    bring_up_to_date(repository)
    assert len(embedder.texts) == seen


def test_dead_vectors_and_histories_go_and_the_rest_is_as_it_was(repository: Repository) -> None:
    for number in range(KEPT_GENERATIONS + 3):
        turn_files = project(8, seed=f"turn {number}")
        write_files(repository.worktree.root, turn_files)
        commit_all(repository.worktree.root)
        bring_up_to_date(repository)
    expected = unit_ids(repository)
    dry = garbage.collect(repository.folder, dry_run=True)
    vectors = count(repository, "embedding")
    done = garbage.collect(repository.folder)
    assert done.vectors == dry.vectors == vectors - count(repository, "embedding")
    assert done.vectors > 0
    assert done.histories == dry.histories > 0
    assert done.bytes > 0
    assert dry.bytes > 0
    assert repository.vectors.share() == 1.0
    assert unit_ids(repository) == expected
    assert garbage.collect(repository.folder).vectors == 0


def test_a_worktree_that_is_gone_is_forgotten(
    repository: Repository, shop: Path, tmp_path: Path, embedder: HashingEmbedder
) -> None:
    other = tmp_path / "other"
    git(shop, "worktree", "add", "--quiet", str(other), "-b", "second")
    write_files(other, {"only.py": "def only_in_the_second():\n    return 2\n"})
    indexed(other, config_in(tmp_path), embedder)
    assert garbage.collect(repository.folder).worktrees == ()
    shutil.rmtree(other)
    done = garbage.collect(repository.folder)
    assert done.worktrees == (str(other),)
    assert (done.documents, done.units, done.vectors) == (1, 1, 1)
    assert repository.freshness.is_current()


def test_a_repository_that_is_gone_or_moved_loses_its_old_index(
    repository: Repository, shop: Path, tmp_path: Path
) -> None:
    shop.rename(tmp_path / "moved")
    assert garbage.collect(repository.folder, dry_run=True).removed_index
    assert (repository.folder / "manifest.sqlite").exists()
    done = garbage.collect(repository.folder)
    assert done.removed_index
    assert done.repo == str(shop)
    assert done.bytes > 0
    assert not repository.folder.exists()


def test_another_repository_in_its_place_is_not_it(
    repository: Repository, shop: Path, tmp_path: Path
) -> None:
    assert not garbage.is_dead(str(shop), repository.worktree.repo_id)
    assert garbage.is_dead(str(shop), "0" * 20)
    assert not garbage.is_dead("commit:/srv/shop", "0" * 20)
    assert not garbage.is_dead("/srv/caf\\xe9", "0" * 20)


def test_old_chroma_directories_and_damaged_files_are_bounded(repository: Repository) -> None:
    folder = repository.folder
    for number in (1, 2, 10):
        (folder / f"chroma-{number}").mkdir()
        (folder / f"chroma-{number}" / "data").write_bytes(bytes(1000))
    for day in range(1, 6):
        for suffix in ("", "-wal"):
            (folder / f"manifest.sqlite{suffix}.corrupt-2026110{day}-000000-000000").write_text("x")
    done = garbage.collect(folder)
    assert {"chroma-1", "chroma-2"} < set(done.files)
    assert [path.name for path in folder.glob("chroma-*")] == ["chroma-10"]
    kept = {path.name[-22:-14] for path in folder.glob("*.corrupt-*")}
    assert kept == {"20261104", "20261105"}


def test_an_index_tidies_itself_up_when_much_is_dead(repository: Repository) -> None:
    turn(repository, KEPT_GENERATIONS + 3, size=8)
    with repository.manifest() as manifest:
        assert garbage.dead_share(manifest.database) > garbage.MAX_DEAD_SHARE
    with repository.writing("test"):
        repository.updates.collect_garbage()
    with repository.manifest() as manifest:
        assert garbage.dead_share(manifest.database) == 0.0
    assert repository.vectors.share() == 1.0


def test_a_little_that_is_dead_is_left_alone(repository: Repository) -> None:
    turn(repository, KEPT_GENERATIONS + 1, size=1)
    before = count(repository, "embedding")
    with repository.writing("test"):
        repository.updates.collect_garbage()
    assert count(repository, "embedding") == before


SEED = 20261130
CHILD = """
import sys
from pathlib import Path
from indexing.store import garbage
print("started", flush=True)
garbage.collect(Path(sys.argv[1]))
"""


def test_kill_9_loses_nothing_that_lives(repository: Repository) -> None:
    moments = random.Random(SEED)
    turn(repository, KEPT_GENERATIONS + 3, size=8)
    expected = unit_ids(repository)
    dead = count(repository, "embedding")
    for _ in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(repository.folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(moments.uniform(0, 0.04))
        child.kill()
        child.communicate()
        assert unit_ids(repository) == expected
        assert repository.vectors.share() == 1.0
        with closing(open_database(repository.folder)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    garbage.collect(repository.folder)
    assert count(repository, "embedding") < dead
    assert unit_ids(repository) == expected
    assert repository.vectors.share() == 1.0


def test_the_index_of_a_running_server_is_left_alone(repository: Repository) -> None:
    from server.cli.host.gc import _collect

    turn(repository, KEPT_GENERATIONS + 1)
    before = count(repository, "embedding")
    with repository_lock(repository.folder, "rooftree serve", wait_seconds=0):
        [told] = _collect([repository.folder], dry_run=False)
    assert "rooftree serve" in told.in_use
    assert count(repository, "embedding") == before
