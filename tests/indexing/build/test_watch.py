"""A watch tells of what matters, and of nothing else."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexing.build.file_watcher import (
    MAX_NAMED_PATHS,
    ChangeFilter,
    Changes,
    FileWatcher,
    Named,
    remote_file_system,
)
from rooftree.git.commands import open_worktree
from tests.support import git, git_repository, write_files

SECONDS = 20.0
QUIET = 0.7
"""Longer than a burst may be."""


class Ear:
    """Counts what a watch tells."""

    def __init__(self) -> None:
        self.times = 0
        self.named: Named = frozenset()
        self._heard = threading.Event()

    def __call__(self, named: Named) -> None:
        self.times += 1
        self.named = named
        self._heard.set()

    def heard(self) -> bool:
        """Wait until the watch tells something."""
        found = self._heard.wait(SECONDS)
        self._heard.clear()
        return found

    def stays_silent(self) -> bool:
        time.sleep(QUIET)
        return not self._heard.is_set()


@contextmanager
def watching(root: Path, poll_seconds: float = 0.0) -> Iterator[tuple[Ear, FileWatcher]]:
    ear = Ear()
    watch = FileWatcher(open_worktree(root), ear, poll_seconds=poll_seconds)
    watch.start()
    try:
        probe = root / "probe.txt"
        while not ear.times:  # until the kernel tells of changes
            probe.write_text(str(time.monotonic_ns()))
            ear._heard.wait(0.2)
        probe.unlink()
        while not ear.stays_silent():
            ear._heard.clear()
        yield ear, watch
    finally:
        watch.stop()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, {"a.py": "A = 1\n", ".gitignore": "build/\n*.log\n"})


def test_a_written_file_is_told(shop: Path) -> None:
    with watching(shop) as (ear, watch):
        assert watch.how == "events of the file system"
        (shop / "a.py").write_text("A = 2\n")
        assert ear.heard()
        assert ear.named == frozenset({"a.py"})


def test_what_git_and_dependency_trees_write_is_passed_over(shop: Path) -> None:
    with watching(shop) as (ear, _):
        write_files(
            shop,
            {
                "node_modules/left/index.js": "x\n",
                "__pycache__/a.pyc": "x\n",
                "build/out.py": "x\n",
                "debug.log": "x\n",
                ".git/objects/aa/bb": "x\n",
                ".git/index": (shop / ".git/index").read_bytes(),
            },
        )
        assert ear.stays_silent()


@pytest.mark.parametrize(
    "act",
    [
        lambda root: git(root, "commit", "--quiet", "--allow-empty", "--message", "more"),
        lambda root: git(root, "switch", "--quiet", "--create", "other"),
        lambda root: write_files(root, {".git/info/exclude": "a.py\n"}),
        lambda root: (root / "a.py").rename(root / "b.py"),
        lambda root: (root / "a.py").unlink(),
    ],
    ids=["commit", "switch", "exclude", "rename", "delete"],
)
def test_what_moves_the_worktree_is_told(shop: Path, act: Callable[[Path], object]) -> None:
    with watching(shop) as (ear, _):
        act(shop)
        assert ear.heard()


def test_a_commit_in_a_second_worktree_is_told_there(shop: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    git(shop, "worktree", "add", "--quiet", str(other), "-b", "second")
    with watching(other) as (ear, _):
        git(other, "commit", "--quiet", "--allow-empty", "--message", "more")
        assert ear.heard()


def test_a_folder_that_is_replaced_is_watched_on(shop: Path, tmp_path: Path) -> None:
    with watching(shop) as (ear, _):
        shop.rename(tmp_path / "old")
        git_repository(tmp_path, {"new.py": "N = 1\n"})
        assert ear.heard()
        deadline = time.monotonic() + SECONDS
        before = ear.times
        while ear.times < before + 2 and time.monotonic() < deadline:
            (shop / "new.py").write_text(f"N = {time.monotonic_ns()}\n")
            time.sleep(0.1)
        assert ear.times >= before + 2


def test_a_plain_folder_is_watched(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    with watching(tmp_path / "notes") as (ear, _):
        write_files(tmp_path / "notes", {"deep/er/a.py": "A = 1\n"})
        assert ear.heard()


def test_the_clock_tells_where_it_is_asked_to(shop: Path) -> None:
    ear = Ear()
    watch = FileWatcher(open_worktree(shop), ear, poll_seconds=0.05)
    watch.start()
    assert ear.heard()
    assert ear.heard()
    assert watch.how == "a look every 0.05 s (as asked for)"
    watch.stop()
    told = ear.times
    assert ear.times == told


def test_the_clock_tells_where_events_cannot(shop: Path) -> None:
    """An instance limit of inotify that is used up looks like this to us."""
    ear = Ear()
    watch = FileWatcher(open_worktree(shop), ear)
    watch._poll_seconds = 0.05
    watch._listen = _no_events  # type: ignore[method-assign]  # the limit is the machine's
    watch.start()
    assert ear.heard()
    assert ear.heard()
    assert watch.how == "a look every 0.05 s (OS file watch limit reached)"
    watch.stop()


def _no_events() -> None:
    raise OSError("OS file watch limit reached")


MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:45 / /home/ada/remote rw shared:9 - nfs4 server:/x rw
41 22 0:46 / /home/ada/ssh rw - fuse.sshfs ada@host: rw
nonsense
"""


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        ("/home/ada/shop", ""),
        ("/home/ada/remote", "nfs4 at /home/ada/remote"),
        ("/home/ada/remote/shop", "nfs4 at /home/ada/remote"),
        ("/home/ada/remote2", ""),
        ("/home/ada/ssh/shop", "fuse.sshfs at /home/ada/ssh"),
    ],
)
def test_a_network_file_system_is_known(tmp_path: Path, folder: str, reason: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert remote_file_system(Path(folder), mounts) == reason
    assert remote_file_system(Path(folder), tmp_path / "nowhere") == ""


def test_a_control_folder_deep_inside_is_passed_over() -> None:
    relevant = ChangeFilter(Path("/r"), Path("/r/.git"))
    assert relevant(1, "/r/src/a.py")
    assert relevant(1, "/r/.git/HEAD")
    assert not relevant(1, "/r/.git/refs/heads/main")
    assert not relevant(1, "/r/vendor/lib/.git/HEAD")
    assert not relevant(1, "/r/web/node_modules/a.js")


def test_what_was_told_is_taken_once() -> None:
    changes = Changes()
    assert not changes
    changes.add(frozenset({"a.py"}))
    changes.add(frozenset({"b.py"}))
    assert changes
    assert changes.take() == frozenset({"a.py", "b.py"})
    assert not changes
    assert changes.take() == frozenset()
    changes.add(frozenset({"a.py"}))
    changes.add(None)
    changes.add(frozenset({"b.py"}))
    assert changes.take() is None


def test_many_files_at_once_are_not_told_by_name(shop: Path) -> None:
    with watching(shop) as (ear, _):
        write_files(
            shop, {f"many_{number}.py": "x = 1\n" for number in range(MAX_NAMED_PATHS + 50)}
        )
        named: list[Named] = []
        while ear.heard() and (named := [*named, ear.named]) and None not in named:
            if sum(len(some or ()) for some in named) > MAX_NAMED_PATHS:
                break  # the kernel told of them in several bursts
        assert None in named or len(named) > 1


def test_a_folder_is_told_by_its_name(shop: Path) -> None:
    with watching(shop) as (ear, _):
        (shop / "fresh").mkdir()
        assert ear.heard()
        assert ear.named == frozenset({"fresh"})


def test_more_files_than_are_told_by_name_may_be_any() -> None:
    changes = Changes()
    for number in range(MAX_NAMED_PATHS + 1):
        changes.add(frozenset({f"many_{number}.py"}))
    assert changes.take() is None
