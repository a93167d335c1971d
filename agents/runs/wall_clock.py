"""The time that a run may take by the clock on the wall."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rooftree.errors import WallClockError


@asynccontextmanager
async def wall_clock(seconds: float, message: str) -> AsyncIterator[None]:
    """Cancel what is done inside when its time is over, and raise WallClockError."""
    clock = asyncio.timeout(seconds)
    try:
        async with clock:
            yield
    except TimeoutError as error:
        if not clock.expired():
            raise
        raise WallClockError(message) from error
