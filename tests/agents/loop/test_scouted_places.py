"""A place that a scout names is told as found where those lines are there, and else as left out."""

from pathlib import Path

import pytest

from agents.loop.scouted_places import MAX_LENGTH, MAX_PLACES, check_places
from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tests.tools.drafts.material import TOKEN
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.model_tools.working_draft import WorkingDraft

FILES: dict[str, str | bytes] = {
    "a.py": "import b\n\n\ndef f():\n    return b.g()\n",
    "src/b c.py": "x = 1\n",
    "key.py": f'TOKEN = "{TOKEN}"\n',
    "blob.bin": b"\0\xff" * 40,
    "empty.py": "",
    ".env": "A=1\n",
}


@pytest.fixture
def working(tmp_path: Path) -> WorkingDraft:
    (tmp_path / "blobs").mkdir()
    root = git_repository(tmp_path, FILES)
    return WorkingDraft(Draft(take_snapshot(open_worktree(root), tmp_path / "blobs"), {}))


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("a.py:4 defines f", "a.py:4  defines f\n    def f():"),
        ("a.py:4-5: defines f", "a.py:4-5  defines f\n    def f():"),
        ("a.py:4", "a.py:4\n    def f():"),
        ("`a.py:4` — defines f", "a.py:4  defines f\n    def f():"),
        ("- a.py:4, why", "a.py:4  why\n    def f():"),
        ("./a.py:4 why: see x:3", "a.py:4  why: see x:3\n    def f():"),
        ("/workspace/a.py:1 it", "a.py:1  it\n    import b"),
        ("src/b c.py:1 a name with a blank", "src/b c.py:1  a name with a blank\n    x = 1"),
        ("a.py:5-2 backwards", "a.py:5  backwards\n    return b.g()"),
    ],
)
def test_lines_that_are_there_are_told_with_what_they_hold(
    working: WorkingDraft, told: str, shown: str
) -> None:
    found = check_places(working, [told])
    assert [str(one) for one in found.places] == [shown]
    assert found.left_out == ()


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("a.py:6 behind the end", "a.py has 5 lines"),
        ("a.py:0 before it", "a.py has 5 lines"),
        ("a.py:4-99 too far", "a.py has 5 lines"),
        ("empty.py:1 nothing", "empty.py has 0 lines"),
        ("c.py:1 no file", "there is no file 'c.py'"),
        ("a.py the whole file", "it names no line"),
        ("a.py::f", "it names no line"),
        ("", "it names no line"),
        ("../outer/a.py:1 outside", "outside"),
        ("/etc/passwd:1 root", "passwd"),
        (".env:1 secret", ".env"),
        ("blob.bin:1 bytes", "blob.bin"),
        (":1 no path", "there is no file ''"),
    ],
)
def test_what_is_not_there_is_left_out_and_said_why(
    working: WorkingDraft, told: str, why: str
) -> None:
    found = check_places(working, [told])
    assert found.places == ()
    [left_out] = found.left_out
    assert why in left_out
    text = found.text("", "")
    assert text.startswith("The scout named no place that is there.\nleft out, not there: ")


def test_a_file_that_the_draft_has_deleted_or_moved_is_no_place(working: WorkingDraft) -> None:
    content = working.content("a.py")
    changes = {"a.py": None, "moved.py": content}
    working.draft = Draft(working.draft.snapshot, changes)
    found = check_places(working, ["a.py:4 f was here", "moved.py:4 f is here"])
    assert [one.path for one in found.places] == ["moved.py"]
    assert "there is no file 'a.py'" in found.left_out[0]


def test_a_place_is_told_once_and_no_more_than_so_many(working: WorkingDraft) -> None:
    found = check_places(working, ["a.py:4 f", "a.py:4 again", *["a.py:1 x"] * MAX_PLACES])
    assert len(found.places) == 2
    assert found.left_out == ("2 more than may be named",)


def test_nothing_of_a_secret_is_told(working: WorkingDraft) -> None:
    found = check_places(working, ["key.py:1 holds it"])
    text = found.text(f"it is {TOKEN}", "")
    assert "key.py:1" in text
    assert TOKEN not in text


def test_what_has_no_room_is_counted_and_not_passed_over(working: WorkingDraft) -> None:
    lines = ("x" * 90 + "\n") * 30
    working.draft = working.draft.with_text("long.py", lines)
    told = [f"long.py:{number} {'because ' * 40}" for number in range(1, 21)]
    text = check_places(working, told).text("s " * 900, "u " * 900)
    assert len(text) <= MAX_LENGTH
    assert "20 places" in text
    assert "more places, left out for their length" in text
    assert "not checked" in text
