"""Giving way: a probe's call is given up as soon as somebody else wants the model, and tried again.

It does not know who that somebody is.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


async def at_once() -> None:
    """Wait for nothing."""


async def never() -> None:
    """Wait for ever."""
    await asyncio.get_running_loop().create_future()


@dataclass(frozen=True, slots=True)
class Turns:
    """Waits until nobody else wants the model (`quiet`), and until somebody does (`wanted`)."""

    quiet: Callable[[], Awaitable[None]] = at_once
    wanted: Callable[[], Awaitable[None]] = never

    async def taken(self, call: Callable[[], Awaitable[Result]]) -> Result:
        """Return what a call comes to that nobody had to wait for."""
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


ALONE = Turns()
