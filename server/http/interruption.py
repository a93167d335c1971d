"""What a client gets when its answer breaks off: the server stops, or fails outside its routes.

uvicorn would say `Internal Server Error` in plain text, or cut the connection in the middle of a
stream. Here it is the error that every other failure is: JSON, or the last event of a stream.
"""

import asyncio
import json
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rooftree.telemetry.logs import logger
from server.base.error_bodies import Problem
from server.base.sse import INTERNAL, MEDIA_TYPE, frame
from server.operations.operation import FAILURE

STOPPING = Problem(
    503,
    "stopping",
    "the server is stopping; ask again once it runs again",
    headers={"retry-after": "5"},
)
SAY_SECONDS = 1.0
"""How long a client may take to receive the notice that its answer is broken off."""


class InterruptionMiddleware:
    """An application whose answers end as errors in its own shape, whatever breaks them off."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        heard = _Heard(send)
        try:
            await self._app(scope, receive, heard)
        except asyncio.CancelledError:
            await heard.end(scope, STOPPING)
        except BaseException as error:
            # A boundary: also what is no Exception, such as a panic of native code.
            logger("server").error("%s failed", scope.get("path"), exc_info=error)
            await heard.end(scope, INTERNAL)
            if isinstance(error, KeyboardInterrupt | SystemExit):
                raise


class _Heard:
    """Passes on what is sent, and knows how far an answer has come."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = self._streams = self._over = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._started = True
            self._streams = any(
                name.lower() == b"content-type" and value.startswith(MEDIA_TYPE.encode())
                for name, value in message["headers"]
            )
        elif message["type"] == "http.response.body":
            self._over = not message.get("more_body", False)
        await self._send(message)

    async def end(self, scope: Scope, problem: Problem) -> None:
        """Say what happened where that is still possible."""
        if scope["type"] != "http" or self._over or (self._started and not self._streams):
            return
        path = scope["path"]
        body = problem.body(path)
        try:
            async with asyncio.timeout(SAY_SECONDS):
                if not self._started:
                    await self._begin(problem)
                    data = json.dumps(body).encode()
                else:
                    data = frame(body, "" if path.startswith("/v1/") else FAILURE)
                await self._send({"type": "http.response.body", "body": data})
        except (TimeoutError, OSError):
            return  # the client does not read any more

    async def _begin(self, problem: Problem) -> None:
        headers: list[tuple[bytes, bytes]] = [
            (b"content-type", b"application/json"),
            (b"connection", b"close"),
            *((name.encode(), value.encode()) for name, value in problem.headers.items()),
        ]
        start: dict[str, Any] = {"type": "http.response.start", "status": problem.status}
        await self._send(start | {"headers": headers})
