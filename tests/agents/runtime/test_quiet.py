"""A model's failure in a team of AutoGen's is one error of ours; no trace reaches the terminal."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.support.replies import Call, Calls, Failure, Reply, Text
from tests.support.scripted_model import ScriptedServer

ROOT = Path(__file__).resolve().parents[3]
WORK = """
import asyncio, sys
from pathlib import Path
from agents.runtime.worker import run_worker
from models.client.client import ModelClient
from models.wire.endpoint import Deadlines, Endpoint
from prompts.library import RenderedPrompt
from rooftree.errors import RooftreeError
from rooftree.telemetry.events import EventLog
from rooftree.telemetry.logs import configure_logging
from rooftree.paths import StateFolder

async def look() -> str:
    "Look."
    return "nothing"

async def main():
    configure_logging(StateFolder(Path(sys.argv[2])))
    client = ModelClient(Endpoint(sys.argv[1], "", embedded=False), Deadlines())
    messages = ({"role": "system", "content": "s"}, {"role": "user", "content": "a-secret-task"})
    try:
        await run_worker("worker", RenderedPrompt("p", "h", messages), answers=client, model="m",
            context_tokens=4096, answer_tokens=100, tools={"look": look}, most_turns=2,
            wall_seconds=30, events=EventLog(lambda _: None))
    except RooftreeError as error:
        print(error)
    await client.aclose()

asyncio.run(main())
"""
FAULT = (
    WORK.replace('return "nothing"', 'raise KeyError("a-secret-fault")')
    .replace("        await run_worker(", "        print(await run_worker(")
    .replace("events=EventLog(lambda _: None))", "events=EventLog(lambda _: None)))")
)
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


def test_one_failure_is_one_sentence_and_the_log_tells_where(tmp_path: Path) -> None:
    with ScriptedServer(lambda _: Failure(500, "boom")) as server:
        done = ran(WORK, tmp_path, server.base_url)
    assert done.stderr == ""
    [line] = done.stdout.splitlines()
    assert "cannot answer now (500: boom)" in line
    log = (tmp_path / "state" / "logs" / "rooftree.log").read_text()
    assert "autogen" in log
    assert "a-secret-task" not in log


def test_a_fault_of_a_tool_is_told_the_model_and_the_run_goes_on(tmp_path: Path) -> None:
    told: list[str] = []

    def answer(body: Mapping[str, Any]) -> Reply:
        last = body["messages"][-1]
        if last["role"] != "tool":
            return Calls((Call("look", {}),))
        told.append(last["content"])
        return Text("I go on without.")

    with ScriptedServer(answer) as server:
        done = ran(FAULT, tmp_path, server.base_url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "I go on without.\n", "")
    [one] = told
    assert one.startswith("Error: look failed by a fault of its own (KeyError)")
    assert "a-secret-fault" not in one
    [log] = (tmp_path / "state" / "logs").iterdir()
    assert "KeyError: 'a-secret-fault'" in log.read_text()
