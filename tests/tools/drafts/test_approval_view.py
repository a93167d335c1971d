"""Who approves a change sees all that is applied, byte for byte, or the change is refused."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from rooftree.errors import ToolRefusedError
from rooftree.git.commands import open_worktree
from rooftree.text.visible import printable
from tests.support import git_repository
from tests.tools.drafts.material import BEGIN, BODY, END, TOKEN, files, from_view
from tools.drafts.apply import apply
from tools.drafts.approval_view import (
    ApprovalView,
    LineWarning,
    undisplayable_file,
    view_of,
    warning_sentences,
)
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot

Files = Mapping[str, bytes | None]


def draft_of(tmp_path: Path, before: Files, after: Files) -> Draft:
    """Return a change from some files to others, made past all checks of edits."""
    (tmp_path / "run" / "blobs").mkdir(parents=True)
    there = {path: data for path, data in before.items() if data is not None}
    repo = git_repository(tmp_path, {"README.md": "", **there})
    snapshot = take_snapshot(open_worktree(repo), tmp_path / "run" / "blobs")
    assert set(there) <= set(snapshot.files)
    changes = {path: data for path, data in after.items() if data != before.get(path)}
    return Draft(snapshot, changes)


def shown(tmp_path: Path, before: str | None, after: str | None) -> ApprovalView:
    """Return the view of a change of one file."""
    one, two = (None if text is None else text.encode() for text in (before, after))
    return view_of(draft_of(tmp_path, {"a.py": one}, {"a.py": two}))


def test_every_byte_of_a_draft_that_hides_what_it_can_is_seen(tmp_path: Path) -> None:
    """The view alone, with its escapes undone, makes the very files that would be applied."""
    before, after = files(changed=False), files(changed=True)
    draft = draft_of(tmp_path, before, after)
    view = view_of(draft)
    assert (view.refused, view.digest) == ("", draft.digest)
    assert view.added > 2000
    assert from_view(view.view, before) == draft.changes
    assert printable(view.view) == view.view


def test_what_cannot_be_decoded_is_refused_and_never_applied(tmp_path: Path) -> None:
    before: Files = {"a.py": b"a\n", "old.bin": b"\xff\xfe", "gone.bin": b"\xff\0"}
    cases: dict[str, Files] = {
        "a.py": {"a.py": b"caf\xe9\n"},
        "old.bin": {"old.bin": b"text\n"},
        "gone.bin": {"gone.bin": None},
        "new.bin": {"new.bin": b"\x80"},
    }
    draft = draft_of(tmp_path, before, {})
    for path, changes in cases.items():
        changed = Draft(draft.snapshot, {**changes, "b.py": b"fine\n"})
        view = view_of(changed)
        assert f"{path!r} is not UTF-8 text" in view.refused == undisplayable_file(changed)
        with pytest.raises(ToolRefusedError, match="change that file by hand"):
            apply(changed, changed.digest, tmp_path / "run")
        assert not (tmp_path / "shop" / "b.py").exists()


CODE = [f"steal({number})" for number in range(1200)]
BETWEEN = [f"# {BEGIN}", f"# {BODY}", *CODE, f"# {END}"]
assert len("\n".join(BETWEEN)) < 32_768


@pytest.mark.parametrize(
    ("before", "added"),
    [
        ([], BETWEEN),
        ([f"# {BEGIN}", f"# {BODY}", f"# {END}"], CODE),
        ([], [f"secret={'x1Y' * 120}"]),
        ([], [f"password = '{TOKEN}'; steal()", f'api_key="{"k9Z" * 20} + steal()"']),
        (["secret = ("], [f"'{TOKEN}'"]),
    ],
)
def test_no_redaction_reaches_what_is_added_or_removed(
    tmp_path: Path, before: list[str], added: list[str]
) -> None:
    """Neither one that is added with it, nor one that begins in a line that stays."""
    old = ["a = 1", *before, "b = 2"]
    new = [*old[: 1 + (len(before) + 1) // 2], *added, *old[1 + (len(before) + 1) // 2 :]]
    texts = ["\n".join(lines) + "\n" for lines in (old, new)]
    there = shown(tmp_path / "there", *texts)
    back = shown(tmp_path / "back", *reversed(texts))
    for view, mark in ((there, "+"), (back, "-")):
        lines = view.diff.split("\n")
        assert [line[1:] for line in lines[4:] if line[:1] == mark] == added
        assert view.view == view.diff


def test_unchanged_lines_lose_their_secrets_even_where_those_begin_above(tmp_path: Path) -> None:
    key = [BEGIN, *[BODY] * 9, END]
    lines = [*key, "a = 1", f"password = '{TOKEN}'", "b = 2"]
    view = shown(tmp_path, "\n".join(lines), "\n".join([*lines[:-3], "a = 2", *lines[-2:]]))
    assert "+a = 2" in view.view
    for text in (view.view, view.diff, *map(str, view.warnings)):
        assert BODY not in text
        assert TOKEN not in text
    assert " password = '«redacted:" in view.view


def test_added_secrets_are_a_warning_that_names_them_and_does_not_repeat_them(
    tmp_path: Path,
) -> None:
    old = f"a = 1\npassword = '{TOKEN}'\n{BEGIN}\n"
    new = f"b = 1\npassword = '{TOKEN}'\n{BEGIN}\n{BODY}\n{END}\nTOKEN = '{TOKEN}2'\nc = 1\n"
    view = shown(tmp_path, old, new)
    warned = [(one.line, one.what.rpartition("(")[2]) for one in view.warnings]
    assert warned == [(4, "private-key)"), (5, "private-key)"), (6, "github-token)")]
    assert all("looks like a secret" in one.what for one in view.warnings)
    assert TOKEN not in " ".join(map(str, view.warnings))
    assert view.refused == ""


def test_what_is_no_line_is_seen_too(tmp_path: Path) -> None:
    before: Files = {"gone.py": b"", "end.py": b"a\n", "same.py": b"x\n"}
    after: Files = {"gone.py": None, "end.py": b"a", "new.py": b"", "a\n\u202eb.py": b"x\n"}
    view = view_of(draft_of(tmp_path, before, {**before, **after}))
    for row in (
        "diff --git a/gone.py b/gone.py\ndeleted file mode 100644\n",
        "diff --git a/new.py b/new.py\nnew file mode 100644\n",
        "-a\n+a\n\\ No newline at end of file\n",
        '"b/a\\012\\342\\200\\256b.py"\nnew file mode 100644\n',
    ):
        assert row in view.view
    assert "same.py" not in view.view


def test_ends_of_lines_are_seen_where_they_are_not_all_alike(tmp_path: Path) -> None:
    mixed = shown(tmp_path / "mixed", "a\r\nb\r\n", "a\nc\r\n")
    assert "-a\\u{D}\n-b\\u{D}\n+a\n+c\\u{D}\n" in mixed.view
    alike = shown(tmp_path / "alike", "a\r\nb\r\n", "a\r\nc\r\n")
    assert "+c\r\n" in alike.view
    assert alike.warnings == ()
    new = shown(tmp_path / "new", None, "a\r\n")
    assert [one.what for one in new.warnings] == ["is new, and its lines end by CR LF"]


def test_what_would_not_be_seen_and_what_passes_for_a_redaction_are_warnings(
    tmp_path: Path,
) -> None:
    mark = "«redacted" + ":token:ab12»"
    view = shown(
        tmp_path, "", f"a\u202e = 1{' ' * 400}b\n# {mark}\nc = '\U0001f468\u200d\U0001f4bb'\n"
    )
    assert list(map(str, view.warnings)) == [
        "a.py:1 holds what would not be seen, shown as \\u{202E}, \\u{20*400}",
        "a.py:2 holds the mark of a redaction as its own text",
    ]


def test_a_name_that_is_not_what_it_looks_like_is_a_warning(tmp_path: Path) -> None:
    name = "p\u0430ssed"
    view = shown(tmp_path, "passed = 1\n", f"passed = 1\n{name} = 2\n# {name}\n")
    (warned,) = view.warnings
    assert str(warned).startswith(f"a.py:2 names `{name}` ")
    assert "U+0430" in warned.what


def test_many_warnings_are_told_in_part_and_counted(tmp_path: Path) -> None:
    lines = warning_sentences(
        [LineWarning("a\n.py", number, "is odd") for number in range(1, 31)], 2
    )
    assert lines == [
        "a\\u{A}.py:1 is odd",
        "a\\u{A}.py:2 is odd",
        "28 more lines are like these; --json tells all",
    ]


def test_the_first_rows_tell_how_many_changed_lines_they_hold(tmp_path: Path) -> None:
    view = shown(tmp_path, "a\nb\n", "a\nc\nd\n")
    rows = [view.first(count)[1] for count in range(len(view.rows) + 1)]
    assert rows == [0, 0, 0, 0, 0, 0, 1, 2, 3]
    assert (view.added, view.removed) == (2, 1)
