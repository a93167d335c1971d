"""Run a team of AutoGen's: under a wall clock, with our events and our errors.

AutoGen turns an error inside a team into a RuntimeError with a traceback for text, and some of its
own faults end in a wait for ever; neither leaves this module. Which agents make up a team, and who
speaks when, is decided elsewhere.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from autogen_agentchat.messages import (
    TextMessage,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
    ToolCallSummaryMessage,
)
from autogen_agentchat.teams import BaseGroupChat
from autogen_core import CancellationToken

from rooftree.errors import ModelProtocolError, WallClockError
from rooftree.telemetry.events import EventLog

GRACE_SECONDS = 2.0
MAX_TOOL_OUTPUT_LENGTH = 4000
"""Characters of a tool's output that an event carries; the agent sees all of it."""


class FailureSource(Protocol):
    """Who keeps the error that ended it: a model's client, or a role."""

    @property
    def failure(self) -> Exception | None: ...


async def run_team(
    team: BaseGroupChat,
    task: str,
    *,
    clients: Sequence[FailureSource],
    wall_seconds: float,
    events: EventLog,
) -> str:
    """Run a team and return what was said last.

    Raises our error that ended it, or WallClockError when its time is over.
    """
    token = CancellationToken()
    work = asyncio.ensure_future(_follow(team, task, token, events))
    try:
        done, _ = await asyncio.wait({work}, timeout=wall_seconds)
        if not done:
            raise WallClockError(
                f"the team took longer than {wall_seconds:g} s; give it more time or a smaller task"
            )
        return _outcome(work, clients)
    finally:
        await _end(work, token)


def _outcome(work: "asyncio.Future[str]", clients: Sequence[FailureSource]) -> str:
    """Return what was said last, or raise our error that AutoGen turned into text."""
    try:
        return work.result()
    except RuntimeError as error:
        for client in clients:
            if client.failure is not None:
                raise client.failure from error
        last = str(error).strip().splitlines()[-1:] or ["without a word"]
        raise ModelProtocolError(f"the team failed: {last[0][:300]}") from error


async def _end(work: "asyncio.Future[str]", token: CancellationToken) -> None:
    """End a run that goes on: only the token reaches what the team's agents are waiting for."""
    if work.done():
        return
    token.cancel()
    await asyncio.wait({work}, timeout=GRACE_SECONDS)
    work.cancel()
    await asyncio.wait({work}, timeout=GRACE_SECONDS)


async def _follow(
    team: BaseGroupChat, task: str, token: CancellationToken, events: EventLog
) -> str:
    text = ""
    async for message in team.run_stream(task=task, cancellation_token=token):
        if isinstance(message, TextMessage | ToolCallSummaryMessage):
            text = message.content if message.source != "user" else text
        elif isinstance(message, ToolCallRequestEvent | ToolCallExecutionEvent):
            _emit_tool_events(message, events)
    return text


def _emit_tool_events(
    message: ToolCallRequestEvent | ToolCallExecutionEvent, events: EventLog
) -> None:
    """Tell of tools that were asked for, or of what came of them."""
    if isinstance(message, ToolCallRequestEvent):
        for call in message.content:
            events.emit("tool.started", tool=call.name, arguments=call.arguments)
        return
    for result in message.content:
        events.emit(
            "tool.finished",
            tool=result.name,
            failed=bool(result.is_error),
            output=result.content[:MAX_TOOL_OUTPUT_LENGTH],
        )
