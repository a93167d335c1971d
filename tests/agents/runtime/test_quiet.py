"""A fault in a team of AutoGen's is the error that it was; no trace reaches the terminal."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
BUG = """
import asyncio, sys
from pathlib import Path
from agents.runtime.roles import RoleEdge, run_roles
from rooftree.telemetry.events import EventLog
from rooftree.telemetry.logs import configure_logging
from rooftree.paths import StateFolder

async def work():
    raise KeyError("a-secret-task")

async def end():
    return "ended"

async def main():
    configure_logging(StateFolder(Path(sys.argv[2])))
    try:
        await run_roles({"worker": work, "end": end}, [RoleEdge("worker", "done", "end")], task="t",
            most_turns=2, wall_seconds=30, events=EventLog(lambda _: None))
    except KeyError as error:
        print(f"the very error: {error}")

asyncio.run(main())
"""

ENDLESS = """
import asyncio, sys
from agents.runtime.roles import RoleEdge, run_roles
from rooftree.errors import WallClockError
from rooftree.telemetry.events import EventLog

async def work():
    try:
        await asyncio.sleep(600)
    finally:
        print("cleaned up", flush=True)

async def end():
    return "ended"

async def run(wall_seconds):
    await run_roles({"worker": work, "end": end}, [RoleEdge("worker", "done", "end")], task="t",
        most_turns=2, wall_seconds=wall_seconds, events=EventLog(lambda _: None))

async def main():
    try:
        await run(0.5)
    except WallClockError as error:
        print(error)
    running = asyncio.ensure_future(run(600))
    await asyncio.sleep(0.5)
    running.cancel()
    try:
        await running
    except asyncio.CancelledError:
        print("cancelled")

asyncio.run(main())
"""


def ran(program: str, tmp_path: Path, url: str = "") -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program, url, str(tmp_path / "state")],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_bug_in_a_step_is_raised_as_it_is_and_not_as_text(tmp_path: Path) -> None:
    done = ran(BUG, tmp_path)
    assert (done.stdout, done.stderr) == ("the very error: 'a-secret-task'\n", "")


def test_a_team_that_is_ended_says_so_in_a_sentence_where_no_log_is_set_up(tmp_path: Path) -> None:
    """What its role was waiting for has ended by then, whether time or a person ended it."""
    done = ran(ENDLESS, tmp_path)
    told = "the team took longer than 0.5 s; give it more time or a smaller task"
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["cleaned up", told, "cleaned up", "cancelled"]
