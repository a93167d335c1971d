"""Prompts, drafts, reviews and the terminal go by one list of what nobody sees, and no other is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from prompts.library import neutralise
from rooftree.errors import ToolRetryError
from rooftree.git.commands import open_worktree
from rooftree.text import visible
from server.cli.terminal.output import write
from tests.support import git_repository
from tools.diffs.hidden_characters import hidden_in
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot

ROOT = Path(__file__).parent.parent
ROOMS = ("rooftree", "prompts", "models", "indexing", "tools", "agents", "training", "server")
HIDDEN = [chr(code) for code in range(0x110000) if visible.invisible(f"a{chr(code)}b") == chr(code)]
BREAKS = ("\r", "\u2028", "\u2029")
_SPELT = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2}))")


def test_the_list_is_as_long_as_those_that_it_took_the_place_of() -> None:
    old = (
        "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    )
    old += "\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    old += "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
    assert set(re.findall(old, "".join(map(chr, range(0x110000))))) <= set(HIDDEN)


def on_the_terminal(text: str, capsys: pytest.CaptureFixture[str]) -> str:
    write(text)
    return capsys.readouterr().out


def test_all_four_go_by_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = git_repository(tmp_path, {"a.py": "a = 1\n"})
    (tmp_path / "blobs").mkdir()
    draft = Draft(take_snapshot(open_worktree(repo), tmp_path / "blobs"))
    for one in HIDDEN:
        text = f"a = 1\nb{one}c\n"
        assert neutralise(text) == (text if one in BREAKS else "a = 1\nbc\n")
        assert [found.line for found in hidden_in(text)] == [2]
        assert on_the_terminal(text, capsys) == f"a = 1\nb\\u{{{ord(one):X}}}c\n"
        with pytest.raises(ToolRetryError, match="which nobody sees"):
            draft.with_text("a.py", text)


def test_what_is_seen_passes_all_four(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repo = git_repository(tmp_path, {"a.py": "a = 1\n"})
    (tmp_path / "blobs").mkdir()
    draft = Draft(take_snapshot(open_worktree(repo), tmp_path / "blobs"))
    text = "# ⚠️ 👩🏽‍💻 1️⃣ فایل‌ها क्‍ष naïve 商店\r\n"
    assert neutralise(text) == text
    assert hidden_in(text) == ()
    assert on_the_terminal(text, capsys) == text
    assert draft.with_text("a.py", text).paths == ("a.py",)


def constants(path: Path) -> Iterator[tuple[int, object]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant):
            yield node.lineno, node.value


def listed(value: object) -> bool:
    """Say whether a constant holds, spells or numbers characters beyond ASCII that are hidden."""
    if isinstance(value, str):
        spelt = [chr(int("".join(found), 16)) for found in _SPELT.findall(value)]
        return any(one > "\x7f" and one in _ALL for one in (*value.strip("\ufeff"), *spelt))
    return type(value) is int and value in BIDIRECTIONAL


_ALL = frozenset(HIDDEN)
BIDIRECTIONAL = frozenset({0x202A, 0x202E, 0x2066, 0x2069, 0x206A})
"""Where a list that is written in numbers begins or ends; most others are sizes and counts, too."""


def test_no_other_module_has_a_list_of_its_own() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for room in ROOMS
        for path in sorted((ROOT / room).rglob("*.py"))
        if path.name != "visible.py"
        for line, value in constants(path)
        if listed(value)
    ]
    assert found == []


def test_the_look_for_other_lists_finds_them() -> None:
    assert all(map(listed, ["[\u202a-\u202e]", r"[\u200b]", r"\U000e0041", 0x202A]))
    assert not any(map(listed, ["\ufeff", "\0", r"\x00-\x20", 300, 0x200B, True, "é"]))
