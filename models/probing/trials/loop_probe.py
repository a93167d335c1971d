"""Six steps of an agent: a long prompt, eight tools, and at each step the tool that is right.

What is called wrongly is noted, and the conversation goes on as if it had been right: one bad step
does not spoil the measurement of the others.
"""

import json
import statistics
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from models.client.client import ChatRequest, Completion, ModelClient
from models.probing.judging import verdict
from models.probing.probe_session import ProbeSession, cut_while_thinking
from models.probing.trials.call_edits import assistant_turn
from models.probing.verdict import ProbeVerdict
from rooftree.data_files import Strict
from rooftree.errors import ContextOverflowError, ModelProtocolError

FILE = Path(__file__).with_name("loop.toml")
PROMPT_TOKENS = 12_000
STEP_TOKENS = 400
NEEDED_TOKENS = PROMPT_TOKENS + 3_000
"""The prompt and what six steps add to it; the room for thinking comes besides."""
FIRST_GUESS = 16.0
"""Tokens of a line of the prompt, before any have been counted."""


@dataclass(frozen=True, slots=True)
class LoopStep(Strict):
    """What is right at one step, and what is said of it."""

    tools: tuple[str, ...]
    holds: tuple[str, ...]
    result: str
    arguments: dict[str, Any]
    """Those of the call as it is made where the model made another."""

    def is_made_by(self, answer: Completion) -> bool:
        """Tell whether an answer is the one call that is right."""
        if len(answer.tool_calls) != 1 or answer.tool_calls[0].name not in self.tools:
            return False
        return all(text in answer.tool_calls[0].arguments for text in self.holds)

    def as_made(self, number: int) -> dict[str, Any]:
        """Return the step as a message of the assistant that made it rightly."""
        function = {"name": self.tools[0], "arguments": json.dumps(self.arguments)}
        call = {"id": f"step{number}call"[:9], "type": "function", "function": function}
        return {"role": "assistant", "content": "", "tool_calls": [call]}


@dataclass(frozen=True, slots=True)
class LoopMaterial(Strict):
    """All of it."""

    task: str
    closing: str
    steps: tuple[LoopStep, ...]
    tools: tuple[dict[str, Any], ...]


@dataclass(slots=True)
class LoopMeasurement:
    """What came of the steps."""

    verdicts: list[ProbeVerdict] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    skipped: str = ""
    """Why there are none."""

    @property
    def step_seconds(self) -> float:
        """The time of one step; the first, which reads the long prompt, is told by its speed."""
        later = self.seconds[1:] or self.seconds
        return round(statistics.median(later), 2) if later else 0.0


@cache
def loop_material() -> LoopMaterial:
    """Return the shipped material."""
    return TypeAdapter(LoopMaterial).validate_python(tomllib.loads(FILE.read_text("utf-8")))


async def measure_loop(session: ProbeSession, client: ModelClient, window: int) -> LoopMeasurement:
    """Make the six steps, where the window holds them."""
    needed = NEEDED_TOKENS + STEP_TOKENS + session.room
    if window < needed:
        return LoopMeasurement(skipped=f"a window of {window} tokens is less than {needed}")
    found = LoopMeasurement()
    messages: list[Mapping[str, Any]] = list(await _begun(session, client))
    for number, step in enumerate(loop_material().steps):
        started = time.monotonic()
        try:
            answer = await _asked(session, client, messages)
        except ContextOverflowError as error:
            return LoopMeasurement(skipped=str(error))
        found.seconds.append(time.monotonic() - started)
        right = answer is not None and step.is_made_by(answer)
        if answer is None or not cut_while_thinking(answer):
            found.verdicts.append(_judged(number, answer, right))
        turn = assistant_turn(answer) if answer is not None and right else step.as_made(number)
        identity = turn["tool_calls"][0]["id"]
        messages += [turn, {"role": "tool", "tool_call_id": identity, "content": step.result}]
    return found


async def _asked(
    session: ProbeSession, client: ModelClient, messages: Sequence[Mapping[str, Any]]
) -> Completion | None:
    """Return the next step; None where the server or the model did not give one."""
    request = loop_request(session, messages)
    try:
        return await session.turns.run(lambda: client.chat(request))
    except ModelProtocolError:
        return None


async def _begun(session: ProbeSession, client: ModelClient) -> tuple[Mapping[str, Any], ...]:
    """Return the first messages, of about as many tokens as are wanted."""
    lines = int(PROMPT_TOKENS / FIRST_GUESS)
    messages = first_messages(lines)
    counted = await client.count_prompt(loop_request(session, messages))
    return first_messages(max(1, int(lines * PROMPT_TOKENS / max(1, counted))))


def loop_request(session: ProbeSession, messages: Sequence[Mapping[str, Any]]) -> ChatRequest:
    tools = tuple({"type": "function", "function": tool} for tool in loop_material().tools)
    return session.request("", STEP_TOKENS, messages=tuple(messages), tools=tools)


def first_messages(lines: int) -> tuple[Mapping[str, Any], ...]:
    """Return a task with an outline of a repository of that many lines before it."""
    material = loop_material()
    outline = "\n".join(
        f"area{n % 17}/part_{n % 89}.py: def handle_{n}(order, limit={n % 7})" for n in range(lines)
    )
    text = f"{material.task.strip()}\n\nThe repository defines:\n{outline}\n\n{material.closing}"
    return (
        {"role": "system", "content": "You are an agent that repairs code with tools."},
        {"role": "user", "content": text},
    )


def _judged(number: int, answer: Completion | None, right: bool) -> ProbeVerdict:
    calls = answer.tool_calls if answer is not None else ()
    said = ", ".join(f"{one.name}({one.arguments})" for one in calls)
    told = said or (answer.text if answer is not None else "no answer")
    return verdict(f"loop step {number + 1}", bool(calls), right, told)
