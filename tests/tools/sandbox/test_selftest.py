"""An executor is proved before it is used; one that contains less is found out and refused."""

import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from rooftree.config import SandboxSection
from rooftree.errors import SandboxUnavailableError
from tests.support import until
from tools.sandbox import executor_choice
from tools.sandbox.engines import bubblewrap
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.executor_choice import choose, limits_of
from tools.sandbox.process import toolchains
from tools.sandbox.process.execution import Command, Execution
from tools.sandbox.selftest.selftest import OUTLIVE, STOPPED, SURVIVOR, self_test


@dataclass(frozen=True)
class Uncontained:
    """Runs commands as they are: what no executor may do. It exists in this test only."""

    name: str = "uncontained"
    version: str = "0"
    shares_host: bool = True

    async def run(self, command: Command) -> Execution:
        # A file and no pipe: the daemon that the probe leaves behind would keep a pipe open.
        with tempfile.TemporaryFile("w+") as said:
            try:
                done = subprocess.run(  # noqa: ASYNC221 - a test, alone in its loop
                    command.argv, cwd=command.workspace, stdout=said, timeout=2, check=False
                )
            except subprocess.TimeoutExpired:
                return Execution(0, "", 0.0)
            said.seek(0)
            return Execution(done.returncode, said.read(), 0.0)


async def test_bubblewrap_contains_every_probe() -> None:
    test = await self_test(find_bubblewrap())
    assert test.passed, test.escapes
    assert len(test.probes) == 15
    assert test.as_json()["passed"] is True


async def test_an_executor_that_contains_nothing_is_found_out() -> None:
    test = await self_test(Uncontained())
    assert not test.passed
    escaped = {probe.name for probe in test.escapes}
    expected = {"write outside", "read outside", "connect to the host", "connect to a socket"}
    assert expected | {"read environments", "see processes", STOPPED, OUTLIVE} <= escaped
    assert {"take watchers", "start asynchronous I/O"} <= escaped
    await until(lambda: not _survivors())  # what got out ends all the same


def _survivors() -> set[str]:
    """Return processes of self-tests that nobody ended and that nothing contains, by their numbers.

    The self-tests of other tests, beside this one, have theirs in namespaces of their own.
    """
    found = set()
    ours = Path("/proc/self/ns/pid").readlink()
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            program = (place / "cmdline").read_bytes()
            if SURVIVOR.encode() in program and (place / "ns" / "pid").readlink() == ours:
                found.add(place.name)
    return found


@dataclass(frozen=True)
class Mute(Uncontained):
    async def run(self, command: Command) -> Execution:
        return Execution(0, "all is well", 0.0)


async def test_an_executor_that_says_nothing_is_refused() -> None:
    with pytest.raises(SandboxUnavailableError, match="cannot run a program"):
        await self_test(Mute())


async def test_without_bubblewrap_nothing_is_executed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "PLACES", ("/nowhere/bwrap",))
    with pytest.raises(SandboxUnavailableError, match=r"nothing is executed.*apt install"):
        await choose(SandboxSection())


async def test_what_contains_less_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executor_choice, "find", lambda *_: Uncontained())
    with pytest.raises(SandboxUnavailableError, match="does not contain everything"):
        await choose(SandboxSection())


async def test_execution_can_be_switched_off() -> None:
    with pytest.raises(SandboxUnavailableError, match="switched off"):
        await choose(SandboxSection(backend="none"))


def test_the_limits_are_the_configured_ones() -> None:
    limits = limits_of(SandboxSection(seconds=7, memory_mib=64, written_mib=3, processes=9))
    assert (limits.seconds, limits.memory_bytes, limits.processes) == (7, 64 << 20, 9)
    assert limits.written_bytes == 3 << 20


def test_a_virtual_environment_shows_itself_and_its_python(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    shown = toolchains.of_environment(tmp_path / "venv")
    assert {tmp_path / "venv" / name for name in ("pyvenv.cfg", "bin", "lib")} <= set(shown)
    assert tmp_path / "venv" not in shown
    base = Path(os.path.realpath(sys.base_prefix))
    assert base / "lib" in shown or base.is_relative_to("/usr")


def test_a_repository_cannot_have_a_home_shown(tmp_path: Path) -> None:
    """A pyvenv.cfg of a repository may name any folder; only a Python is believed."""
    from rooftree.errors import UsageError

    for home in (str(Path.home() / "bin"), "/etc/x", "relative", "/", "/home/bin"):
        (tmp_path / "pyvenv.cfg").write_text(f"home = {home}\n")
        with pytest.raises(UsageError):
            toolchains.of_environment(tmp_path)
    own = tmp_path / "home"
    (own / "lib" / "python3.11").mkdir(parents=True)
    (own / "lib" / "python3.11" / "os.py").touch()
    assert toolchains.is_python(own)
    assert not toolchains.is_python(Path("/"))
