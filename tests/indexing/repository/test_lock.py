"""One writer at a time: another one waits, or is told who it is waiting for."""

import fcntl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from indexing.repository.lock import LockHolder, holder_of, repository_lock
from indexing.repository.repository import Repository
from rooftree.errors import IndexLockedError, StorageError
from tests.support import config_in, git_repository, project, unit_ids

ROOT = Path(__file__).parents[3]
CHILD = (sys.executable, "-m", "tests.indexing.indexing_child")


def hold(root: Path, home: Path) -> "subprocess.Popen[str]":
    """Start a process that holds the lock until its input ends."""
    process = subprocess.Popen(
        [*CHILD, str(root), str(home), str(home / "journal"), "hold"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    return process


def let_go(process: "subprocess.Popen[str]") -> None:
    process.communicate()
    assert process.returncode == 0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return git_repository(tmp_path, project(3))


def test_a_second_indexer_is_told_who_holds_the_lock(root: Path, tmp_path: Path) -> None:
    holder = hold(root, tmp_path)
    repository = Repository(root, config_in(tmp_path), None)
    says = rf"written by process {holder.pid} \(test hold\); wait for it to finish or stop it"
    with pytest.raises(IndexLockedError, match=says), repository.writing("x", wait_seconds=0):
        pytest.fail("two writers at once")
    let_go(holder)


def test_a_second_indexer_waits_and_goes_on_when_the_first_is_done(
    root: Path, tmp_path: Path
) -> None:
    holder = hold(root, tmp_path)
    told: list[LockHolder] = []

    def free(who: LockHolder) -> None:
        told.append(who)
        let_go(holder)

    repository = Repository(root, config_in(tmp_path), None)
    with repository.writing("second", on_wait=free):
        repository.updates.index()
    assert told == [LockHolder(holder.pid, "test hold")]
    assert unit_ids(repository)


def test_a_killed_holder_leaves_no_lock(root: Path, tmp_path: Path) -> None:
    holder = hold(root, tmp_path)
    holder.kill()
    holder.communicate()
    with Repository(root, config_in(tmp_path), None).writing("next", wait_seconds=5):
        pass


def test_two_indexers_at_once_make_one_whole_index(root: Path, tmp_path: Path) -> None:
    arguments = [str(root), str(tmp_path), str(tmp_path / "journal"), "index"]
    both = [
        subprocess.Popen([*CHILD, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [process.wait() for process in both] == [0, 0]
    seen = (tmp_path / "journal").read_text().split()
    assert len(seen) == len(set(seen))


def test_two_threads_of_a_server_take_turns(root: Path, tmp_path: Path) -> None:
    repository = Repository(root, config_in(tmp_path), None, owned=True)
    inside = threading.Event()
    done = threading.Event()

    def work() -> None:
        with repository.writing("thread"):
            inside.set()
            done.wait(10)

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait(10)
    with (
        pytest.raises(IndexLockedError, match="this process is still writing"),
        repository.writing("other", wait_seconds=0),
    ):
        pytest.fail("two writers at once")
    done.set()
    thread.join()
    with repository.writing("other", wait_seconds=0):
        pass


def test_an_owner_takes_no_lock_again(root: Path, tmp_path: Path) -> None:
    repository = Repository(root, config_in(tmp_path), None, owned=True)
    with (
        repository_lock(repository.folder, "serve", wait_seconds=0),
        repository.writing("x", wait_seconds=0),
    ):
        repository.updates.index()


def test_a_holder_that_has_not_signed_yet_is_starting(tmp_path: Path) -> None:
    for content in ("", "garbage", '{"pid": 1}', "[]"):
        (tmp_path / "lock").write_text(content)
        with (tmp_path / "lock").open("r+") as holder:
            fcntl.flock(holder, fcntl.LOCK_EX)
            with (
                pytest.raises(IndexLockedError, match="starting"),
                repository_lock(tmp_path, "x", wait_seconds=0),
            ):
                pytest.fail("two holders at once")


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(StorageError, match="cannot open the lock"),
        repository_lock(tmp_path / "nowhere", "x", wait_seconds=0),
    ):
        pytest.fail("held nothing")


def test_a_holder_that_signs_a_moment_later_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text('{"ended": []}')
    with (tmp_path / "lock").open("r+") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        sign = threading.Timer(
            0.05, (tmp_path / "lock").write_text, ['{"pid": 7, "purpose": "rooftree index"}']
        )
        sign.start()
        assert holder_of(tmp_path) == LockHolder(7, "rooftree index")
        sign.join()
