"""The person at the terminal: asked before something happens, and free to leave at any moment."""

import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.scripted import ScriptedServer
from tests.server.changing import BUGGY, FIXED, SHOP, TASK, coder
from tests.server.commands import PROGRAM, SECONDS, Commands
from tests.support import git_repository


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    with ScriptedServer(coder) as model:
        (tmp_path / "home").mkdir()
        settings = {"ROOFTREE_MODEL_ENDPOINT": model.base_url, "ROOFTREE_MODEL_NAME": "scripted"}
        yield Commands(tmp_path / "home", settings)


class Terminal:
    """A change that is asked for at a terminal, where somebody may type."""

    def __init__(self, commands: Commands, repo: Path) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [*PROGRAM, "change", TASK, "--repo", str(repo)],
            env=commands.environment(),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        os.close(theirs)

    def asked(self) -> str:
        """Wait for the next question."""
        assert self.process.stderr is not None
        said = b""
        while b"?" not in said:
            block = os.read(self.process.stderr.fileno(), 4096)
            assert block, said.decode()
            said += block
        return said.decode()

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def end(self) -> tuple[int, str]:
        out, _ = self.process.communicate(timeout=SECONDS)
        os.close(self._ours)
        return self.process.returncode, out.decode()


def test_plan_command_and_diff_are_asked_for_one_by_one(commands: Commands, tmp_path: Path) -> None:
    repo = git_repository(tmp_path, SHOP)
    terminal = Terminal(commands, repo)
    for word in ("fix", "run the project's tests", "apply 1 files"):
        assert word in terminal.asked()
        terminal.type("y\n")
    code, out = terminal.end()
    assert code == 0
    assert "\nverified: 1 tests that failed pass now" in out
    assert (repo / "shop" / "cart.py").read_text() == FIXED


def test_all_answers_may_be_typed_at_once(commands: Commands, tmp_path: Path) -> None:
    repo = git_repository(tmp_path, SHOP)
    terminal = Terminal(commands, repo)
    terminal.type("y\ny\nn\n")
    code, out = terminal.end()
    assert code == 0
    assert "not applied: refused" in out
    assert (repo / "shop" / "cart.py").read_text() == BUGGY


def test_ctrl_c_at_a_question_needs_no_enter(commands: Commands, tmp_path: Path) -> None:
    repo = git_repository(tmp_path, SHOP)
    terminal = Terminal(commands, repo)
    terminal.asked()
    os.killpg(terminal.process.pid, signal.SIGINT)
    ended = time.monotonic() + SECONDS / 4  # without a fault it takes a moment, with one for ever
    while terminal.process.poll() is None and time.monotonic() < ended:
        time.sleep(0.05)
    assert terminal.process.poll() == 130
    assert (repo / "shop" / "cart.py").read_text() == BUGGY
    terminal.end()
