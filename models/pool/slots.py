"""The concurrency limit of an endpoint, and its queue.

First come, first served. It does not know what the calls are.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rooftree.errors import ModelBusyError


class EndpointSlots:
    """The places of one endpoint."""

    def __init__(self, name: str, places: int, queue: int) -> None:
        self._name = name
        self._places = places
        self._queue = queue
        self._waiting: deque[asyncio.Future[None]] = deque()
        self.taken = 0

    @property
    def has_room(self) -> bool:
        return self.taken < self._places and not self._waiting

    @property
    def has_queue(self) -> bool:
        return len(self._waiting) < self._queue

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place, waiting for it; raises ModelBusyError where too many wait already."""
        await self._enter()
        try:
            yield
        finally:
            self._leave()

    async def _enter(self) -> None:
        if self.has_room:
            self.taken += 1
            return
        if not self.has_queue:
            raise ModelBusyError(
                f"the endpoint {self._name!r} answers {self._places} calls and {self._queue} more "
                f"wait; ask again in a moment, or raise endpoints.{self._name}.concurrency"
            )
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # the place was ours at the very moment we gave up
            else:
                self._waiting.remove(turn)
            raise

    def _leave(self) -> None:
        """Hand the place to the call that has waited longest."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self.taken -= 1
