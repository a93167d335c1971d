"""A limit on concurrent requests, behind the gate.

Only those count that have come through it: what is refused, and `/healthz`, needs no place here, so
that neither unauthenticated clients nor high load can block a health probe.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from server.access.authenticate import ACCESS, send_problem
from server.base.error_bodies import Problem

MAX_REQUESTS = 256


class RequestLimit:
    """Refuse requests above the limit for the moment."""

    def __init__(self, app: ASGIApp, most: int = MAX_REQUESTS) -> None:
        self._app = app
        self._most = most
        self._at_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if ACCESS not in scope:
            await self._app(scope, receive, send)
            return
        if self._at_work >= self._most:
            message = f"{self._most} requests are at work already; ask again in a moment"
            problem = Problem(503, "too_many_requests", message, headers={"Retry-After": "1"})
            await send_problem(problem, scope, receive, send)
            return
        self._at_work += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._at_work -= 1
