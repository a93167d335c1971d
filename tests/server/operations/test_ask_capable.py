"""Who answers a question follows from what was measured: a capable model looks by itself."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from models.probing.profile import ModelTier
from rooftree.config import Config
from server.access.api_keys import CallerAccess
from server.base.metrics import Metrics
from server.operations.find.ask import ASK, AskRequest
from server.operations.operation import THE_USER, Call, Caller
from server.protocols.openai.ask import AskedChat
from server.protocols.openai.messages import earlier_turns, question_of
from server.protocols.openai.schemas import ChatBody
from server.protocols.openai.wire import CompletionEnvelope
from server.services.host import Host
from tests.agents.ask.test_ask_agent import LABEL, PROVEN, READ, call, claim, played
from tests.agents.ask.test_ask_thread import ALONE, BEFORE, RAW, REFUSED, conversing
from tests.agents.scenes import FOUND, GOOD, SHOP
from tests.benchmarks.agent_scenes import MODEL, WINDOW, keep_profile
from tests.support import git_repository
from tests.support.replies import Body, Json, Reply, Text
from tests.support.scripted_model import ScriptedServer

LISTED = {"id": MODEL, "object": "model", "max_model_len": WINDOW}
ROUTES = {"/models": Json({"object": "list", "data": [LISTED]})}
LOOKING = played(READ, claim(PROVEN))


def model(body: Body) -> Reply:
    return LOOKING(body) if body.get("tools") else Text(GOOD)


@asynccontextmanager
async def hosting(
    tmp_path: Path, server: ScriptedServer, tier: ModelTier = "capable"
) -> AsyncIterator[Host]:
    """Yield what a process works with, whose model has a profile and which serves the shop."""
    config = Config.model_validate(
        {
            "state": {"folder": tmp_path / "state"},
            "model": {"endpoint": server.base_url, "name": MODEL},
            "index": {"embedder": "none", "workers": 1},
        }
    )
    await keep_profile(config, server, "L", tier)
    host = Host(config, default=git_repository(tmp_path, SHOP))
    try:
        yield host
    finally:
        await host.aclose()


async def test_a_model_measured_as_capable_looks_by_itself(tmp_path: Path) -> None:
    told: list[Any] = []
    with ScriptedServer(model, routes=ROUTES) as server:
        async with hosting(tmp_path, server) as host:
            asking = Call(host, Caller(), told.append)
            answer = await ASK.run(asking, AskRequest(question=FOUND))
    assert answer.answer.startswith(LABEL)
    assert [one.path for one in answer.citations] == ["shop/checkout.py"]
    assert answer.model is not None
    assert answer.model.name == MODEL
    assert [one.data["tool"] for one in told if one.kind == "tool.started"] == ["search", "read"]


@pytest.mark.parametrize(
    ("access", "may"),
    [
        (THE_USER, True),
        (CallerAccess("key", frozenset({"search", "execute"})), True),
        (CallerAccess("key", frozenset({"search", "chat", "review", "index", "admin"})), False),
    ],
)
async def test_only_who_may_execute_has_commands_run_for_an_answer(
    tmp_path: Path, access: CallerAccess, may: bool
) -> None:
    with ScriptedServer(model, routes=ROUTES) as server:
        async with hosting(tmp_path, server) as host:
            asking = Call(host, Caller(access), lambda _: None)
            answer = await ASK.run(asking, AskRequest(question=FOUND))
        offered = [tools_of(one.body) for one in server.requests if (one.body or {}).get("tools")]
    assert answer.answer.startswith(LABEL)
    assert offered
    assert {"run" in one for one in offered} == {may}


def tools_of(body: Body) -> set[str]:
    return {one["function"]["name"] for one in body["tools"]}


async def test_a_model_measured_as_small_is_asked_in_the_fixed_way(tmp_path: Path) -> None:
    with ScriptedServer(model, routes=ROUTES) as server:
        async with hosting(tmp_path, server, "small") as host:
            asking = Call(host, Caller(), lambda _: None)
            answer = await ASK.run(asking, AskRequest(question=FOUND))
    assert GOOD in answer.answer
    assert LABEL not in answer.answer


async def test_a_chat_keeps_its_thread(tmp_path: Path) -> None:
    """The messages of a request are a conversation: the last question goes on from the others."""
    alone = conversing(Text(ALONE), call("read", path="shop/cart.py"), claim(REFUSED))
    messages = [
        {"role": "user", "content": BEFORE.question},
        {"role": "assistant", "content": BEFORE.answer},
        {"role": "user", "content": RAW},
    ]
    body = ChatBody.model_validate({"model": "rooftree", "messages": messages})
    with ScriptedServer(alone, routes=ROUTES) as server:
        async with hosting(tmp_path, server) as host:
            envelope, question = CompletionEnvelope("rooftree"), question_of(body.messages)
            earlier = earlier_turns(body.messages)
            caller = Caller(CallerAccess("key", frozenset({"chat", "search"})), over_http=True)
            chat = AskedChat(host, Metrics(), ASK, question, envelope, caller, earlier)
            frames = [one async for one in chat.stream(wants_usage=True)]
        offered = [tools_of(one.body) for one in server.requests if (one.body or {}).get("tools")]
    assert not any("run" in one for one in offered)
    chunks = [json.loads(one.removeprefix(b"data: ")) for one in frames[:-1]]
    text = "".join(
        one["choices"][0]["delta"].get("content") or "" for one in chunks if one["choices"]
    )
    assert text.startswith(LABEL)
    assert "[1] shop/cart.py:14-17" in text
    assert chunks[-1]["usage"]["prompt_tokens"] == 30
    [told] = [one["x_rooftree"] for one in chunks if "x_rooftree" in one]
    assert told["answer"] == text
    assert [one["path"] for one in told["citations"]] == ["shop/cart.py"]
