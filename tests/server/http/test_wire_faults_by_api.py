"""The table of wire faults once more, seen by a client of our own API."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.client.client import ModelClient
from models.wire.endpoint import Deadlines
from rooftree.errors import ModelError
from server.access.request_guards import RequestPolicy
from server.http.app import build_app
from tests.models.wire_faults import FAULTS, READ, Called, Expected, Fault, Said
from tests.server.stand import TOKEN, OneModel, ToyServices, client_of, config_in
from tests.support.scripted_model import ScriptedServer

CHAT = "/v1/chat/completions"
CASES = [
    pytest.param(fault, stream, id=f"{fault.name}, {'stream' if stream else 'whole'}")
    for fault in FAULTS
    for stream in (False, True)
    if fault.stream in (None, stream)
]


@asynccontextmanager
async def our_api(folder: Path, server: ScriptedServer) -> AsyncIterator[httpx.AsyncClient]:
    model = ModelClient(server.endpoint(), Deadlines(5.0, 0.5, 0.5, 2.0))
    services = ToyServices(config_in(folder), OneModel(model))
    app = build_app(services)  # type: ignore[arg-type]  # a toy
    face = app.socket_face(RequestPolicy(100_000, hosts=None), TOKEN)
    async with client_of(face, TOKEN) as client:
        yield client
    await model.aclose()


def told(response: httpx.Response, stream: bool) -> tuple[str, list[Any], Any]:
    """Return text, calls and error of a response."""
    if response.status_code != 200:
        return "", [], response.json()["error"]
    if not stream:
        message = response.json()["choices"][0]["message"]
        return message["content"] or "", message.get("tool_calls", []), None
    frames = [line.removeprefix("data: ") for line in response.text.splitlines() if line]
    values = [json.loads(frame) for frame in frames if frame.startswith("{")]
    errors = [value["error"] for value in values if "error" in value]
    deltas = [value["choices"][0]["delta"] for value in values if value.get("choices")]
    calls = [call for delta in deltas for call in delta.get("tool_calls", [])]
    text = "".join(delta.get("content") or "" for delta in deltas)
    return text, calls, errors[0] if errors else None


def check(found: tuple[str, list[Any], Any], expected: Expected) -> None:
    text, calls, error = found
    match expected:
        case Said(said):
            # Thoughts whose beginning stands in the prompt are known as such only at their end,
            # when a stream has shown them.
            assert (text.rpartition("</think>")[2].lstrip(), calls, error) == (said, [], None)
        case Called(path):
            assert error is None
            function = calls[0]["function"]
            assert (function["name"], json.loads(function["arguments"])) == ("read", {"path": path})
            assert calls[0]["id"]
        case kind:
            assert issubclass(kind, ModelError)
            assert error["message"]
            assert error["type"] in ("invalid_request_error", "server_error", "rate_limit_error")


@pytest.mark.eighth("stream")
@pytest.mark.parametrize(("fault", "stream"), CASES)
async def test_a_client_gets_a_right_result_or_one_error(
    tmp_path: Path, fault: Fault, stream: bool
) -> None:
    body = {
        "model": "scripted",
        "messages": [{"role": "user", "content": "Read a.py."}],
        "tools": [READ],
        "max_tokens": 64,
        "stream": stream,
    }
    with ScriptedServer(lambda _: fault.reply) as server:
        async with our_api(tmp_path, server) as client, asyncio.timeout(10):
            response = await client.post(CHAT, json=body)
    check(told(response, stream), fault.expected)
