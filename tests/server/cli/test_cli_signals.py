"""Ctrl-C and SIGTERM: one line, no trace, the exit code that shells expect, and runs that go on."""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.server.changing import SHOP, coder, environment
from tests.server.commands import SECONDS, Commands
from tests.server.reviewing import BROKEN, proposed
from tests.support import git_repository
from tests.support.scripted_model import Hang, Reply, ScriptedServer, Wire

ENDS = {"SIGINT": (130, "interrupted"), "SIGTERM": (143, "terminated")}
ASKING = {
    "ask": ("ask", "how is the total of prices added up"),
    "change": ("change", "mend the total of prices"),
    "review": ("review", "--base", "main", "--no-tests"),
}


class Silent:
    """A model that is asked and says nothing."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def __call__(self, _: Mapping[str, Any]) -> Reply:
        self.asked.set()
        return Wire((Hang(),))


@pytest.fixture
def silent() -> Silent:
    return Silent()


@pytest.fixture
def commands(tmp_path: Path, silent: Silent) -> Iterator[Commands]:
    with ScriptedServer(silent) as server:
        yield Commands(tmp_path, environment(tmp_path, server))


def ended(process: "subprocess.Popen[bytes]", name: str) -> tuple[int, str]:
    """Send a signal: Ctrl-C reaches the whole group, a supervisor's only the process it started."""
    if name == "SIGINT":
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.terminate()
    _, err = process.communicate(timeout=SECONDS)
    return process.returncode, err.decode()


def assert_told(done: tuple[int, str], name: str) -> None:
    code, word = ENDS[name]
    assert done[0] == code, done[1]
    assert "Traceback" not in done[1]
    assert done[1].splitlines()[-1] == f"rooftree: {word}; what was finished is kept"
    assert done[1].count("rooftree: ") == 1


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("SIGINT", "change"),
        pytest.param("SIGTERM", "change", marks=pytest.mark.slow),
        pytest.param("SIGINT", "ask", marks=pytest.mark.slow),
        pytest.param("SIGTERM", "ask", marks=pytest.mark.slow),
        pytest.param("SIGINT", "review", marks=pytest.mark.slow),
        pytest.param("SIGTERM", "review", marks=pytest.mark.slow),
    ],
)
def test_a_command_that_waits_for_a_model_ends(
    tmp_path: Path, commands: Commands, silent: Silent, name: str, command: str
) -> None:
    repo = (
        proposed(tmp_path, {"shop/cart.py": BROKEN})
        if command == "review"
        else git_repository(tmp_path, SHOP)
    )
    process = commands.start(*ASKING[command], "--repo", repo)
    assert silent.asked.wait(SECONDS)
    assert_told(ended(process, name), name)
    if command == "change":
        [run] = commands.run("runs", "list", "--json", "--repo", repo).json()
        assert (run["status"], run["summary"]) == ("cancelled", "cancelled; `--resume` goes on")
        with ScriptedServer(coder) as model:
            again = Commands(tmp_path, environment(tmp_path, model))
            done = again.run("change", "--resume", "last", "--json", "--repo", repo)
        assert json.loads(done.out)["run"] == run["id"]


@pytest.mark.parametrize("name", ["SIGTERM", pytest.param("SIGINT", marks=pytest.mark.slow)])
def test_an_index_that_is_kept_fresh_ends(tmp_path: Path, commands: Commands, name: str) -> None:
    repo = git_repository(tmp_path, SHOP)
    process = commands.start("index", repo, "--watch")
    assert process.stdout is not None
    assert process.stdout.readline()
    assert_told(ended(process, name), name)
    assert commands.run("search", "total", "--repo", repo).code == 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ENDS)
def test_a_server_ends_as_it_was_asked_to(tmp_path: Path, commands: Commands, name: str) -> None:
    repo = git_repository(tmp_path, SHOP)
    process = commands.start("serve", "--port", "0", "--repo", repo)
    assert process.stdout is not None
    while not process.stdout.readline().startswith(b"serving "):
        assert process.poll() is None
    code, err = ended(process, name)
    assert (code, err) == (0, "")
