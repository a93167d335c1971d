"""What really travels: quirks of clients, errors, streams, and readers that leave."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.chat.windows import ASSUMED, window_of
from models.client.client import ModelClient
from models.wire.endpoint import Deadlines
from rooftree.errors import (
    ConfigError,
    EmbeddingError,
    IndexLockedError,
    ModelTimeoutError,
    ModelUnavailableError,
    RepositoryError,
    UsageError,
)
from server.base.error_bodies import RequestRefusedError
from server.protocols.openai.context_check import check_context
from tests.models.connected import TOOL, request
from tests.server.stand import (
    BODY,
    EMBEDDER,
    SUMMARY,
    NoModel,
    Running,
    Stand,
    serving,
    standing,
)
from tests.support import until, within_a_second
from tests.support.scripted_model import (
    Cut,
    Events,
    Failure,
    Hang,
    Json,
    Pause,
    ScriptedServer,
    Text,
    Wire,
)

CHAT = "/v1/chat/completions"
QUESTION = [{"role": "user", "content": "Where is push?"}]
DRIBBLE = Events(
    tuple(
        item
        for number in range(400)
        for item in ({"choices": [{"index": 0, "delta": {"content": f"{number} "}}]}, Pause(0.02))
    )
)


def chat(**options: Any) -> dict[str, Any]:
    return {"model": "scripted", "messages": QUESTION, **options}


def data_of(text: str) -> list[str]:
    return [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]


async def test_unknown_fields_and_nulls_are_ignored(stand: Stand) -> None:
    extra = {
        "store": False,
        "metadata": {},
        "reasoning": {"effort": "low"},
        "prompt_cache_key": "x",
    }
    extra |= {"thinking": None, "temperature": None, "stop": None, "tools": [], "n": None}
    response = await stand.client.post(
        CHAT, json=chat(**extra), headers={"x-stainless-lang": "js", "x-session-id": "1"}
    )
    assert response.json()["choices"][0]["message"]["content"] == "one two three"


async def test_only_known_parameters_reach_the_model(
    stand: Stand, scripted: ScriptedServer
) -> None:
    options = {"temperature": 0.2, "top_p": 0.9, "seed": 7, "stop": ["END"], "logit_bias": {"1": 2}}
    await stand.client.post(CHAT, json=chat(max_completion_tokens=9, **options))
    sent = scripted.requests[-1].body
    assert sent["max_tokens"] == 9
    assert (sent["temperature"], sent["top_p"], sent["seed"]) == (0.2, 0.9, 7)
    assert sent["stop"] == ["END"]
    assert "logit_bias" not in sent


async def test_a_stream_without_options_has_no_usage_and_ends_with_done(stand: Stand) -> None:
    response = await stand.client.post(CHAT, json=chat(stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    data = data_of(response.text)
    assert data[-1] == "[DONE]"
    assert all(json.loads(item)["choices"] for item in data[:-1])


async def test_a_request_with_an_empty_choice_list_of_its_model_fails_as_502(
    tmp_path: Path,
) -> None:
    with ScriptedServer([Json({"choices": []})]) as server:
        async with standing(tmp_path, server) as stand:
            response = await stand.client.post(CHAT, json=chat())
    assert response.status_code == 502
    assert response.json()["error"]["type"] == "server_error"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [
        (Failure(503, "busy"), 503, "model_unavailable"),
        (Failure(504, "slow"), 504, "model_timeout"),
        (Failure(400, "bad tool schema"), 400, "model_refused"),
        (Failure(404, "no such adapter"), 404, "model_not_found"),
        (
            Failure(400, "the request exceeds the available context size"),
            400,
            "context_length_exceeded",
        ),
        (Failure(501, "cannot"), 502, "model_protocol"),
    ],
)
async def test_failures_of_the_model_server_keep_their_meaning(
    tmp_path: Path, reply: Failure, status: int, code: str, stream: bool
) -> None:
    with ScriptedServer([reply]) as server:
        async with standing(tmp_path, server) as stand:
            response = await stand.client.post(CHAT, json=chat(stream=stream))
    assert response.status_code == status
    assert response.json()["error"]["code"] == code
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}


async def test_a_stream_that_breaks_says_so_and_does_not_pretend_to_be_done(
    tmp_path: Path,
) -> None:
    part = {"choices": [{"index": 0, "delta": {"content": "half"}}]}
    with ScriptedServer([Events((part, Cut()), done=False)]) as server:
        async with standing(tmp_path, server) as stand:
            response = await stand.client.post(CHAT, json=chat(stream=True))
    data = [json.loads(item) for item in data_of(response.text)]
    assert data[1]["choices"][0]["delta"]["content"] == "half"
    assert data[-1]["error"]["code"] == "model_unavailable"


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageError("say more"), 400),
        (RepositoryError("no repository"), 404),
        (IndexLockedError("another process"), 409),
        (EmbeddingError("not installed"), 503),
        (ConfigError("wrong"), 500),
        (ModelTimeoutError("late"), 504),
        (ValueError("secret internals"), 500),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
async def test_failures_of_an_ask_have_a_status(
    stand: Stand, error: Exception, status: int, stream: bool
) -> None:
    stand.services.error = error
    response = await stand.client.post(CHAT, json=chat(model="rooftree", stream=stream))
    assert response.status_code == status
    message = response.json()["error"]["message"]
    assert message == (
        "the server failed; its log says why"
        if status == 500 and isinstance(error, ValueError)
        else str(error)
    )


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        (CHAT, {"messages": QUESTION}, "model"),
        (CHAT, {"model": "scripted"}, "messages"),
        (CHAT, chat(messages=[{"role": "user", "content": 7}]), "messages[0].content"),
        (CHAT, chat(n=2), "n"),
        (CHAT, chat(model="rooftree", messages=[{"role": "system", "content": "s"}]), "messages"),
        (CHAT, chat(model="gpt-7"), "model"),
        ("/v1/completions", {"model": "scripted", "prompt": [1, 2]}, "prompt"),
        ("/v1/completions", {"model": "scripted", "prompt": ["a", "b"]}, "prompt"),
        ("/v1/completions", {"model": "gpt-7", "prompt": "a"}, "model"),
        ("/v1/embeddings", {"model": EMBEDDER, "input": [[1, 2]]}, "input"),
        ("/v1/embeddings", {"model": EMBEDDER, "input": []}, "input"),
        (
            "/v1/embeddings",
            {"model": EMBEDDER, "input": "a", "encoding_format": "int8"},
            "encoding_format",
        ),
        ("/v1/embeddings", {"model": EMBEDDER, "input": "a", "dimensions": 3}, "dimensions"),
        ("/v1/embeddings", {"model": "gpt-7", "input": "a"}, "model"),
    ],
)
async def test_a_wrong_field_is_named(
    stand: Stand, path: str, body: dict[str, Any], param: str
) -> None:
    response = await stand.client.post(path, json=body)
    assert response.status_code == (404 if body.get("model") == "gpt-7" else 400)
    error = response.json()["error"]
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe", b"[" * 50_000, b"null", b"7"])
async def test_a_body_that_is_no_object_is_a_400(stand: Stand, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = await stand.client.post(CHAT, content=content, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"


async def test_rooftree_streams_only_what_was_checked(stand: Stand) -> None:
    response = await stand.client.post(CHAT, json=chat(model="rooftree", stream=True))
    chunks = [json.loads(item) for item in data_of(response.text)[:-1]]
    texts = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks]
    assert texts[:2] == ["", BODY]
    assert "".join(texts) == BODY + SUMMARY
    assert chunks[-1]["x_rooftree"]["answer"] == BODY + SUMMARY


async def test_a_templated_prompt_is_sent_as_it_is(stand: Stand, scripted: ScriptedServer) -> None:
    prompt = "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>"
    body = {"model": "rooftree", "prompt": [prompt], "stream": True, "stop": ["x"] * 12}
    body["stream_options"] = {"include_usage": True}
    response = await stand.client.post("/v1/completions", json=body)
    data = data_of(response.text)
    assert data[-1] == "[DONE]"
    chunks = [json.loads(item) for item in data[:-1]]
    assert [chunk["object"] for chunk in chunks] == ["text_completion"] * 3
    assert chunks[0]["choices"][0]["text"] == "one two three"
    assert chunks[1]["choices"][0]["finish_reason"] == "stop"
    assert chunks[2]["choices"] == []
    assert chunks[2]["usage"]["completion_tokens"] > 0
    assert scripted.requests[-1].path == "/v1/completions"
    assert scripted.requests[-1].body["prompt"] == prompt
    assert "suffix" not in scripted.requests[-1].body


async def test_without_a_model_rooftree_and_the_embedder_are_still_listed(stand: Stand) -> None:
    stand.services.models = NoModel(ModelUnavailableError("no weights"))
    listed = (await stand.client.get("/v1/models")).json()["data"]
    assert [model["id"] for model in listed] == ["rooftree", EMBEDDER]
    assert (await stand.client.post(CHAT, json=chat())).status_code == 503


async def test_a_server_without_a_list_still_serves_its_model(tmp_path: Path) -> None:
    with ScriptedServer([Text("yes")], routes={"/models": None}) as server:
        async with standing(tmp_path, server) as stand:
            listed = (await stand.client.get("/v1/models")).json()["data"]
            assert [model["id"] for model in listed] == ["rooftree", "scripted", EMBEDDER]
            assert (await stand.client.post(CHAT, json=chat())).status_code == 200
            assert (await stand.client.post(CHAT, json=chat(model="x"))).status_code == 404


async def test_adapters_name_their_parent(tmp_path: Path) -> None:
    data = [{"id": "base"}, {"id": "ours@v1", "parent": "base"}]
    routes = {"/models": Json({"data": data})}
    with ScriptedServer([Text("yes")], routes=routes) as server:
        async with standing(tmp_path, server) as stand:
            model = (await stand.client.get("/v1/models/ours@v1")).json()
            assert model["parent"] == "base"
            answer = await stand.client.post(CHAT, json=chat(model="ours@v1"))
            assert answer.status_code == 200


async def test_too_many_tools_are_refused_before_the_model_is_asked(
    scripted: ScriptedServer,
) -> None:
    endpoint = replace(scripted.endpoint(), embedded=True)
    client = ModelClient(endpoint, Deadlines(connect=5, idle=5))
    window = window_of(measured=512)
    await check_context(client, request(tools=(TOOL,) * 5), window)
    await check_context(client, request(tools=(TOOL,) * 200), ASSUMED)
    with pytest.raises(RequestRefusedError, match="tool definitions") as caught:
        await check_context(client, request(tools=(TOOL,) * 200), window)
    assert caught.value.problem.param == "tools"
    assert caught.value.problem.code == "context_length_exceeded"
    await client.aclose()


@pytest.fixture
async def http(running: Running) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {running.key}"}
    async with httpx.AsyncClient(
        base_url=running.url, headers=headers, trust_env=False, timeout=20
    ) as client:
        yield client


async def test_a_reader_that_leaves_stops_the_model(tmp_path: Path) -> None:
    with ScriptedServer([DRIBBLE]) as model:
        async with serving(tmp_path, model) as running:
            headers = {"Authorization": f"Bearer {running.key}"}
            async with httpx.AsyncClient(base_url=running.url, trust_env=False) as client:
                body = chat(stream=True)
                async with client.stream("POST", CHAT, json=body, headers=headers) as response:
                    async for line in response.aiter_lines():
                        if "delta" in line:
                            break
            assert await within_a_second(model.requests[-1].left.is_set)


@pytest.mark.parametrize("stream", [False, True])
async def test_leaving_before_the_first_word_stops_the_model_too(
    tmp_path: Path, stream: bool
) -> None:
    with ScriptedServer([Wire(before=(Hang(),))]) as model:
        async with serving(tmp_path, model) as running:
            headers = {"Authorization": f"Bearer {running.key}"}
            async with httpx.AsyncClient(base_url=running.url, trust_env=False) as client:
                asking = asyncio.create_task(
                    client.post(CHAT, json=chat(stream=stream), headers=headers)
                )
                await until(lambda: any(one.path.endswith(CHAT) for one in model.requests), 10)
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            assert await within_a_second(model.requests[-1].left.is_set)


async def test_leaving_an_ask_cancels_it(running: Running, http: httpx.AsyncClient) -> None:
    running.services.hold = asyncio.Event()
    body = chat(model="rooftree", stream=True)
    async with http.stream("POST", CHAT, json=body) as response:
        async for line in response.aiter_lines():
            if "queue.py" in line:
                break
    await asyncio.wait_for(running.services.cancelled.wait(), 1.0)


async def test_two_requests_run_side_by_side(running: Running, http: httpx.AsyncClient) -> None:
    running.services.hold = asyncio.Event()
    first = asyncio.create_task(http.post(CHAT, json=chat(model="rooftree")))
    await until(lambda: running.services.asked, 10)
    title = await http.post(CHAT, json=chat())
    assert title.status_code == 200
    assert not first.done()
    running.services.hold.set()
    assert (await first).status_code == 200
