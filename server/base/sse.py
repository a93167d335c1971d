"""Server-sent events out, and stopping the work behind a response once its reader has left.

Nothing is sent before the first event, so that a failure at the start has its own HTTP status; a
slow start is bridged by comments, which every reader of the format skips.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fastapi import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from rooftree.errors import RooftreeError
from rooftree.telemetry.events import Event
from rooftree.telemetry.logs import logger
from server.base.error_bodies import Problem, problem_of
from server.base.thread_relay import EventListener

START_SECONDS = 5.0
"""How long a response waits for its first event before it begins with a comment."""
PING_SECONDS = 15.0
PING = b": working\n\n"
DONE = b"data: [DONE]\n\n"
MEDIA_TYPE = "text/event-stream"
EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
}
DESCRIBED: dict[str, Any] = {"content": {MEDIA_TYPE: {"schema": EVENT}}}
"""What OpenAPI has of a route that may send events instead of JSON."""
INTERNAL = Problem(500, "internal", "the server failed; its log says why")
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class WorkResult(Generic[ResultT]):
    """What work that tells events came to."""

    value: ResultT


def frame(value: Any, name: str = "") -> bytes:
    """Return one event; the JSON is ASCII, so no reader can split it at a Unicode line end."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(value)}\n\n".encode()


class EventStream(Response):
    """Send frames as they come; leaving early closes the generator within an instant."""

    media_type = MEDIA_TYPE

    def __init__(self, frames: AsyncGenerator[bytes, None], failure_name: str = "") -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._frames = frames
        self._failure_name = failure_name
        self._path = ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._path = scope["path"]
        writing = asyncio.ensure_future(self._write(send))
        await _until_done_or_left(writing, receive)

    async def _write(self, send: Send) -> None:
        started = False
        try:
            async with aclosing(with_pings(self._frames)) as frames:
                async for data in frames:
                    if not started:
                        await self._start(send)
                    started = True
                    await send({"type": "http.response.body", "body": data, "more_body": True})
        except Exception as error:
            if not started:
                raise
            # A boundary: the status has been sent, so the failure can only be said in the stream.
            body = self._failure(error)
            await send({"type": "http.response.body", "body": body, "more_body": True})
        if not started:
            await self._start(send)
        await send({"type": "http.response.body", "body": b""})

    async def _start(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)

    def _failure(self, error: Exception) -> bytes:
        if isinstance(error, RooftreeError):
            problem = problem_of(error)
        else:
            logger("server").error("a stream failed", exc_info=error)
            problem = INTERNAL
        return frame(problem.body(self._path), self._failure_name)


async def with_pings(
    frames: AsyncGenerator[bytes, None],
    start_seconds: float = START_SECONDS,
    ping_seconds: float = PING_SECONDS,
) -> AsyncGenerator[bytes, None]:
    """Yield the frames, and a comment whenever there was nothing for a while."""
    upcoming: asyncio.Future[bytes | None] | None = None
    patience = start_seconds
    async with aclosing(frames):
        try:
            while True:
                upcoming = upcoming or asyncio.ensure_future(_next(frames))
                await asyncio.wait({upcoming}, timeout=patience)
                patience = ping_seconds
                if not upcoming.done():
                    yield PING
                    continue
                data, upcoming = upcoming.result(), None
                if data is None:
                    return
                yield data
        finally:
            if upcoming is not None:
                await _stop(upcoming)


async def while_connected(request: Request, work: Awaitable[dict[str, Any]]) -> Response:
    """Return what `work` comes to as JSON; stop it when the client leaves."""
    working = asyncio.ensure_future(work)
    done = await _until_done_or_left(working, request.receive)
    # 499 is nginx's "client closed request"; only the metrics see it.
    return JSONResponse(working.result()) if done else Response(status_code=499)


async def stream_events(
    work: Callable[[EventListener], Awaitable[ResultT]],
) -> AsyncGenerator[Event | WorkResult[ResultT], None]:
    """Yield the events that `work` tells its listener, and its outcome last."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[Event | None] = asyncio.Queue()

    def listen(event: Event) -> None:
        loop.call_soon_threadsafe(queue.put_nowait, event)

    async def run() -> ResultT:
        try:
            return await work(listen)
        finally:
            # Events may still be on their way through the loop, up to two turns of it behind.
            loop.call_soon(loop.call_soon, loop.call_soon, queue.put_nowait, None)

    task = asyncio.ensure_future(run())
    try:
        while (event := await queue.get()) is not None:
            yield event
        yield WorkResult(await task)
    finally:
        await _stop(task)


async def _until_done_or_left(work: asyncio.Future[Any], receive: Receive) -> bool:
    """Wait for `work` and return True, or stop it and return False when the client leaves."""
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
            return True
        return False
    finally:
        await _stop(leaving)
        await _stop(work)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _next(frames: AsyncGenerator[bytes, None]) -> bytes | None:
    try:
        return await anext(frames)
    except StopAsyncIteration:
        return None


async def _stop(work: asyncio.Future[Any]) -> None:
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
