"""What a contained command sees, how it ends, and that nothing is left of it."""

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from rooftree.errors import SandboxUnavailableError
from tests.support import until
from tools.sandbox.engines import bubblewrap
from tools.sandbox.engines.bubblewrap import Bubblewrap, find_bubblewrap
from tools.sandbox.process.execution import Command, Execution, ExecutionLimits

SMALL = ExecutionLimits(seconds=20, output_bytes=3000)


async def shell(workspace: Path, script: str, limits: ExecutionLimits = SMALL) -> Execution:
    return await find_bubblewrap().run(Command(("sh", "-c", script), workspace, limits=limits))


async def test_a_command_works_in_its_workspace(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("here")
    ended = await shell(tmp_path, "pwd; cat a; echo there > b; exit 3")
    assert (ended.output, ended.exit_code, ended.ended) == ("/workspace\nhere", 3, "exited")
    assert (tmp_path / "b").read_text() == "there\n"


async def test_a_read_only_workspace_stays_as_it_is(tmp_path: Path) -> None:
    command = Command(("sh", "-c", "touch a"), tmp_path, writable=False)
    ended = await find_bubblewrap().run(command)
    assert ended.exit_code == 1
    assert _names(tmp_path) == set()


async def test_the_environment_is_ours_and_nothing_of_the_users(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROOFTREE_MODEL_API_KEY", "made-up-key")
    command = Command(("sh", "-c", "env | sort; id -u"), tmp_path, environment={"EXTRA": "1"})
    said = (await find_bubblewrap().run(command)).output
    assert "made-up-key" not in said
    assert "EXTRA=1" in said
    assert said.splitlines()[-1] == "1000"


async def test_stderr_is_in_order_or_apart(tmp_path: Path) -> None:
    command = Command(("sh", "-c", "echo a; echo b >&2; echo c"), tmp_path)
    together = await find_bubblewrap().run(command)
    apart = await find_bubblewrap().run(replace(command, merged=False))
    assert together.output == "a\nb\nc\n"
    assert (apart.output, apart.errors) == ("a\nc\n", "b\n")


async def test_long_output_keeps_head_and_tail(tmp_path: Path) -> None:
    ended = await shell(tmp_path, "echo first; seq 20000; echo last")
    assert ended.output.startswith("first\n1\n2\n")
    assert ended.output.endswith("last\n")
    assert f"{ended.dropped_bytes} bytes left out" in ended.output
    assert len(ended.output) < SMALL.output_bytes + 100


async def test_bytes_that_are_no_text_are_shown_all_the_same(tmp_path: Path) -> None:
    ended = await shell(tmp_path, r"printf 'a\377b'")
    assert ended.output == "a\ufffdb"


async def test_the_time_limit_ends_everything(tmp_path: Path) -> None:
    script = (
        "(setsid sh -c 'while :; do echo x >> beat; sleep 0.02; done' &) ; trap '' TERM; sleep 60"
    )
    ended = await shell(tmp_path, script, replace(SMALL, seconds=2.0))
    assert (ended.exit_code, ended.ended) == (124, "timeout")
    assert "time limit" in ended.reason
    before = (tmp_path / "beat").stat().st_size
    await asyncio.sleep(0.2)
    assert (tmp_path / "beat").stat().st_size == before > 0


async def test_endless_output_is_ended(tmp_path: Path) -> None:
    ended = await shell(tmp_path, "yes")
    assert (ended.exit_code, ended.ended) == (137, "output")


async def test_memory_counts_for_all_processes_together(tmp_path: Path) -> None:
    limits = replace(SMALL, memory_bytes=100 << 20, address_bytes=0)
    one = "python3 -c 'a = bytearray(40 << 20); import time; time.sleep(30)'"
    ended = await shell(tmp_path, " & ".join([one] * 4) + " & wait", limits)
    assert (ended.exit_code, ended.ended) == (137, "memory")


async def test_disk_writes_count_for_all_files_together(tmp_path: Path) -> None:
    limits = replace(SMALL, written_bytes=20 << 20)
    script = "i=0; while :; do i=$((i+1)); dd if=/dev/zero of=f$i bs=1M count=4 conv=fsync; done"
    ended = await shell(tmp_path, script, limits)
    assert (ended.exit_code, ended.ended) == (137, "written")


async def test_cancelling_ends_the_command_first(tmp_path: Path) -> None:
    script = "while :; do echo x >> beat; sleep 0.02; done"
    task = asyncio.create_task(shell(tmp_path, script))
    await until((tmp_path / "beat").exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    before = (tmp_path / "beat").stat().st_size
    await asyncio.sleep(0.2)
    assert (tmp_path / "beat").stat().st_size == before


async def test_a_program_that_is_missing_is_an_exit_code_and_no_exception(tmp_path: Path) -> None:
    ended = await find_bubblewrap().run(Command(("no-such-program",), tmp_path))
    assert ended.exit_code != 0
    assert "no-such-program" in ended.output


async def test_twenty_at_once_leave_no_process_and_no_descriptor(tmp_path: Path) -> None:
    before = _names(Path("/proc/self/fd"))
    script = "echo $((6 * 7)); sleep 0.1"
    ended = await asyncio.gather(*(shell(tmp_path, script) for _ in range(20)))
    assert [one.output for one in ended] == ["42\n"] * 20
    assert len(_names(Path("/proc/self/fd")) - before) <= 2
    assert not _zombies()


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def _zombies() -> list[Path]:
    """Children of ours that nobody waited for."""
    time.sleep(0.1)
    return [place for place in Path("/proc").glob("[0-9]*/stat") if _is_our_zombie(place)]


def _is_our_zombie(stat: Path) -> bool:
    try:
        name, _, fields = stat.read_text().rpartition(")")
    except OSError:
        return False
    state, parent = fields.split()[:2]
    return "bwrap" in name and state == "Z" and int(parent) == os.getpid()


def test_a_program_that_others_can_write_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = tmp_path / "bwrap"
    theirs.write_text("#!/bin/sh\necho bubblewrap 0.11.0\n")
    theirs.chmod(0o777)
    monkeypatch.setattr(bubblewrap, "PLACES", (str(theirs),))
    with pytest.raises(SandboxUnavailableError, match="can be written by others"):
        find_bubblewrap()
    theirs.chmod(0o755)
    with pytest.raises(SandboxUnavailableError, match="lies in the workspace"):
        find_bubblewrap(tmp_path)


@pytest.mark.parametrize("said", ["bubblewrap 0.7.0", "what?", ""])
def test_an_old_or_a_mute_program_is_not_used(tmp_path: Path, said: str) -> None:
    old = tmp_path / "bwrap"
    old.write_text(f"#!/bin/sh\necho {said}\n")
    old.chmod(0o755)
    with pytest.raises(SandboxUnavailableError, match=r"0\.8 or newer"):
        _ = Bubblewrap(old).version


def test_without_a_program_the_error_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "PLACES", ("/nowhere/bwrap",))
    with pytest.raises(SandboxUnavailableError, match="apt install bubblewrap"):
        find_bubblewrap()
