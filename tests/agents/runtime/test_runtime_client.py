import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import CancellationToken
from autogen_core.models import (
    AssistantMessage,
    CreateResult,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    SystemMessage,
    UserMessage,
)
from autogen_core.tools import FunctionTool

from agents.runtime.client import RuntimeClient
from agents.runtime.teams import run_team
from rooftree.errors import ContextOverflowError, ModelError, ModelTimeoutError
from rooftree.telemetry.events import Event, EventLog
from tests.models.connected import connected
from tests.models.wire_faults import FAULTS, Called, Expected, Fault, Said
from tests.support import until, within_a_second
from tests.support.scripted_model import (
    Call,
    Calls,
    Events,
    Hang,
    Reply,
    ScriptedServer,
    Text,
    Wire,
)

WHOLE = [fault for fault in FAULTS if fault.stream is not True]


async def read(path: str) -> str:
    """Read a file."""
    return f"<{path}>"


TOOL = FunctionTool(read, description="Read a file.", name="read")


@asynccontextmanager
async def runtime(
    server: ScriptedServer, context_tokens: int = 4096
) -> AsyncIterator[RuntimeClient]:
    async with connected(server, idle_seconds=0.5, total_seconds=2.0) as client:
        yield RuntimeClient(client, "scripted", context_tokens=context_tokens, answer_tokens=64)


def user(text: str) -> UserMessage:
    return UserMessage(content=text, source="user")


async def test_calls_have_ids_and_arguments_and_text_beside_them_is_thought() -> None:
    reply = Calls((Call("read", {"path": "a"}, id=None),), text="I read it.")
    with ScriptedServer([reply]) as server:
        async with runtime(server) as client:
            result = await client.create([user("go")], tools=[TOOL])
    assert isinstance(result.content, list)
    assert result.content[0].id
    assert json.loads(result.content[0].arguments) == {"path": "a"}
    assert (result.finish_reason, result.thought) == ("function_calls", "I read it.")


async def test_a_conversation_travels_in_the_apis_form() -> None:
    history: list[LLMMessage] = [
        SystemMessage(content="Be brief."),
        user("Read a."),
        AssistantMessage(content=[], source="a"),
        AssistantMessage(
            content=[_call("c1", '{"path": "a"}'), _call("c2", "{broken")], source="a"
        ),
        FunctionExecutionResultMessage(
            content=[
                FunctionExecutionResult(content="1", name="read", call_id="c1", is_error=False),
                FunctionExecutionResult(content="no", name="read", call_id="c2", is_error=True),
            ]
        ),
    ]
    with ScriptedServer([Text("ok")]) as server:
        async with runtime(server) as client:
            await client.create(history, tools=[TOOL])
    messages = server.requests[-1].body["messages"]
    assert [message["role"] for message in messages] == [
        *("system", "user", "assistant", "assistant", "tool", "tool"),
    ]
    assert json.loads(messages[3]["tool_calls"][1]["function"]["arguments"])
    assert messages[5]["content"] == "Error: no"


def _call(identity: str, arguments: str) -> Any:
    from autogen_core import FunctionCall

    return FunctionCall(id=identity, name="read", arguments=arguments)


async def test_what_does_not_fit_is_left_out_visibly() -> None:
    history: list[LLMMessage] = [SystemMessage(content="Be brief.")]
    for number in range(30):
        history += [user(f"question {number} " + "word " * 20)]
        history += [AssistantMessage(content=f"answer {number}", source="a")]
    history.append(user("and now?"))
    with ScriptedServer([Text("ok")]) as server:
        async with runtime(server, 400) as client:
            await client.create(history)
    sent = json.dumps(server.requests[-1].body["messages"])
    assert "earlier turns left out to fit the model's context]" in sent
    assert "and now?" in sent
    assert "Be brief." in sent
    assert "question 0 " not in sent


async def test_what_cannot_be_left_out_is_an_error_that_says_what_fills_the_context() -> None:
    with ScriptedServer() as server:
        async with runtime(server, 400) as client:
            with pytest.raises(ContextOverflowError, match="question"):
                await client.create([user("word " * 1000)])
    assert all("chat" not in recorded.path for recorded in server.requests)


async def check_cancelled(
    token: CancellationToken, work: asyncio.Task[Any], server: ScriptedServer
) -> None:
    token.cancel()
    await asyncio.gather(work, return_exceptions=True)
    assert work.cancelled()
    assert await within_a_second(server.requests[-1].left.is_set)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Wire(before=(Hang(),)), id="silent"),
        pytest.param(Events((b": ping\n\n", Hang())), id="pinging"),
    ],
)
async def test_cancelling_stops_the_server_within_a_second(reply: Reply) -> None:
    with ScriptedServer([reply]) as server:
        async with connected(server) as model:
            client = RuntimeClient(model, "scripted", context_tokens=4096, answer_tokens=64)
            token = CancellationToken()
            work = asyncio.create_task(client.create([user("go")], cancellation_token=token))
            # The prompt is laid out and counted by requests of their own first.
            await until(lambda: any("chat" in request.path for request in server.requests))
            await check_cancelled(token, work, server)


async def test_what_is_left_out_of_a_prompt_is_told() -> None:
    told: list[str] = []
    with ScriptedServer([Text("yes")]) as server:
        async with connected(server) as model:
            client = RuntimeClient(
                model, "scripted", context_tokens=512, answer_tokens=64, tell=told.append
            )
            turns = [AssistantMessage(content="word " * 600, source="it") for _ in range(3)]
            await client.create([user("go"), *turns, user("on")])
    assert any("earlier turns left out" in text for text in told)
    sent = str(server.requests[-1].body["messages"])
    assert all(text in sent for text in told)


async def test_usage_adds_up() -> None:
    with ScriptedServer([Text("one two"), Text("three")]) as server:
        async with runtime(server) as client:
            await client.create([user("go")])
            result = await client.create([user("go")])
            assert isinstance(result, CreateResult)
            assert client.actual_usage().completion_tokens == 1
            assert client.total_usage().completion_tokens == 3
            assert 0 < client.remaining_tokens([user("go")]) < 4096


async def team_answer(reply: Reply) -> tuple[str | ModelError, list[Event]]:
    """Let a team of one agent with one tool work against a server that first says `reply`."""
    seen: list[Event] = []
    replies = iter([reply])
    chats = lambda _: next(replies, Text("done"))  # noqa: E731 - a double in one line
    with ScriptedServer(chats) as server:
        async with runtime(server) as client:
            agent = AssistantAgent("worker", model_client=client, tools=[TOOL])
            team = RoundRobinGroupChat([agent], termination_condition=MaxMessageTermination(2))
            try:
                ended: str | ModelError = await run_team(
                    team,
                    "Read a.py.",
                    clients=[client],
                    wall_seconds=8,
                    events=EventLog(seen.append),
                )
            except ModelError as error:
                ended = error
    return ended, seen


def check(ended: str | ModelError, seen: list[Event], expected: Expected) -> None:
    match expected:
        case Said(text):
            assert isinstance(ended, str), ended
            assert ended == text
        case Called(path):
            assert isinstance(ended, str), ended
            finished = [event for event in seen if event.kind == "tool.finished"]
            assert finished[0].data["output"] == f"<{path}>"
        case kind:
            assert isinstance(ended, kind), ended


@pytest.mark.eighth
@pytest.mark.parametrize("fault", WHOLE, ids=lambda fault: fault.name)
async def test_a_fault_inside_a_team_is_put_right_or_is_one_typed_error(fault: Fault) -> None:
    before = asyncio.all_tasks()
    async with asyncio.timeout(15):
        ended, seen = await team_answer(fault.reply)
    check(ended, seen, fault.expected)
    all_ended = await within_a_second(lambda: asyncio.all_tasks() <= before)
    assert all_ended, "no task is left behind"


async def test_a_team_that_never_ends_is_ended() -> None:
    with ScriptedServer(lambda _: Calls((Call("read", {"path": "a"}),))) as server:
        async with connected(server) as model:
            client = RuntimeClient(model, "scripted", context_tokens=4096, answer_tokens=64)
            agent = AssistantAgent("worker", model_client=client, tools=[TOOL])
            team = RoundRobinGroupChat([agent])
            with pytest.raises(ModelTimeoutError, match="longer than 1 s"):
                await run_team(
                    team,
                    "go",
                    clients=[client],
                    wall_seconds=1,
                    events=EventLog(lambda _: None),
                )
