"""Waiting for what another process or thread brings about."""

import asyncio
from collections.abc import Callable


async def until(look: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not look():  # noqa: ASYNC110 - servers and other processes set no event
            await asyncio.sleep(0.02)


async def within_a_second(look: Callable[[], object]) -> bool:
    """Return whether something becomes so within a second of our own turns.

    A turn takes 20 ms, and as much longer as the machine or this loop's other work makes whoever is
    waited for take too: what is found is a second of waiting, never a second of a busy machine.
    """
    for _ in range(50):
        if look():
            return True
        await asyncio.sleep(0.02)
    return False
