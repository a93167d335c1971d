"""At most so many requests are at work at once; who needs no key needs no place."""

import asyncio
import json
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from server.access.authenticate import ACCESS
from server.access.request_limit import RequestLimit


class Work:
    """An application that answers when it is let go."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.let_go = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun.set()
        await self.let_go.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})


async def _asked(limited: RequestLimit, **scope: Any) -> tuple[int, bytes]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    await limited({"type": "http", "path": "/api/search", "headers": [], **scope}, receive, send)
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])


async def test_the_request_above_the_limit_is_refused_for_the_moment() -> None:
    work = Work()
    limited = RequestLimit(work, most=1)
    first = asyncio.create_task(_asked(limited, **{ACCESS: "somebody"}))
    await work.begun.wait()
    status, body = await _asked(limited, **{ACCESS: "somebody else"})
    assert status == 503
    assert "1 requests are at work already" in json.loads(body)["error"]["message"]
    work.let_go.set()
    assert await first == (200, b"done")
    assert await _asked(limited, **{ACCESS: "somebody else"}) == (200, b"done")


async def test_whoever_needs_no_key_needs_no_place() -> None:
    work = Work()
    limited = RequestLimit(work, most=0)
    work.let_go.set()
    assert (await _asked(limited, path="/healthz"))[0] == 200
    assert (await _asked(limited, **{ACCESS: "somebody"}))[0] == 503


async def test_a_request_that_fails_gives_its_place_back() -> None:
    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        raise ConnectionError

    limited = RequestLimit(failing, most=1)
    for _ in range(3):
        try:
            await _asked(limited, **{ACCESS: "somebody"})
        except ConnectionError:
            continue
        raise AssertionError("the failure was swallowed")
