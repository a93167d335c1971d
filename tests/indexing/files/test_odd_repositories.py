"""Repositories as people have them: other names, other encodings, worktrees, clones of a part."""

import shutil
from pathlib import Path

import pytest

from indexing.files.decode import decode
from indexing.files.discover import discover
from indexing.history.search import HistoryQuery, search_history
from rooftree.errors import HistoryError
from rooftree.git.commands import blob_at, open_worktree
from tests.indexing.files.test_git_situations import clone
from tests.server.commands import Commands
from tests.support import commit_all, config_in, git, git_repository, indexed, project, write_files

ODD = ("c:drive.py", "back\\slash.py", ":(top)magic.py", "a:b/c.py", "*.py", "C:/x.py")


def test_names_with_colons_and_backslashes_are_read(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {name: f"def f_{n}(): pass\n" for n, name in enumerate(ODD)})
    repository = indexed(root, config_in(tmp_path))
    assert repository.status().files == len(ODD)
    assert dict(repository.status().skipped) == {}
    for number, name in enumerate(ODD):
        assert blob_at(repository.worktree, "HEAD", name) == f"def f_{number}(): pass\n".encode()
    with repository.searcher() as searcher:
        assert [hit.path for hit in searcher.search("f_1", 1).hits] == [ODD[1]]


def test_a_history_is_of_the_file_that_is_named_and_of_no_pattern(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {"a.py": "x = 1\n"})
    write_files(root, {"*.py": "y = 1\n"})
    commit_all(root, "a starry name")
    repository = indexed(root, config_in(tmp_path))
    with repository.manifest() as manifest:
        wanted = HistoryQuery("name", path="*.py")
        found = search_history(manifest, repository.worktree, wanted, lambda *_: None)
    assert found.coverage.commits == 1


def test_a_linked_worktree_is_no_submodule(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {"a.py": "x = 1\n"})
    git(root, "worktree", "add", "-q", str(root / "linked"))
    git_repository(root, {"b.py": "y = 1\n"}, "nested")
    skipped = {
        one.path: one.reason
        for one in discover(open_worktree(root), largest_file_bytes=9999).skipped
    }
    assert skipped == {"linked/": "worktree", "nested/": "submodule"}
    assert open_worktree(root / "linked").root == root / "linked"


@pytest.mark.parametrize(
    ("data", "text", "note"),
    [
        ("naïve".encode("latin-1"), "naïve", "latin-1"),
        (
            b"price = '\x80 5' # \x93quoted\x94 \x96 caf\xe9",
            "price = '€ 5' # “quoted” – café",
            "cp1252",
        ),
        (b"\x81 means nothing \x80", "\x81 means nothing \x80", "latin-1"),
        ("“€”".encode(), "“€”", ""),
    ],
)
def test_bytes_that_are_no_utf_8_are_read_as_they_were_meant(
    data: bytes, text: str, note: str
) -> None:
    decoded = decode(data)
    assert decoded is not None
    assert (decoded.text, decoded.note) == (text, note)


def test_a_history_whose_files_were_not_cloned_was_not_looked_at(tmp_path: Path) -> None:
    root = clone(tmp_path, "--filter=blob:none")
    shutil.rmtree(tmp_path / "upstream")
    repository = indexed(root, config_in(tmp_path))
    with repository.manifest() as manifest, pytest.raises(HistoryError, match="--refetch"):
        search_history(manifest, repository.worktree, HistoryQuery("basket"), lambda *_: None)
    done = Commands(tmp_path).run("history", "basket", "--repo", root)
    assert done.code == 3
    assert "rooftree fetches nothing" in done.err
    done.assert_one_line()


def test_a_history_is_never_fetched_from_a_promisor(tmp_path: Path) -> None:
    """The remote is there, and would give what is missing."""
    root = clone(tmp_path, "--filter=blob:none")
    assert Commands(tmp_path).run("history", "basket", "--repo", root).code == 3


def test_an_option_before_the_command_of_the_sandbox_is_ours_or_wrong(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(1))
    done = Commands(tmp_path).run("sandbox", "run", "--repo", str(root), "--", "true")
    assert done.code == 2
    assert "No such option" in done.err
    kept = Commands(tmp_path).run(
        "sandbox", "run", "--workspace", root, "--", "echo", "-n", "--repo"
    )
    assert (kept.code, kept.out) == (0, "--repo")
