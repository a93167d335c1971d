"""A change is reviewed from where it began, or not at all: never another diff in its stead."""

from pathlib import Path

import pytest

from rooftree.errors import HistoryError
from rooftree.git.commands import open_worktree
from tests.support import commit_all, git, git_repository, write_files
from tools.diffs.proposal import Proposal, between


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    """Three commits of main, and one of topic that left it at the second."""
    folder = git_repository(tmp_path, {"a.py": "one = 1\n"}, "origin")
    for number in (2, 3):
        write_files(folder, {"a.py": f"one = {number}\n"})
        commit_all(folder)
    git(folder, "checkout", "--quiet", "-b", "topic", "HEAD~1")
    write_files(folder, {"b.py": "two = 2\n"})
    commit_all(folder)
    return folder


def cloned(tmp_path: Path, origin: Path, *options: str) -> Path:
    git(tmp_path, "clone", "--quiet", *options, f"file://{origin}", str(tmp_path / "clone"))
    return tmp_path / "clone"


def proposed(tmp_path: Path, clone: Path, base: str) -> Proposal:
    store = tmp_path / "blobs"
    store.mkdir(exist_ok=True)
    return between(open_worktree(clone), base, "HEAD", store)


def test_a_shallow_clone_without_the_beginning_is_refused_and_says_what_to_fetch(
    tmp_path: Path, origin: Path
) -> None:
    clone = cloned(tmp_path, origin, "--depth=1", "--no-single-branch", "--branch=topic")
    with pytest.raises(HistoryError, match=r"--unshallow.*--deepen") as refused:
        proposed(tmp_path, clone, "origin/main")
    assert refused.value.exit_code == 3
    assert "shallow" in str(refused.value)
    git(clone, "fetch", "--quiet", "--unshallow")
    whole = proposed(tmp_path, clone, "origin/main")
    assert [one.path for one in whole.files] == ["b.py"]
    assert whole.doubts == ()


def test_a_shallow_clone_that_holds_the_beginning_is_enough(tmp_path: Path, origin: Path) -> None:
    clone = cloned(tmp_path, origin, "--depth=2", "--no-single-branch", "--branch=topic")
    proposal = proposed(tmp_path, clone, "origin/main")
    assert [one.path for one in proposal.files] == ["b.py"]
    assert proposal.doubts == ()


def test_a_clone_that_is_cut_off_within_the_change_is_doubted(tmp_path: Path, origin: Path) -> None:
    """A merge whose other side ends before it is known where that left the base."""
    git(origin, "checkout", "--quiet", "-b", "side", "main~2")
    for number in (1, 2, 3):
        write_files(origin, {"c.py": f"three = {number}\n"})
        commit_all(origin)
    git(origin, "checkout", "--quiet", "topic")
    git(origin, "merge", "--quiet", "--no-edit", "side")
    clone = cloned(tmp_path, origin, "--depth=3", "--no-single-branch", "--branch=topic")
    (doubt,) = proposed(tmp_path, clone, "origin/main").doubts
    assert "--unshallow" in doubt


def test_histories_that_share_nothing_are_refused(tmp_path: Path, origin: Path) -> None:
    git(origin, "checkout", "--quiet", "--orphan", "other")
    commit_all(origin)
    with pytest.raises(HistoryError, match="share no commit, so no change leads") as refused:
        proposed(tmp_path, origin, "main")
    assert "shallow" not in str(refused.value)
