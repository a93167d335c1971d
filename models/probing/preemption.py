"""Preemption: a probe's call is cancelled as soon as another caller wants the model, and retried.

It does not know who the other caller is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

ResultT = TypeVar("ResultT")


async def return_immediately() -> None:
    """Return at once."""


async def wait_forever() -> None:
    """Wait for ever."""
    await asyncio.get_running_loop().create_future()


@dataclass(frozen=True, slots=True)
class PreemptibleRunner:
    """Waits until no other caller wants the model (`quiet`), and until one does (`wanted`)."""

    quiet: Callable[[], Awaitable[None]] = return_immediately
    wanted: Callable[[], Awaitable[None]] = wait_forever

    async def run(self, call: Callable[[], Awaitable[ResultT]]) -> ResultT:
        """Return the result of a call that was not preempted."""
        while True:
            await self.quiet()
            calling = asyncio.ensure_future(call())
            wanted = asyncio.ensure_future(self.wanted())
            try:
                await asyncio.wait({calling, wanted}, return_when=asyncio.FIRST_COMPLETED)
                if calling.done():
                    return calling.result()
            finally:
                calling.cancel()
                wanted.cancel()
                await asyncio.gather(calling, wanted, return_exceptions=True)


NO_PREEMPTION = PreemptibleRunner()
