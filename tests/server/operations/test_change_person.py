"""The person at the terminal: asked before something happens, and free to leave at any moment."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.cli.work.terminal_approver import wish_in
from tests.server.change_terminal import Terminal
from tests.server.changing import BUGGY, FIXED, SHOP, TASK, coder
from tests.server.commands import SECONDS, Commands
from tests.support import git_repository
from tests.support.scripted_model import ScriptedServer


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    with ScriptedServer(coder) as model:
        (tmp_path / "home").mkdir()
        settings = {"ROOFTREE_MODEL_ENDPOINT": model.base_url, "ROOFTREE_MODEL_NAME": "scripted"}
        yield Commands(tmp_path / "home", settings)


def asking(commands: Commands, repo: Path) -> Terminal:
    return Terminal(commands, "change", TASK, "--repo", str(repo))


def test_plan_command_and_diff_are_asked_for_one_by_one(commands: Commands, tmp_path: Path) -> None:
    repo = git_repository(tmp_path, SHOP)
    terminal = asking(commands, repo)
    for word in ("fix", "run the project's tests", "apply 1 files"):
        assert word in terminal.asked()
        terminal.type("y\n")
    code, out = terminal.end()
    assert code == 0
    assert "\nverified: 1 tests that failed pass now" in out
    assert (repo / "shop" / "cart.py").read_text() == FIXED


def test_all_answers_may_be_typed_at_once(commands: Commands, tmp_path: Path) -> None:
    repo = git_repository(tmp_path, SHOP)
    terminal = asking(commands, repo)
    terminal.type("y\ny\nn\n")
    code, out = terminal.end()
    assert code == 0
    assert "not applied: refused" in out
    assert (repo / "shop" / "cart.py").read_text() == BUGGY


def test_ctrl_c_at_a_question_needs_no_enter(commands: Commands, tmp_path: Path) -> None:
    repo = git_repository(tmp_path, SHOP)
    terminal = asking(commands, repo)
    terminal.asked()
    os.killpg(terminal.process.pid, signal.SIGINT)
    ended = time.monotonic() + SECONDS / 4  # without a fault it takes a moment, with one for ever
    while terminal.process.poll() is None and time.monotonic() < ended:
        time.sleep(0.05)
    assert terminal.process.poll() == 130
    assert (repo / "shop" / "cart.py").read_text() == BUGGY
    terminal.end()


def test_a_reason_is_asked_for_with_the_diff_and_told_with_the_outcome(
    commands: Commands, tmp_path: Path
) -> None:
    """This coder finds one repair alone, and has no other to offer."""
    repo = git_repository(tmp_path, SHOP)
    terminal = asking(commands, repo)
    for _ in range(2):
        terminal.asked()
        terminal.type("y\n")
    assert "n, because" in terminal.asked()
    terminal.type("N, because it is ugly\n")
    code, out = terminal.end()
    assert code == 0
    assert "not applied: refused: it is ugly; the coder came to no other change" in out
    assert (repo / "shop" / "cart.py").read_text() == BUGGY


@pytest.mark.parametrize(
    ("answer", "wish"),
    [
        ("n, because it is ugly", "it is ugly"),
        ("No, use a set.", "use a set"),
        ("n,because: name it total", "name it total"),
        ("n", ""),
        ("no", ""),
        ("n, because", ""),
        ("never mind, go", ""),
        ("yes, because it is right", ""),
        ("", ""),
    ],
)
def test_what_follows_a_no_is_what_is_wanted_instead(answer: str, wish: str) -> None:
    assert wish_in(answer) == wish
