"""Both sides of a change, from commits or from a diff that fits the tree."""

from pathlib import Path

import pytest

from agents.review.checks.scope import scope_of
from rooftree.errors import UsageError
from rooftree.git.commands import Worktree, open_worktree
from tests.support import commit_all, git, git_repository, write_files
from tools.diffs.proposal import Proposal, between, of_diff

BEFORE = {"a.py": "one = 1\ntwo = 2\nthree = 3\n", "gone.py": "x\n", "old.py": "y = 1\n" * 9}
AFTER = {"a.py": "one = 1\ntwo = 22\nthree = 3\nfour = 4\n", "made.py": "z = 1\n"}


@pytest.fixture
def repository(tmp_path: Path) -> Worktree:
    folder = git_repository(tmp_path, BEFORE)
    git(folder, "branch", "base")
    write_files(folder, AFTER)
    git(folder, "rm", "--quiet", "gone.py")
    git(folder, "mv", "old.py", "new.py")
    commit_all(folder)
    return open_worktree(folder)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    (tmp_path / "blobs").mkdir()
    return tmp_path / "blobs"


def sides(proposal: Proposal) -> dict[str, tuple[str | None, str | None]]:
    names = ("a.py", "gone.py", "made.py", "old.py", "new.py")
    return {name: (proposal.base_text(name), proposal.text(name)) for name in names}


EXPECTED = {
    "a.py": (BEFORE["a.py"], AFTER["a.py"]),
    "gone.py": (BEFORE["gone.py"], None),
    "made.py": (None, AFTER["made.py"]),
    "old.py": (BEFORE["old.py"], None),
    "new.py": (None, BEFORE["old.py"]),
}


def test_two_commits_have_two_sides(repository: Worktree, store: Path) -> None:
    assert sides(between(repository, "base", "HEAD", store)) == EXPECTED


def test_what_the_tree_holds_does_not_matter_to_commits(repository: Worktree, store: Path) -> None:
    (repository.root / "a.py").write_text("something else\n")
    git(repository.root, "checkout", "--quiet", "--force", "base")
    assert sides(between(repository, "base", "main", store)) == EXPECTED


def test_a_change_is_measured_from_where_it_left(repository: Worktree, store: Path) -> None:
    git(repository.root, "checkout", "--quiet", "base")
    write_files(repository.root, {"later.py": "l = 1\n"})
    commit_all(repository.root)
    proposal = between(repository, "base~0", "main", store)
    assert proposal.file("later.py") is None
    assert sides(proposal) == EXPECTED


@pytest.mark.parametrize("checkout", ["main", "base"])
def test_a_diff_fits_before_and_after(repository: Worktree, store: Path, checkout: str) -> None:
    diff = git(repository.root, "diff", "-M", "base", "main") + "\n"
    git(repository.root, "checkout", "--quiet", checkout)
    proposal = of_diff(open_worktree(repository.root), diff, store)
    assert sides(proposal) == EXPECTED
    assert proposal.base_name == ("diff" if checkout == "main" else "tree")


def test_a_diff_that_does_not_fit_is_refused(repository: Worktree, store: Path) -> None:
    diff = git(repository.root, "diff", "-M", "base", "main") + "\n"
    (repository.root / "a.py").write_text("one = 1\ntwo = 5\nthree = 3\n")
    with pytest.raises(UsageError, match="fits neither before nor after"):
        of_diff(repository, diff, store)


def test_what_is_proposed_cannot_say_that_it_is_binary(repository: Worktree, store: Path) -> None:
    write_files(repository.root, {".gitattributes": "*.py -diff\n", "a.py": "one = 1\n"})
    commit_all(repository.root)
    files = {one.path: one.kind for one in between(repository, "base", "HEAD", store).files}
    assert files["a.py"] == "modified"


def test_another_commit_of_a_submodule_is_told(tmp_path: Path, store: Path) -> None:
    inner = git_repository(tmp_path, {"i.py": "i = 1\n"}, "inner")
    outer = git_repository(tmp_path, {"o.py": "o = 1\n"}, "outer")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    settings = '[submodule "sub"]\n\tpath = sub\n\turl = x\n\tignore = all\n'
    write_files(outer, {".gitmodules": settings})
    commit_all(outer)
    git(outer, "branch", "base")
    write_files(outer / "sub", {"i.py": "i = 2\n"})
    commit_all(outer / "sub")
    newer = git(outer / "sub", "rev-parse", "HEAD")
    git(outer, "update-index", "--cacheinfo", f"160000,{newer},sub")
    git(outer, "commit", "--quiet", "-m", "move on")
    proposal = between(open_worktree(outer), "base", "HEAD", store)
    assert [(one.path, one.is_submodule) for one in proposal.files] == [("sub", True)]
    assert scope_of(proposal).not_reviewed == {"sub": "submodule"}


def test_a_diff_that_names_a_file_twice_is_refused(repository: Worktree, store: Path) -> None:
    part = "--- a/a.py\n+++ b/a.py\n@@ -1,1 +1,1 @@\n-one = 1\n+one = 2\n"
    with pytest.raises(UsageError, match=r"names 'a\.py' twice"):
        of_diff(repository, part + part, store)


def test_lines_of_another_encoding_can_be_taken_back(tmp_path: Path, store: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": b"# caf\xe9\na = 1\n"}, "latin")
    git(folder, "branch", "base")
    write_files(folder, {"a.py": "# café\na = 1\n"})
    commit_all(folder)
    proposal = between(open_worktree(folder), "base", "HEAD", store)
    (one,) = proposal.files
    draft = proposal.without({"a.py": list(one.blocks())})
    assert draft.content("a.py") == b"# caf\xe9\na = 1\n"


def test_one_block_can_be_taken_back(repository: Worktree, store: Path) -> None:
    proposal = between(repository, "base", "HEAD", store)
    diff = proposal.file("a.py")
    assert diff is not None
    first, second = diff.blocks()
    without = proposal.without({"a.py": [first]}).content("a.py")
    assert without == b"one = 1\ntwo = 2\nthree = 3\nfour = 4\n"
    assert proposal.without({"a.py": [first, second]}).content("a.py") == BEFORE["a.py"].encode()


@pytest.mark.parametrize("name", ["", "--output=/tmp/x", "nonsense", "HEAD:a.py", "main;ls"])
def test_a_name_that_means_no_commit_is_refused(
    repository: Worktree, store: Path, name: str
) -> None:
    with pytest.raises(UsageError, match=r"names no commit|not the name of a commit"):
        between(repository, name, "HEAD", store)


def test_secrets_submodules_and_links_to_outside_are_left_out(tmp_path: Path, store: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "a = 1\n", ".env": "KEY=1\n"})
    (folder / "out").symlink_to("../../etc/passwd")
    (folder / "near").symlink_to("a.py")
    commit_all(folder)
    git(folder, "update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},module")
    git(folder, "commit", "--quiet", "-m", "module")
    (folder / "a.py").write_text("a = 2\n")
    git(folder, "commit", "--quiet", "-m", "more", "a.py")
    snapshot = between(open_worktree(folder), "HEAD~1", "HEAD", store).snapshot
    assert set(snapshot.files) == {"a.py"}
    assert dict(snapshot.links) == {"near": "a.py"}
    assert set(snapshot.left_out) == {".env", "module", "out"}
