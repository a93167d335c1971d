"""An edit changes the bytes of its own lines alone: all others keep encoding and line ends.

Each way to say an edit, on each kind of file, down to the tree and back by undo.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from rooftree.errors import ToolRefusedError, ToolRetryError
from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.drafts.apply import apply, undo
from tools.drafts.approval_view import view_of
from tools.drafts.draft import Draft, load_draft, save_draft
from tools.drafts.snapshot import take_snapshot
from tools.edits.answer_parser import apply_answer
from tools.edits.whole_definitions import definition
from tools.model_tools.edit import ChangeFileArguments, EditArguments, EditTools
from tools.model_tools.working_draft import WorkingDraft

OLD, NEW = "    return 1  # here", "    return 2  # here"
LINES = [
    "# {e}",
    "def first():",
    "    return 0",
    "",
    "def second():",
    OLD,
    "",
    "X = '{e}'",
    "Y = 3",
]


def made(ends: str, letter: bytes = b"e", mark: bytes = b"") -> bytes:
    """Return a file whose lines end as told: n, r (CR LF) or . (no end), one letter a line."""
    data = mark
    for line, end in zip(LINES, ends, strict=True):
        data += line.encode().replace(b"{e}", letter)
        data += {"n": b"\n", "r": b"\r\n", ".": b""}[end]
    return data


FILES = {
    "lf": made("nnnnnnnnn"),
    "crlf": made("rrrrrrrrr"),
    "mixed": made("nrnrrnrnr"),
    "mixed, the line by CR LF": made("nrnrnrnnn"),
    "no end": made("nnnnnnnn."),
    "crlf, no end": made("rrrrrrrr."),
    "mark": made("nnnnnnnnn", mark=b"\xef\xbb\xbf"),
    "mark, crlf": made("rrrrrrrrr", mark=b"\xef\xbb\xbf"),
    "latin-1": made("nnnnnnnnn", b"\xe9"),
    "cp1252": made("nrnrrnrn.", b"\x80\x93\xe9"),
    "no cp1252": made("rrrrrrrrr", b"\x81\xe9\x9d"),
    "declared": made("nnnnnnnnn", b"-*- coding: iso-8859-15 -*- \xa4"),
    "a return in a line": made("nnnnnnnnn", b"e\re"),
}


def as_unit(draft: Draft) -> Draft:
    return _answered(draft, "unit", f"```python\ndef second():\n{NEW}\n```")


def as_blocks(draft: Draft) -> Draft:
    blocks = f"<<<<<<< SEARCH\n{OLD}\n=======\n{NEW}\n>>>>>>> REPLACE"
    return _answered(draft, "replace", blocks)


def as_loose_blocks(draft: Draft) -> Draft:
    """The lines are found without regard to their indentation."""
    blocks = f"<<<<<<< SEARCH\n{OLD.strip()}\n=======\n{NEW.strip()}\n>>>>>>> REPLACE"
    return _answered(draft, "replace", blocks)


def as_diff(draft: Draft) -> Draft:
    return _answered(draft, "diff", f"```diff\n@@ -1 +1 @@\n def second():\n-{OLD}\n+{NEW}\n```")


def _answered(draft: Draft, form: str, answer: str) -> Draft:
    text = draft.text("a.py")
    symbol = definition("a.py", text, "second")
    return draft.with_text("a.py", apply_answer(form, "a.py", text, symbol, answer))  # type: ignore[arg-type]  # one of the three


def as_whole_file(draft: Draft) -> Draft:
    """A model writes line feeds alone, whatever it was shown."""
    text = draft.text("a.py").replace("\r\n", "\n")
    return draft.with_text("a.py", text.replace(OLD, NEW))


WAYS = (as_unit, as_blocks, as_loose_blocks, as_diff, as_whole_file)
TOOLS: dict[str, Callable[[EditTools], Awaitable[str]]] = {
    "lines": lambda tools: tools.edit(EditArguments(path="a.py", old=OLD, new=NEW)),
    "part of a line": lambda tools: tools.edit(
        EditArguments(path="a.py", old="return 1 ", new="return 2 ")
    ),
    "lines by CR LF": lambda tools: tools.edit(
        EditArguments(
            path="a.py", old=f"def second():\r\n{OLD}\r\n", new=f"def second():\r\n{NEW}\r\n"
        )
    ),
    "another indentation": lambda tools: tools.edit(
        EditArguments(path="a.py", old=OLD.strip(), new=NEW.strip())
    ),
    "the whole file": lambda tools: tools.change_file(
        ChangeFileArguments(
            path="a.py",
            action="overwrite",
            text=tools.working.draft.text("a.py").replace("\r\n", "\n").replace(OLD, NEW),
        )
    ),
}


def draft_of(tmp_path: Path, data: bytes) -> Draft:
    (tmp_path / "run" / "blobs").mkdir(parents=True)
    repository = git_repository(tmp_path, {"a.py": data})
    return Draft(take_snapshot(open_worktree(repository), tmp_path / "run" / "blobs"))


def applied_and_undone(draft: Draft, tmp_path: Path, before: bytes) -> bytes:
    """Return what applying makes of the file, having seen that undoing brings back its bytes."""
    view = view_of(draft)
    assert (view.refused, view.added, view.removed) == ("", 1, 1)
    save_draft(draft, tmp_path / "run")
    kept = load_draft(draft.snapshot, tmp_path / "run")
    journal = apply(kept, view.digest, tmp_path / "run")
    path = draft.snapshot.root / "a.py"
    after = path.read_bytes()
    undo(draft.snapshot, journal, tmp_path / "run")
    assert path.read_bytes() == before
    return after


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", FILES)
def test_an_edit_changes_its_line_and_no_other_byte(
    tmp_path: Path, kind: str, way: Callable[[Draft], Draft]
) -> None:
    before = FILES[kind]
    after = applied_and_undone(way(draft_of(tmp_path, before)), tmp_path, before)
    assert after == before.replace(b"return 1 ", b"return 2 ")


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("kind", ["mixed", "mark, crlf", "cp1252", "lf"])
async def test_a_tool_changes_its_line_and_no_other_byte(
    tmp_path: Path, kind: str, tool: str
) -> None:
    before = FILES[kind]
    tools = EditTools(WorkingDraft(draft_of(tmp_path, before)), read_first=False)
    await TOOLS[tool](tools)
    after = applied_and_undone(tools.working.draft, tmp_path, before)
    assert after == before.replace(b"return 1 ", b"return 2 ")


@pytest.mark.parametrize(
    ("kind", "added"), [("crlf", b"\r\n"), ("mixed", b"\n"), ("cp1252", b"\n"), ("lf", b"\n")]
)
def test_a_new_line_ends_as_the_line_that_it_follows(
    tmp_path: Path, kind: str, added: bytes
) -> None:
    before = FILES[kind]
    draft = draft_of(tmp_path, before)
    text = draft.text("a.py").replace("\r\n", "\n").replace(OLD, f"{OLD}\n    more()")
    expected = before.replace(b"# here", b"# here" + added + b"    more()")
    assert draft.with_text("a.py", text).content("a.py") == expected


def test_a_line_after_one_without_an_end_gives_it_one(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, b"a = 1\r\nb = 2")
    assert draft.with_text("a.py", "a = 1\nb = 2\nc = 3").content("a.py") == (
        b"a = 1\r\nb = 2\r\nc = 3"
    )


def test_the_first_line_keeps_the_mark_before_it(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, b"\xef\xbb\xbfimport os\nx = 1\n")
    changed = draft.with_text("a.py", "import sys\nx = 1\n")
    assert changed.content("a.py") == b"\xef\xbb\xbfimport sys\nx = 1\n"


def test_lines_that_end_by_a_return_alone_are_not_lost(tmp_path: Path) -> None:
    """To us they are one line: whatever replaces it would replace all of them."""
    draft = draft_of(tmp_path, b"def first():\r    return 1\rdef second():\r    return 2\r")
    with pytest.raises(ToolRetryError, match="drops a carriage return"):
        draft.with_text("a.py", "def first():\n    return 3\n")


def test_no_letter_comes_into_an_encoding_that_is_a_guess(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, b"x = 'caf\xe9'\n")
    with pytest.raises(ToolRetryError, match="does not say what it is"):
        draft.with_text("a.py", "x = 'th\u00e8'\n")
    assert draft.with_text("a.py", "x = 'pr\u00e9'\n").content("a.py") == b"x = 'pr\xe9'\n"
    declared = draft_of(tmp_path / "2", b"# coding: latin-1\nx = 'caf\xe9'\n")
    changed = declared.with_text("a.py", "# coding: latin-1\nx = 'th\u00e8'\n")
    assert changed.content("a.py") == b"# coding: latin-1\nx = 'th\xe8'\n"
    with pytest.raises(ToolRetryError, match="cannot be written as iso8859-1"):
        declared.with_text("a.py", "# coding: latin-1\nx = '\u20ac'\n")


def test_who_approves_is_told_of_the_encoding_and_that_it_is_a_guess(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, b"x = 'caf\xe9'\ny = 1\n")
    view = view_of(draft.with_text("a.py", "x = 'caf\u00e9'\ny = 2\n"))
    assert [str(one) for one in view.warnings] == [
        "a.py is not UTF-8: it is shown and kept as cp1252, which is a guess"
    ]
    assert " x = 'caf\u00e9'\n" in view.view


def test_bytes_that_would_look_like_utf_8_are_read_as_the_file_was(tmp_path: Path) -> None:
    """What is left may be UTF-8 by chance; two encodings in one diff would hide what changed."""
    draft = draft_of(tmp_path, b"x = '\xc3\xa9'\ny = '\xff'\n")
    changed = draft.with_text("a.py", "x = '\u00c3\u00a9'\ny = ''\n")
    assert changed.content("a.py") == b"x = '\xc3\xa9'\ny = ''\n"
    view = view_of(changed)
    assert (view.added, view.removed) == (1, 1)
    assert " x = '\u00c3\u00a9'\n" in view.view


def test_what_is_no_text_is_refused_with_the_reason(tmp_path: Path) -> None:
    draft = draft_of(tmp_path, "x = 1\n".encode("utf-16"))
    with pytest.raises(ToolRefusedError, match="nothing in it is changed"):
        draft.with_text("a.py", "x = 2\n")
