"""Facts about reading what commits changed."""

import os
import time
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import RepositoryError, UsageError
from rooftree.git.changes import Commit, changes, messages, read_log
from rooftree.git.stream import ByteStream, git_output
from tests.support import commit_all, git, git_repository, write_files


def last(folder: Path, *, texts: bool = False) -> Commit:
    return next(changes(folder, limit=1, texts=texts))


def test_a_commit_tells_who_when_and_which_lines(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "one\ntwo\nthree\n", "b.py": "x\n"})
    write_files(folder, {"a.py": "one\n2\nthree\nfour\n"})
    sha = commit_all(folder, "Fix two\n\nBecause it was wrong.\n")
    commit = last(folder, texts=True)
    assert (commit.sha, commit.author, commit.subject) == (sha, "Ada", "Fix two")
    assert commit.body == "Because it was wrong."
    assert commit.author_time == int(git(folder, "log", "-1", "--format=%at"))
    (file,) = commit.files
    assert (file.path, file.old_path, file.status) == ("a.py", "a.py", "M")
    assert (file.old_ranges, file.new_ranges) == ([(2, 2), (4, 3)], [(2, 2), (4, 4)])
    assert file.text == b"-two\n+2\n+four"
    assert file.new_blob == git(folder, "rev-parse", "HEAD:a.py")


def test_the_first_commit_adds_everything(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "one\ntwo\n", "empty.py": ""})
    commit = last(folder)
    assert commit.parents == ()
    shapes = [(f.path, f.status, f.old_blob, f.old_ranges, f.new_ranges) for f in commit.files]
    assert shapes == [("a.py", "A", None, [(1, 0)], [(1, 2)]), ("empty.py", "A", None, [], [])]


def test_a_deletion_and_a_rename_with_a_change(tmp_path: Path) -> None:
    body = "".join(f"line {number}\n" for number in range(20))
    folder = git_repository(tmp_path, {"old.py": body, "gone.py": "x\ny\n"})
    (folder / "old.py").rename(folder / "new.py")
    (folder / "gone.py").unlink()
    write_files(folder, {"new.py": body.replace("line 7\n", "line seven\n")})
    commit_all(folder)
    gone, moved = last(folder).files
    assert (gone.status, gone.new_blob, gone.old_ranges) == ("D", None, [(1, 2)])
    assert (moved.status, moved.old_path, moved.path) == ("R", "old.py", "new.py")
    assert (moved.old_ranges, moved.new_ranges) == ([(8, 8)], [(8, 8)])


def test_a_pure_rename_a_mode_and_a_binary_file_have_no_lines(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "x\n" * 9, "run.sh": "ls\n", "p.png": b"\0\1\2"})
    (folder / "a.py").rename(folder / "z.py")
    (folder / "run.sh").chmod(0o755)
    write_files(folder, {"p.png": b"\0\3\4", "last.py": "here\n"})
    commit_all(folder)
    found = {file.path: file for file in last(folder).files}
    assert found["z.py"].status == "R"
    assert not found["z.py"].new_ranges
    assert not found["run.sh"].new_ranges
    assert found["p.png"].binary
    assert found["last.py"].new_ranges == [(1, 1)], "later files keep their own lines"


def test_a_file_that_becomes_a_link_keeps_the_order_of_the_others(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "x\ny\n", "b.py": "x\n"})
    (folder / "a.py").unlink()
    (folder / "a.py").symlink_to("b.py")
    write_files(folder, {"b.py": "x\nnew\n"})
    commit_all(folder)
    link, other = last(folder).files
    assert (link.status, link.old_ranges) == ("T", [(1, 2), (1, 0)])
    assert other.new_ranges == [(2, 2)]


def test_merges_have_two_parents_and_no_files(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "x\n"})
    git(folder, "checkout", "--quiet", "-b", "side")
    write_files(folder, {"b.py": "side\n"})
    commit_all(folder)
    git(folder, "checkout", "--quiet", "main")
    write_files(folder, {"c.py": "main\n"})
    commit_all(folder)
    git(folder, "merge", "--quiet", "--no-ff", "-m", "Merge side", "side")
    merge = last(folder)
    assert (len(merge.parents), merge.files) == (2, [])
    assert [c.subject for c in changes(folder, options=["--no-merges"])] == ["work"] * 3


def test_odd_names_come_as_they_are(tmp_path: Path) -> None:
    names = ["sp ace.py", "ta\tb.py", "new\nline.py", 'quo"te.py', "ünï.py", "--option.py", ":c.py"]
    folder = git_repository(tmp_path, {"a.py": "x\n"})
    write_files(folder, {name: f"{name}\n" for name in names})
    Path(os.fsdecode(os.fsencode(folder) + b"/latin\xe9.py")).write_bytes(b"x\n")
    commit_all(folder)
    files = last(folder).files
    assert {file.path for file in files} == {*names, os.fsdecode(b"latin\xe9.py")}
    lines = {file.path: file.new_ranges for file in files}
    assert lines["new\nline.py"] == [(1, 2)]


def test_messages_and_content_may_be_any_bytes(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "x\n"})
    write_files(folder, {"a.py": b"caf\xe9\r\n\x0c\x1b[31m\nno end"})
    (tmp_path / "message").write_bytes(
        b"caf\xe9 \x1b[2J\n\n\x01body\ndiff --git a/b b/b\n@@ -1 +1 @@\n"
    )
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--cleanup=verbatim", "-F", str(tmp_path / "message"))
    commit = last(folder, texts=True)
    assert commit.subject == "café \x1b[2J"
    assert commit.body == "\x01body\ndiff --git a/b b/b\n@@ -1 +1 @@"
    (file,) = commit.files
    assert file.new_ranges == [(1, 3)]
    assert file.text == b"-x\n+caf\xe9\r\n+\x0c\x1b[31m\n+no end"


def test_a_message_in_another_encoding_is_read(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "x\n"})
    (tmp_path / "message").write_bytes("Café".encode("latin-1"))
    command = ["-c", "i18n.commitEncoding=latin1", "commit", "--allow-empty", "-q", "-F"]
    git(folder, *command, str(tmp_path / "message"))
    assert last(folder).subject == "Café"


def test_the_repository_runs_no_program_and_changes_no_format(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "x\n", ".gitattributes": "*.py diff=evil\n"})
    write_files(folder, {"a.py": "y\n"})
    commit_all(folder)
    trap = tmp_path / "trap"
    program = tmp_path / "evil.sh"
    program.write_text(f"#!/bin/sh\ntouch {trap}\n")
    program.chmod(0o755)
    settings = {
        "diff.external": program,
        "diff.evil.command": program,
        "diff.evil.textconv": program,
        "gpg.program": program,
        "core.pager": program,
        "log.showSignature": "true",
        "color.ui": "always",
        "diff.noprefix": "true",
        "diff.orderFile": "a-file-that-is-not-there",
        "diff.context": "9",
        "diff.submodule": "log",
        "log.diffMerges": "separate",
        "format.pretty": "oneline",
    }
    for key, value in settings.items():
        git(folder, "config", key, str(value))
    (file,) = last(folder).files
    assert (file.old_ranges, file.new_ranges) == ([(1, 1)], [(1, 1)])
    assert not trap.exists()


def test_paths_and_limits_narrow_what_is_read(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "x\n"})
    for number in range(4):
        write_files(folder, {"a.py": f"{number}\n", "*.py": f"{number}\n"})
        commit_all(folder, f"number {number}")
    assert [c.subject for c in changes(folder, limit=2)] == ["number 3", "number 2"]
    only = [f.path for c in changes(folder, paths=["*.py"]) for f in c.files]
    assert set(only) == {"*.py"}, "a path is a path, not a pattern"
    assert len(list(messages(folder))) == 5


def test_a_revision_is_never_an_option(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "x\n"})
    with pytest.raises(UsageError, match="not the name of a commit"):
        list(changes(folder, ["--output=stolen"]))
    with pytest.raises(RepositoryError, match="git log failed"):
        list(changes(folder, ["no-such-branch"]))


def test_git_ends_when_nobody_listens_or_time_is_up(tmp_path: Path) -> None:
    folder = git_repository(tmp_path, {"a.py": "x\n" * 2_000_000})
    pieces = git_output(folder, "log", "-p", "--format=%H")
    assert next(pieces)
    pieces.close()  # type: ignore[attr-defined] # a generator, typed as what its callers need
    # Far more is to come than a pipe holds, so git cannot end before its time is up.
    with pytest.raises(RepositoryError, match="before it had finished"):
        list(slowly(git_output(folder, "log", "-p", "--format=%H", seconds=0.3)))


def slowly(pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        time.sleep(0.4)
        yield piece


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_any_bytes_are_read_without_a_crash(pieces: list[bytes]) -> None:
    for commit in read_log(pieces, texts=True):
        assert isinstance(commit.sha, str)


RECORD = (
    b"\x01abc\0def\x00123\0Ada\0Subject\0Body\n\0\0\n:100644 100644 " + b"a" * 40 + b" " + b"b" * 40
    + b" M\0a.py\0\0diff --git a/a.py b/a.py\nindex 1..2 100644\n--- a/a.py\n+++ b/a.py\n"
    b"@@ -2,2 +2 @@ def f():\n-one\n-two\n\\ No newline at end of file\n+2\n\0"
)  # fmt: skip


@given(st.lists(st.integers(0, len(RECORD)), max_size=12))
def test_it_does_not_matter_how_the_bytes_arrive(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(RECORD)]
    pieces = [RECORD[a:b] for a, b in pairwise(places)]
    (commit,) = read_log(pieces, texts=True)
    assert (commit.sha, commit.parents, commit.author_time) == ("abc", ("def",), 123)
    (file,) = commit.files
    assert (file.old_ranges, file.new_ranges) == ([(2, 3)], [(2, 2)])
    assert file.text == b"-one\n-two\n+2"


@given(st.binary(max_size=60), st.integers(0, len(RECORD)), st.integers(0, len(RECORD)))
def test_damage_in_the_middle_is_survived(noise: bytes, start: int, end: int) -> None:
    list(read_log([RECORD[:start] + noise + RECORD[end:]], texts=True))


@given(st.binary(max_size=50), st.integers(0, 20))
def test_a_field_is_cut_at_its_longest(data: bytes, most: int) -> None:
    stream = ByteStream([data, b"\0", b"next"])
    field = data.partition(b"\0")[0]
    assert stream.until(b"\0", most) == field[:most]


def test_what_stands_outside_the_ranges_is_the_same_before_and_after(tmp_path: Path) -> None:
    """One repository, many commits: the ranges tell exactly what changed."""
    folder = git_repository(tmp_path, {"a": ""}, name="ranges")
    versions: list[list[str]] = [[]]
    for number in range(25):
        base = versions[-1]
        cut = number * 7 % (len(base) + 1)
        added = [f"line {number}.{part}" for part in range(number % 5)]
        versions.append([*base[:cut], *added, *base[cut + number % 3 :]])
        write_files(folder, {"a": "".join(f"{line}\n" for line in versions[-1])})
        git(folder, "commit", "-q", "--allow-empty", "-a", "-m", str(number))
    read = list(changes(folder, options=["--reverse"]))[1:]
    for old, new, commit in zip(versions, versions[1:], read, strict=False):
        for file in commit.files:
            assert _outside(old, file.old_ranges) == _outside(new, file.new_ranges)


def _outside(lines: list[str], ranges: list[tuple[int, int]]) -> list[str]:
    inside = {line for start, end in ranges for line in range(start, end + 1)}
    return [text for number, text in enumerate(lines, 1) if number not in inside]
