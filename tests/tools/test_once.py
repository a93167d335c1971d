"""An index is kept fresh: every change is caught up with, and what is in the way is told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from indexing.repository import index_refresher as keep
from indexing.repository.index_refresher import IndexRefresher, RefreshResult
from indexing.repository.lock import repository_lock
from indexing.repository.repository import Repository
from rooftree.errors import RepositoryError
from tests.support import (
    HashingEmbedder,
    commit_all,
    config_in,
    git,
    git_repository,
    project,
    write_files,
)

SECONDS = 30.0


class Kept:
    """What a keeper told, and the thread that it runs in."""

    def __init__(self, repository: Repository, poll_seconds: float = 0.0) -> None:
        self.repository = repository
        self.caught_up: list[RefreshResult] = []
        self.problems: list[str] = []
        self.error: RepositoryError | None = None
        self._told = threading.Condition()
        self.keeper = IndexRefresher(
            repository, self._hear, self._complain, poll_seconds=poll_seconds
        )
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.keeper.run()
        except RepositoryError as error:
            self.error = error

    def _hear(self, caught_up: RefreshResult) -> None:
        with self._told:
            self.caught_up.append(caught_up)
            self._told.notify_all()

    def _complain(self, problem: str) -> None:
        with self._told:
            self.problems.append(problem)
            self._told.notify_all()

    def until(self, look: Callable[[], object]) -> None:
        with self._told:
            assert self._told.wait_for(look, SECONDS), (self.caught_up, self.problems)

    def finds(self, name: str) -> bool:
        with self.repository.searcher() as searcher:
            return any(name in hit.text for hit in searcher.search(name, 5).hits)


@contextmanager
def kept(root: Path, home: Path, poll_seconds: float = 0.0) -> Iterator[Kept]:
    running = Kept(Repository(root, config_in(home), HashingEmbedder()), poll_seconds)
    running.thread.start()
    try:
        running.until(lambda: running.caught_up)
        yield running
    finally:
        running.keeper.stop()
        running.thread.join(SECONDS)
        assert not running.thread.is_alive()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, project(6))


@pytest.mark.parametrize("poll_seconds", [0.0, 0.1])
def test_one_changed_file_is_caught_up_with(
    shop: Path, tmp_path: Path, poll_seconds: float
) -> None:
    with kept(shop, tmp_path, poll_seconds) as running:
        (shop / "new.py").write_text("def zeppelin_landed():\n    return 1\n")
        running.until(lambda: len(running.caught_up) > 1)
        last = running.caught_up[-1]
        assert (last.files, last.parsed) == (7, 1)
        assert running.finds("zeppelin_landed")
        assert last.as_json()["searchable_at"].endswith("+00:00")


def test_a_switched_branch_is_caught_up_with(shop: Path, tmp_path: Path) -> None:
    git(shop, "switch", "--quiet", "--create", "feature")
    write_files(shop, {"feature.py": "def shiny():\n    return 1\n"})
    feature = commit_all(shop)
    git(shop, "switch", "--quiet", "main")
    with kept(shop, tmp_path) as running:
        git(shop, "switch", "--quiet", "feature")
        running.until(lambda: running.caught_up[-1].commit == feature)
        running.until(lambda: running.caught_up[-1].files == 7)
        assert sum(done.parsed for done in running.caught_up) == 7


def test_vectors_are_filled_between_changes(shop: Path, tmp_path: Path) -> None:
    with kept(shop, tmp_path) as running:
        while running.repository.vectors.share() < 1.0:
            assert running.thread.is_alive()
        assert not running.problems


def test_a_repository_that_comes_back_is_kept_on(shop: Path, tmp_path: Path) -> None:
    with kept(shop, tmp_path) as running:
        shop.rename(tmp_path / "away")
        running.until(lambda: running.problems)
        (tmp_path / "away").rename(shop)
        (shop / "back.py").write_text("def back_again():\n    return 1\n")
        running.until(lambda: running.caught_up[-1].files == 7)
    assert "does not exist" in running.problems[0]
    assert running.error is None


def test_a_repository_that_is_gone_ends_it(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keep, "GONE_SECONDS", 0.3)
    with kept(shop, tmp_path) as running:
        shop.rename(tmp_path / "away")
        running.thread.join(SECONDS)
    assert "is gone" in str(running.error)


def test_a_lock_that_somebody_holds_is_told_and_waited_for(shop: Path, tmp_path: Path) -> None:
    with kept(shop, tmp_path) as running:
        with repository_lock(running.repository.folder, "a long run", wait_seconds=SECONDS):
            (shop / "new.py").write_text("N = 1\n")
            running.until(lambda: running.problems)
        running.until(lambda: running.caught_up[-1].files == 7)
    assert "(a long run)" in running.problems[0]
