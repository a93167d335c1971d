"""Whoever is still waiting when a server stops hears an error in the shape of all others."""

import asyncio
import json
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from server.http.interruption import InterruptionMiddleware


class PanicError(BaseException):
    """What native code raises is no Exception."""


async def told(app: Any, path: str) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    await InterruptionMiddleware(app)({"type": "http", "path": path}, receive, send)
    return sent


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(asyncio.CancelledError, 503, "stopping"), (PanicError, 500, "internal")],
)
@pytest.mark.parametrize("path", ["/api/search", "/v1/chat/completions"])
async def test_an_answer_that_has_not_begun_ends_as_json(
    error: type[BaseException], status: int, code: str, path: str
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    start, body = await told(app, path)
    assert start["status"] == status
    assert (b"content-type", b"application/json") in start["headers"]
    assert json.loads(body["body"])["error"]["code"] == code


@pytest.mark.parametrize(("path", "name"), [("/api/ask", "failure"), ("/v1/chat/completions", "")])
async def test_a_stream_ends_with_an_event(path: str, name: str) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        raise asyncio.CancelledError

    *_, last = await told(app, path)
    event, _, data = last["body"].decode().partition("data: ")
    assert event == (f"event: {name}\n" if name else "")
    assert json.loads(data)["error"]["code"] == "stopping"
    assert not last.get("more_body")


async def test_an_answer_that_was_given_stays_as_it_is() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})
        raise asyncio.CancelledError

    assert [message["type"] for message in await told(app, "/api/search")] == [
        "http.response.start",
        "http.response.body",
    ]
