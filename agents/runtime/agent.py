"""Run one AutoGen agent with tools, under a wall clock, emitting our events."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.messages import (
    ModelClientStreamingChunkEvent,
    TextMessage,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)
from autogen_core import CancellationToken

from agents.runtime.playbook import Playbook, PlaybookClient
from agents.runtime.tools import tools_of
from rooftree.errors import WallClockError
from rooftree.telemetry.events import EventLog
from rooftree.text.safe_markdown import MarkdownSanitiser

MAX_TOOL_TURNS = 6
MAX_TOOL_OUTPUT_LENGTH = 4000
"""Characters of a tool's output that an event carries; the agent sees all of it."""


@dataclass(frozen=True, slots=True)
class AgentRun:
    """How a run ended: its last text, and the tokens that the model spent."""

    text: str
    prompt_tokens: int
    completion_tokens: int


async def run_agent(
    name: str,
    task: str,
    *,
    playbook: Playbook,
    tools: Mapping[str, Callable[..., Awaitable[str]]],
    wall_seconds: float,
    events: EventLog,
) -> AgentRun:
    """Play `playbook` with these tools; raises WallClockError when the wall clock runs out."""
    client = PlaybookClient(playbook)
    agent = AssistantAgent(
        name,
        model_client=client,
        tools=list(tools_of(tools)),
        system_message=None,
        model_client_stream=True,
        max_tool_iterations=MAX_TOOL_TURNS,
    )
    events.emit("agent.started", agent=name)
    token = CancellationToken()
    try:
        async with asyncio.timeout(wall_seconds):
            text = await _follow(agent, task, token, events)
    except TimeoutError as error:
        raise WallClockError(
            f"the {name} run took longer than {wall_seconds:g} s; "
            "raise ask.wall_seconds, or choose a smaller model"
        ) from error
    finally:
        token.cancel()
    usage = client.total_usage()
    events.emit("agent.finished", agent=name)
    return AgentRun(text, usage.prompt_tokens, usage.completion_tokens)


async def _follow(
    agent: AssistantAgent, task: str, token: CancellationToken, events: EventLog
) -> str:
    """Turn the stream of AutoGen's messages into events; return the last text."""
    text = ""
    words = SafeTextStream(events)
    async for message in agent.run_stream(task=task, cancellation_token=token):
        if isinstance(message, TextMessage) and message.source == agent.name:
            words.end()
            text = message.content
        elif isinstance(message, ModelClientStreamingChunkEvent):
            words.add(message.content)
        elif isinstance(message, ToolCallRequestEvent | ToolCallExecutionEvent):
            emit_tool_events(message, events)
    return text


class SafeTextStream:
    """Emits a model's text as it arrives, as inert Markdown."""

    def __init__(self, events: EventLog) -> None:
        self._events = events
        self._stream = MarkdownSanitiser()

    def add(self, text: str) -> None:
        self._emit(self._stream.feed(text))

    def end(self) -> None:
        """Tell what was kept back, because more could have changed its meaning."""
        self._emit(self._stream.finish())

    def _emit(self, text: str) -> None:
        if text:
            self._events.emit("message.delta", text=text)


def emit_tool_events(
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
