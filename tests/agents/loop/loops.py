"""A loop before a real repository, whose model plays a script, and everything that it was sent."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from agents.loop.asking import LoopModel
from agents.loop.finish_gate import FinishGate
from agents.loop.loop import AgentLoop
from agents.loop.prompt_size import PromptSize
from agents.loop.result import LoopResult
from agents.loop.settings import LoopSettings, settings_of
from agents.loop.summarising import WorkSoFar
from agents.loop.toolset import Toolset
from agents.loop.transcript import Transcript
from agents.runs.budget import Budget, Spending
from agents.runs.recorded_model import RecordedModel
from agents.runs.step_log import StepLog
from models.client.counting import Calibration
from rooftree.git.commands import open_worktree
from rooftree.telemetry.events import Event, EventLog
from tests.models.connected import connected
from tests.server.changing import SHOP
from tests.support import git_repository
from tests.support.replies import Body, Call, Calls, Reply, Script
from tests.support.scripted_model import ScriptedServer
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.model_tools.toolbox import Toolbox
from tools.model_tools.working_draft import WorkingDraft
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

Files = Mapping[str, str | bytes]
Replies = Sequence[Script] | Callable[[Body], Reply]
TASK = "Make `total` add up the prices instead of taking them off."
READ = Calls((Call("read", {"path": "shop/cart.py"}),))
EDIT = Calls(
    (Call("edit", {"path": "shop/cart.py", "old": "result -= price", "new": "result += price"}),)
)
RUN = Calls((Call("run", {}),))
FINISH = Calls((Call("finish", {"summary": "total adds up", "unsure": ""}),))
ID = re.compile(r"[0-9A-Za-z]{9}")


def call(name: str, **arguments: Any) -> Calls:
    """Return an answer with one call."""
    return Calls((Call(name, arguments),))


@dataclass(slots=True)
class Stage:
    """One loop that is about to be played, and what is known of it then."""

    loop: AgentLoop
    working: WorkingDraft
    server: ScriptedServer
    events: list[Event] = field(default_factory=list)
    shell_asked: list[str] = field(default_factory=list)

    async def play(self) -> LoopResult:
        return await self.loop.run()

    @property
    def bodies(self) -> list[Body]:
        """The bodies of all requests for an answer, in order."""
        chats = (one for one in self.server.requests if one.path.endswith("/chat/completions"))
        return [one.body for one in chats]

    def results(self) -> list[str]:
        """What the tools have told the model, in order."""
        exchanges = self.loop.transcript.exchanges()
        return [one.text for turn in exchanges for one in turn.outcomes]

    def text(self, path: str) -> str:
        return self.working.draft.text(path)


@asynccontextmanager
async def staged(
    tmp_path: Path,
    replies: Replies,
    *,
    files: Files = SHOP,
    task: str = TASK,
    settings: LoopSettings | None = None,
    sandbox: bool = False,
    budget: Budget | None = None,
    shell: Callable[[str], bool] = lambda _: False,
    wall_seconds: float = 60.0,
    server: ScriptedServer | None = None,
) -> AsyncIterator[Stage]:
    """Yield a loop with the tools of a change."""
    settings = settings or settings_of("M", 32_000)
    (tmp_path / "blobs").mkdir()
    root = git_repository(tmp_path, files)
    snapshot = take_snapshot(open_worktree(root), tmp_path / "blobs")
    memo = StepLog(tmp_path / "steps.jsonl")
    events: list[Event] = []
    asked: list[str] = []

    async def may_run(_operation: object) -> bool:
        return True

    async def may_shell(command: str) -> bool:
        asked.append(command)
        return shell(command)

    workspace = Workspace.make(tmp_path / "copy", snapshot) if sandbox else None
    checks = None
    if workspace is not None:
        limits = ExecutionLimits(seconds=60)
        checks = Checks(find_bubblewrap(), workspace, detect(snapshot), limits, memo=memo)
    base = Draft(snapshot, {})
    working = WorkingDraft(base, settings.limits)
    toolbox = Toolbox(working, checks, None, memo, may_run, may_shell)
    with server or ScriptedServer(replies) as served:
        async with connected(served, total_seconds=10.0) as client:
            spending = Spending(budget or Budget(10_000, 100_000_000, 10_000.0))
            answers = RecordedModel(client, memo, spending)
            loop = _loop(answers, settings, toolbox, base, task, events, wall_seconds)
            try:
                yield Stage(loop, working, served, events, asked)
            finally:
                await toolbox.close()
                if workspace is not None:
                    workspace.remove()


def _loop(  # noqa: PLR0917 - what a stage is made of, once
    answers: RecordedModel,
    settings: LoopSettings,
    toolbox: Toolbox,
    base: Draft,
    task: str,
    events: list[Event],
    wall_seconds: float,
) -> AgentLoop:
    log = EventLog(events.append)
    tools = Toolset(toolbox.for_change(), answers.memo, log)
    model = LoopModel(answers, "scripted", settings, PromptSize(tools.as_api(), Calibration()))
    gate = FinishGate(toolbox.working, base, task, toolbox.can_run)
    transcript = Transcript("You change code with tools.", f"Task: {task}")
    return AgentLoop(
        model,
        tools,
        transcript,
        settings,
        gate,
        log,
        lambda: WorkSoFar(*toolbox.work_so_far()),
        wall_seconds,
        before_finish=toolbox.before_finish,
    )


def check_legal(body: Body) -> None:
    """Hold a request to what the strictest servers and templates ask for."""
    messages = body["messages"]
    assert [one["role"] for one in messages[:2]] == ["system", "user"]
    seen: set[str] = set()
    expected: list[str] = []
    for message in messages[2:]:
        if message["role"] == "tool":
            assert expected, "a result without a call"
            assert message["tool_call_id"] == expected.pop(0), "results stand in the calls' order"
            continue
        assert not expected, "a call without a result"
        if message["role"] == "assistant":
            for one in message.get("tool_calls", ()):
                assert ID.fullmatch(one["id"])
                assert one["id"] not in seen
                seen.add(one["id"])
                expected.append(one["id"])
                assert isinstance(json.loads(one["function"]["arguments"]), dict)
    assert not expected
    roles = [one["role"] for one in messages]
    pairs = list(pairwise(roles))
    assert ("user", "user") not in pairs
    assert ("tool", "user") not in pairs, "strict templates refuse a user right behind a tool"


def prefix_breaks(bodies: Sequence[Body]) -> Iterator[int]:
    """Yield the numbers of requests that do not begin with the one before."""
    for number, (before, after) in enumerate(pairwise(bodies), 1):
        size = len(before["messages"])
        same = after["messages"][:size] == before["messages"] and after.get("tools") == before.get(
            "tools"
        )
        if not same:
            yield number
