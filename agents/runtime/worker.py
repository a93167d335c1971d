"""One agent of AutoGen's that chooses its own tools, for models that can be trusted with that."""

from collections.abc import Awaitable, Callable, Mapping

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat

from agents.runtime.client import ChatModel, RuntimeClient
from agents.runtime.teams import run_team
from agents.runtime.tools import tools_of
from prompts.library import RenderedPrompt
from rooftree.telemetry.events import EventLog

MAX_TOOLS = 6
"""Small contexts and small models choose worse among more."""


async def run_worker(  # noqa: PLR0913 - all of them by name, and none has a default
    name: str,
    prompt: RenderedPrompt,
    *,
    answers: ChatModel,
    model: str,
    context_tokens: int,
    answer_tokens: int,
    tools: Mapping[str, Callable[..., Awaitable[str]]],
    most_turns: int,
    wall_seconds: float,
    events: EventLog,
) -> str:
    """Let a model work with tools until it answers in words; returns those words."""
    if len(tools) > MAX_TOOLS:
        raise AssertionError(f"{len(tools)} tools in one prompt; at most {MAX_TOOLS}")
    client = RuntimeClient(
        answers,
        model,
        context_tokens=context_tokens,
        answer_tokens=answer_tokens,
        tell=lambda trim: events.emit("error", message=f"{name}: {trim}"),
    )
    system, *rest = [message["content"] for message in prompt.messages]
    agent = AssistantAgent(
        name,
        model_client=client,
        tools=list(tools_of(tools)),
        system_message=system,
        max_tool_iterations=most_turns,
        reflect_on_tool_use=False,
    )
    team = RoundRobinGroupChat([agent], termination_condition=MaxMessageTermination(2))
    return await run_team(
        team, "\n".join(rest), clients=[client], wall_seconds=wall_seconds, events=events
    )
