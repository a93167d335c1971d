import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from rooftree.errors import UsageError
from server.base.sse import PING, EventStream, WorkResult, frame, stream_events, with_pings


async def test_silence_is_filled_with_comments() -> None:
    go = asyncio.Event()

    async def slow() -> AsyncGenerator[bytes, None]:
        await go.wait()
        yield b"word"

    received = []
    async for data in with_pings(slow(), 0.01, 0.01):
        received.append(data)
        if len(received) == 3:
            go.set()
    assert received[:3] == [PING] * 3
    assert received[-1] == b"word"


def test_line_ends_of_unicode_do_not_split_a_frame() -> None:
    assert len(frame({"text": "a\u2028b\u0085c\n"}).splitlines()) == 2


async def sent_by(stream: EventStream) -> list[Any]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        await asyncio.Event().wait()

    await stream({"type": "http", "path": "/api/ask"}, receive, send)
    return sent


async def frames_then(error: Exception | None, *frames: bytes) -> AsyncGenerator[bytes, None]:
    for data in frames:
        yield data
    if error is not None:
        raise error


async def test_an_unexpected_failure_in_a_stream_keeps_its_words_to_itself() -> None:
    sent = await sent_by(EventStream(frames_then(ValueError("secret"), b"a"), "failure"))
    bodies = [message["body"] for message in sent[1:]]
    assert bodies[0] == b"a"
    assert b"the server failed" in bodies[1]
    assert b"secret" not in b"".join(bodies)
    assert sent[-1] == {"type": "http.response.body", "body": b""}


async def test_a_failure_before_the_first_frame_is_raised() -> None:
    with pytest.raises(UsageError):
        await sent_by(EventStream(frames_then(UsageError("no"))))


async def test_an_empty_stream_is_still_a_response() -> None:
    sent = await sent_by(EventStream(frames_then(None)))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert b"content-length" not in dict(sent[0]["headers"])


async def test_followed_work_ends_with_its_outcome_or_its_error() -> None:
    async def fine(listener: Any) -> int:
        return 7

    async def failing(listener: Any) -> int:
        raise UsageError("no")

    assert [item async for item in stream_events(fine)] == [WorkResult(7)]
    with pytest.raises(UsageError):
        await anext(stream_events(failing))
