"""What foreign text may name a commit by: small and cheap, where git's own language is neither."""

import subprocess
from pathlib import Path

import pytest

from rooftree.errors import ToolRetryError, UsageError
from rooftree.git.changes import changes
from rooftree.git.commands import commit_id, open_worktree
from rooftree.git.revision import MAX_STEPS, check_revision, check_revisions
from tests.support import commit_all, git, git_repository
from tools.diffs.commits import commit_of
from tools.model_tools.running.history import read_history

NAMES = (
    "HEAD",
    "@",
    "0123456",
    "f" * 64,
    "main",
    "feature/a-b_c.d",
    "refs/heads/main",
    "origin/main",
    "v1.2.3-rc{1}",
    "ветка",
    "main;ls",
    "HEAD~2",
    "HEAD~",
    "HEAD^",
    "HEAD^2~3^^",
    f"v1~{MAX_STEPS}",
    "@{u}",
    "main@{upstream}",
)
PROGRAMS = (
    ":/words",
    "HEAD^{/words}",
    "HEAD^{/(a*)*b}",
    "main^{/",
    "HEAD^{commit}",
    "HEAD^{tree}",
    "HEAD^{}",
    "HEAD:src/a.py",
    ":0:src/a.py",
    "main@{1.year.ago}",
    "@{-1}",
    "HEAD@{0}",
    "main@{push}",
    "@{u}@{u}",
    "HEAD^!",
    "HEAD^-",
    "HEAD^@",
    "^main",
    "a..b",
    "a...b",
    "HEAD~99999",
    f"HEAD~{MAX_STEPS}^",
    "HEAD" + "~9999" * 30,
    "HEAD" + "^" * 1_000,
    "--all",
    "-r",
    "",
    "a b",
    "a\n",
    "a\0",
    "\ud800",
    "a//b",
    "/a",
    "a/",
    "a.lock",
    ".a",
    "a/.b",
    "a.",
    "a*",
    "a?",
    "[a",
    "a\\b",
    "x" * 256,
)


@pytest.mark.parametrize("name", NAMES)
def test_names_of_commits_are_taken_as_they_are(name: str) -> None:
    assert check_revision(name) == name


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_more_than_a_name_never_reaches_git(name: str) -> None:
    # git would fail in such a folder; that it is not asked is the point.
    with pytest.raises(UsageError, match="not the name of a commit; expected a hash, a branch"):
        commit_id(Path("/nowhere"), name)


@pytest.mark.parametrize("name", NAMES + PROGRAMS)
def test_of_plain_refs_git_thinks_the_same(name: str) -> None:
    if set("~^:\0@\ud800") & set(name) or len(name) > 255 or name[:1] in ("", "-"):
        return  # steps, other languages, options
    command = ["git", "check-ref-format", "--allow-onelevel", name]
    sound = subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        check_revision(name)
    except UsageError:
        assert not sound
    else:
        assert sound


def test_ranges_are_of_two_names(tmp_path: Path) -> None:
    assert check_revisions("v1..v2") == "v1..v2"
    for odd in ("v1..", "..v2", "v1...v2", "v1..:/x", "v1..v2..v3", "^v1..v2"):
        with pytest.raises(UsageError, match="not the name of a commit"):
            check_revisions(odd)
    with pytest.raises(UsageError):
        list(changes(tmp_path, ["HEAD^{/x}"]))


def test_each_way_by_which_a_name_comes_in_refuses_a_pattern(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "x = 1\n"})
    worktree = open_worktree(folder)
    for pattern in (":/work", "HEAD^{/work}"):
        assert git(folder, "rev-parse", pattern) == worktree.commit, "git itself would look"
        with pytest.raises(UsageError, match="expected a hash"):
            commit_of(worktree, pattern)
        for command in ("log", "show", "blame"):
            with pytest.raises(ToolRetryError, match="expected a hash"):
                read_history(folder, command, "a.py", pattern, lambda _: False)


def test_names_still_mean_what_they_mean(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "x = 1\n"})
    first = git(folder, "rev-parse", "HEAD")
    second = commit_all(folder, "more")
    git(folder, "branch", "a{b}/c", first)
    git(folder, "branch", "--set-upstream-to=a{b}/c", "main")
    names = {"HEAD": second, "HEAD~1": first, "main^": first, second[:7]: second, "@": second}
    names |= {"a{b}/c": first, "refs/heads/a{b}/c": first, "@{u}": first, "main@{upstream}": first}
    assert {name: commit_id(folder, name) for name in names} == names
    assert commit_id(folder, "HEAD~5") is None
    assert commit_id(folder, "a{b}/c@{u}") is None
