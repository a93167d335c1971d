"""Diffs as people make and send them: what they mean is the same, or it is said what to do."""

import subprocess
from pathlib import Path

import pytest

from rooftree.errors import UsageError
from rooftree.git.commands import Worktree, open_worktree
from tests.support import commit_all, git, git_repository, write_files
from tools.diffs.diff_input import prefixes_of
from tools.diffs.proposal import of_diff

BEFORE = {
    "a/deep/one.py": "one = 1\ntwo = 2\n",
    "gone.py": "x = 1\n",
    "old.py": "y = 1\n" * 9,
    "dos.txt": "first\r\nsecond\r\n",
}
AFTER = {
    "a/deep/one.py": "one = 1\ntwo = 22\n",
    "b/made.py": "z = 1\n",
    "dos.txt": "first\r\nnext\r\n",
}
PATHS = ["a/deep/one.py", "b/made.py", "dos.txt", "gone.py", "new.py"]


@pytest.fixture
def repository(tmp_path: Path) -> Worktree:
    folder = git_repository(tmp_path, BEFORE)
    git(folder, "branch", "base")
    write_files(folder, AFTER)
    git(folder, "rm", "--quiet", "gone.py")
    git(folder, "mv", "old.py", "new.py")
    commit_all(folder)
    return open_worktree(folder)


def said(repository: Worktree, *options: str) -> str:
    """Return what git says, carriage returns and all."""
    command = ["git", "-c", "core.autocrlf=false", "-C", str(repository.root), *options]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize(
    "options",
    [
        ["diff", "base", "HEAD"],
        ["diff", "--no-prefix", "base", "HEAD"],
        ["-c", "diff.mnemonicPrefix=true", "diff", "base"],
        ["-c", "diff.noprefix=true", "diff", "base", "HEAD"],
        ["diff", "--src-prefix=before/", "--dst-prefix=after/", "base", "HEAD"],
        ["diff", "--color=always", "base", "HEAD"],
        ["diff", "--color=always", "--no-prefix", "base", "HEAD"],
        ["format-patch", "--stdout", "base..HEAD"],
        ["show", "--format=email", "HEAD"],
        ["log", "-p", "-1"],
    ],
    ids=" ".join,
)
def test_a_diff_means_the_same_however_it_was_made(
    repository: Worktree, tmp_path: Path, options: list[str]
) -> None:
    proposal = of_diff(repository, said(repository, *options), _store(tmp_path))
    assert sorted(one.path for one in proposal.files) == PATHS
    for path in ("a/deep/one.py", "dos.txt"):
        assert proposal.base_text(path) == BEFORE[path]
        assert proposal.text(path) == AFTER[path]
    assert proposal.base_text("gone.py") == "x = 1\n"
    assert proposal.text("b/made.py") == "z = 1\n"


@pytest.mark.parametrize("only", ["a/deep/one.py", "dos.txt", "b/made.py"])
def test_line_ends_may_have_become_those_of_another_system(
    repository: Worktree, tmp_path: Path, only: str
) -> None:
    text = said(repository, "diff", "base", "HEAD", "--", only)
    dos = text.replace("\r\n", "\n").replace("\n", "\r\n")
    proposal = of_diff(repository, dos, _store(tmp_path))
    assert [one.path for one in proposal.files] == [only]
    assert proposal.text(only) == AFTER[only]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Content-Transfer-Encoding: base64\n\nZGlmZg==\n", "a mail encoded as base64"),
        ("diff --cc a.py\n@@@ -1,1 -1,1 +1,1 @@@\n", "the combined diff of a merge"),
        (" a.py | 2 +-\n 1 file changed\n", "no unified diff"),
        ("\x1b[31mred\x1b[m\n", "no unified diff"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(
    repository: Worktree, tmp_path: Path, text: str, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        of_diff(repository, text, _store(tmp_path))


def test_prefixes_that_end_in_no_slash_are_refused_with_what_to_do(
    repository: Worktree, tmp_path: Path
) -> None:
    odd = ("--src-prefix=old_", "--dst-prefix=new_")
    text = said(repository, "diff", *odd, "base", "HEAD", "--", "a/deep/one.py")
    with pytest.raises(UsageError, match="do not end in /, make it with `git diff --src-prefix"):
        of_diff(repository, text, _store(tmp_path))


def test_prefixes_are_what_stands_before_the_same_name() -> None:
    assert prefixes_of([]) == ("a/", "b/")
    assert prefixes_of([("a/a/x.py", "b/a/x.py")]) == ("a/", "b/")
    assert prefixes_of([("a/x.py", "a/x.py"), ("b/y.py", "b/y.py")]) == ("", "")
    assert prefixes_of([("i/x/y.py", "w/x/y.py")]) == ("i/", "w/")
    with pytest.raises(UsageError, match="cannot be told"):
        prefixes_of([("i/x.py", "w/x.py"), ("a/x.py", "b/x.py")])


def _store(tmp_path: Path) -> Path:
    (tmp_path / "blobs").mkdir()
    return tmp_path / "blobs"
