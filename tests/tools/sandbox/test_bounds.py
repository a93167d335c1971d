"""A command starts when its share of the user's limits is bounded, and never where it is not."""

from pathlib import Path

import pytest

from rooftree.errors import SandboxUnavailableError
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process import namespace_bounds as bounds
from tools.sandbox.process.execution import Command, Execution, ExecutionLimits

WATCH = """
import ctypes, os
libc = ctypes.CDLL(None)
watchers = []
while len(watchers) < 40 and (one := libc.inotify_init1(0)) >= 0:
    watchers.append(one)
held = 0
for number in range(17000):
    place = f"/tmp/{number}"
    os.mkdir(place)
    held += libc.inotify_add_watch(watchers[0], place.encode(), 0x100) >= 0
print(len(watchers), held)
"""
SETTINGS = """
for name in ("net/ipv4/tcp_wmem", "net/ipv4/tcp_rmem", "kernel/shmall", "kernel/sem"):
    print(name, *open("/proc/sys/" + name).read().split())
"""


async def run(workspace: Path, script: str) -> Execution:
    command = Command(
        ("/usr/bin/python3", "-c", script), workspace, limits=ExecutionLimits(seconds=60)
    )
    return await find_bubblewrap().run(command)


async def test_watchers_and_watches_are_a_share_of_the_users(tmp_path: Path) -> None:
    ended = await run(tmp_path, WATCH)
    watchers, watches = map(int, ended.output.split())
    settings = bounds.bounds()
    assert watchers == int(settings["user/max_inotify_instances"]) <= 16
    assert watches == int(settings["user/max_inotify_watches"]) <= 16384


async def test_buffers_and_segments_of_its_namespaces_are_bounded(tmp_path: Path) -> None:
    said = (await run(tmp_path, SETTINGS)).output.splitlines()
    settings = bounds.bounds()
    for line in said:
        name, _, value = line.partition(" ")
        if name.startswith("net/"):  # System V's may be root's to set before Linux 5.19
            assert value == settings[name]


async def test_nothing_starts_where_a_bound_cannot_be_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program in the place of the one that sets them, which fails or is killed before."""
    for source in ("import sys; sys.exit('no right to')", "import os; os.kill(os.getpid(), 9)"):
        failing = tmp_path / "failing.py"
        failing.write_text(source)
        monkeypatch.setattr(bounds, "__file__", str(failing))
        with pytest.raises(SandboxUnavailableError, match=r"cannot be bounded.*/proc/sys"):
            await run(tmp_path, "open('started', 'w')")
        assert not (tmp_path / "started").exists()


async def test_what_bubblewrap_says_is_told_where_it_ends_by_itself(tmp_path: Path) -> None:
    command = Command(("true",), tmp_path, toolchains=(tmp_path / "missing",))
    ended = await find_bubblewrap().run(command)
    assert ended.exit_code != 0
    assert "missing" in ended.output
