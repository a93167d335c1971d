"""The time that a run may take by the clock on the wall, without that of a person who is asked."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar

from rooftree.errors import WallClockError

_CLOCKS: ContextVar[tuple[asyncio.Timeout, ...]] = ContextVar("clocks", default=())


@asynccontextmanager
async def wall_clock(seconds: float, message: str) -> AsyncIterator[None]:
    """Cancel what is done inside when its time is over, and raise WallClockError."""
    clock = asyncio.timeout(seconds)
    try:
        async with clock:
            token = _CLOCKS.set((*_CLOCKS.get(), clock))
            try:
                yield
            finally:
                _CLOCKS.reset(token)
    except TimeoutError as error:
        if not clock.expired():
            raise
        raise WallClockError(message) from error


@contextmanager
def standing_still() -> Iterator[None]:
    """Let the clocks around this stand still while a person thinks."""
    loop = asyncio.get_running_loop()
    now = loop.time()
    left = [(one, one.when()) for one in _CLOCKS.get() if not one.expired()]
    for clock, _ in left:
        clock.reschedule(None)
    try:
        yield
    finally:
        passed = loop.time() - now
        for clock, when in left:
            if when is not None:
                clock.reschedule(when + passed)
