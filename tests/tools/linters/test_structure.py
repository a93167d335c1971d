"""What the text and its syntax tell, of any language, and only of what is new."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from rooftree.git.commands import open_worktree
from tests.support import commit_all, git_repository, write_files
from tools.diffs.proposal import between
from tools.linters.structure import structure_remarks

SECRET = "AKIA" + "QWERTYUIOPASDFGH"  # made up, and apart so that no scanner takes it for one


def said(
    tmp_path: Path, before: Mapping[str, str | bytes], after: Mapping[str, str]
) -> set[tuple[str, str, int]]:
    folder = git_repository(tmp_path, before)
    write_files(folder, after)
    commit_all(folder)
    (tmp_path / "blobs").mkdir()
    proposal = between(open_worktree(folder), "HEAD~1", "HEAD", tmp_path / "blobs")
    return {(one.code, one.path, one.line) for one in structure_remarks(proposal)}


@pytest.mark.parametrize(
    ("path", "before", "after", "code", "line"),
    [
        ("a.go", "package a\n", "package a\nfunc (\n", "syntax", 2),
        ("a.py", "a = 1\n", "a = 1\n<<<<<<< HEAD\n", "conflict", 2),
        ("a.py", "a = 1\n", "a = 1\nbreakpoint()\n", "debugger", 2),
        ("a.js", "f()\n", "f()\n  debugger;\n", "debugger", 2),
        ("a.py", "a = 1\n", "a = 1\nb = '\u202e'\n", "hidden-text", 2),
        ("a.py", "a = 1\n", "a = 1\n# b\rc = 3\n", "hidden-text", 2),
        ("a.js", "a = 1\n", "a = 1\n// b\u2028c = 3\n", "hidden-text", 2),
        ("a.md", "a = 1\n", "a = 1\nb\ufe01\U0001d173\n", "hidden-text", 2),
        ("a.py", "a = 1\n", f"a = 1\nb = 2{' ' * 400}; c()\n", "hidden-text", 2),
        ("a.py", "copy = 1\n", "copy = 1\nсору = 2\n", "look-alike", 2),
        ("a.go", "package a\n", "package a\nfunc isАdmin() {}\n", "look-alike", 2),
        ("a.py", "a = 1\n", f"a = 1\nkey = '{SECRET}'\n", "secret", 2),
        ("a.py", "def f():\n    pass\n\n\nf()\n", "f()\n", "gone", 1),
    ],
)
def test_what_a_change_brings_is_said(
    tmp_path: Path, path: str, before: str, after: str, code: str, line: int
) -> None:
    assert (code, path, line) in said(tmp_path, {path: before}, {path: after})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("breakpoint()\nx = '\u202e'\n", "breakpoint()\nx = '\u202e'\ny = 1\n"),
        ("def f():\n    pass\n\n\nf()\n", "from other import f\n\nf()\n"),
        ("def f():\n    pass\n\n\nf()\n", "def g():\n    pass\n\n\ng()\n"),
        ("def f():\n    pass\n\n\nf()\n", "f = print\nf()\n"),
        ("def f(:\n", "def f(:\n\n\nx = 1\n"),
    ],
    ids=["old", "imported", "renamed", "assigned", "broken before"],
)
def test_what_was_so_before_or_is_well_is_not_said(tmp_path: Path, before: str, after: str) -> None:
    assert said(tmp_path, {"a.py": before}, {"a.py": after}) == set()


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("README.md", "# Shop\n", "# Shop\n\n⚠️ Careful: 1️⃣ 👩🏽‍💻 🏴󠁧󠁢󠁳󠁣󠁴󠁿 and فایل‌ها, क्‍ष\n"),
        ("README.md", "# Shop\n", "# Shop\n\npаypal, сору\n"),
        ("a.py", "copy = 1\n", "copy = 1\n# сору, pаypal\nb = 'pаypal'\n"),
        ("a.py", "a = 1\n", "a = 1\nΔt = 2\nμs = 3\nописание = 4\n日本語のname = 5\n"),
        ("a.py", "a = 1\r\n", "a = 1\r\nb = 2\r\n"),
        ("a.c", "int a;\n", "int a;\n\f\nint b;\n"),
        ("table.md", "# T\n", f"# T\n\n| a{' ' * 200}| b |\n"),
    ],
    ids=["emoji", "prose", "strings", "letters", "windows", "page", "table"],
)
def test_ordinary_text_and_names_hide_nothing(
    tmp_path: Path, path: str, before: str, after: str
) -> None:
    assert said(tmp_path, {path: before}, {path: after}) == set()


def test_a_definition_that_moved_to_another_changed_file_is_not_missed(tmp_path: Path) -> None:
    before = {"a.py": "def f():\n    pass\n\n\nf()\n", "b.py": "x = 1\n"}
    after = {"a.py": "from b import f\n\n\nf()\n", "b.py": "def f():\n    pass\n"}
    assert said(tmp_path, before, after) == set()
