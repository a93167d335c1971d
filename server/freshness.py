"""Keep a server's repositories fresh behind the scenes, while answers come first.

It knows the workplace and when somebody is being answered, and nothing of HTTP.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from rooftree.logs import logger
from server.workplace import Workplace, catch_up

LOOK_SECONDS = 5.0
"""How often it is looked whether repositories have changed where no event told it so."""


class Freshness:
    """Catches up with every open repository, now and whenever its files change."""

    def __init__(self, workplace: Workplace, answering: Callable[[], bool]) -> None:
        self._workplace = workplace
        self._answering = answering
        self._closing = asyncio.Event()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    def close(self) -> None:
        """Ask it to end; what it works at ends at the next step, and what is committed is kept."""
        self._closing.set()
        self._wake.set()

    async def closed(self) -> None:
        if self._task is not None:
            await self._task

    def is_behind(self) -> bool:
        """Say whether files have changed that nobody has looked at yet."""
        return any(hosted.changed.is_set() for hosted in self._workplace.hosted())

    async def _run(self) -> None:
        closing = self._closing.is_set
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended, and nobody is kept fresh any more
                loop.call_soon_threadsafe(self._wake.set)

        while not closing():
            self._wake.clear()
            await asyncio.to_thread(self._workplace.equip)
            for hosted in self._workplace.hosted():
                hosted.keep_watch(wake)
                try:
                    await asyncio.to_thread(catch_up, hosted, self._may_fill, closing)
                except Exception as error:  # noqa: BLE001 - one repository must not stop the others
                    logger("services").warning("cannot catch up: %s", error)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)

    def _may_fill(self) -> bool:
        """Say whether vectors may be filled: an answer and a changed file come first."""
        return not self._answering() and not self.is_behind()
