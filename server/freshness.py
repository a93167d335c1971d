"""Keep a server's repositories fresh behind the scenes, while answers come first.

A repository is looked at when its watcher tells of a change, and by the clock at growing intervals,
since an event may be lost. It knows the workplace and when somebody is being answered, and nothing
of HTTP.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from rooftree.logs import logger
from server.hosted import Hosted
from server.workplace import Workplace, check_some, fill, look

TURN_SECONDS = 5.0
"""How often it is seen whether a look is due, or an embedder has come."""
FIRST_SECONDS = 5.0
MOST_SECONDS = 3_600.0
"""The time between two looks by the clock: it doubles while nothing has changed."""
SHARE_OF_TIME = 200
"""Looking by the clock takes at most one part in so many of the time."""


@dataclass(slots=True)
class _Clock:
    """When a repository is due to be looked at without an event."""

    wait_seconds: float = FIRST_SECONDS
    due: float = 0.0

    def looked(self, cpu_seconds: float, *, changed: bool) -> None:
        """Set the next time, after a look that took so much of a processor."""
        wait = FIRST_SECONDS if changed else 2 * self.wait_seconds
        self.wait_seconds = min(max(wait, SHARE_OF_TIME * cpu_seconds), MOST_SECONDS)
        self.due = time.monotonic() + self.wait_seconds


class Freshness:
    """Catches up with every open repository, now and whenever its files change."""

    def __init__(self, workplace: Workplace, answering: Callable[[], bool]) -> None:
        self._workplace = workplace
        self._answering = answering
        self._closing = asyncio.Event()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._clocks: dict[Hosted, _Clock] = {}
        self._filling: dict[Hosted, asyncio.Task[None]] = {}

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    def close(self) -> None:
        """Ask it to end; what it works at ends at the next step, and what is committed is kept."""
        self._closing.set()
        self._wake.set()

    async def closed(self) -> None:
        if self._task is not None:
            await self._task
        await asyncio.gather(*self._filling.values(), return_exceptions=True)

    def is_behind(self) -> bool:
        """Say whether files have changed that nobody has looked at yet."""
        return any(hosted.changed.is_set() for hosted in self._workplace.hosted())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended, and nobody is kept fresh any more
                loop.call_soon_threadsafe(self._wake.set)

        while not self._closing.is_set():
            self._wake.clear()
            await asyncio.to_thread(self._workplace.equip)
            for hosted in self._workplace.hosted():
                hosted.keep_watch(wake)
                await self._keep(hosted)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), TURN_SECONDS)

    async def _keep(self, hosted: Hosted) -> None:
        """Look at one repository where it is due; have its vector engine filled in any case."""
        clock = self._clocks.setdefault(hosted, _Clock())
        changed = hosted.changed.is_set()
        is_due = changed or time.monotonic() >= clock.due
        closing = self._closing.is_set
        try:
            if is_due:
                await asyncio.to_thread(look, hosted, closing)
            await asyncio.to_thread(fill, hosted, self._may_fill, closing)
        except Exception as error:  # noqa: BLE001 - one repository must not stop the others
            logger("services").warning("cannot catch up: %s", error)
        if is_due:
            clock.looked(hosted.look_cpu_seconds, changed=changed)
        self._fill_engine(hosted)
        await self._check(hosted)

    async def _check(self, hosted: Hosted) -> None:
        """Look at some more of what is stored, so that a round ends within hours of use."""
        if self._closing.is_set() or self._answering() or hosted.changed.is_set():
            return
        try:
            await asyncio.to_thread(check_some, hosted, self._closing.is_set)
        except Exception as error:  # noqa: BLE001 - word is left, and the next look acts on it
            logger("services").warning("%s", error)
            hosted.changed.set()

    def _fill_engine(self, hosted: Hosted) -> None:
        """Have the vector engine filled beside all else: it is another process that works."""
        running = self._filling.get(hosted)
        if (running is None or running.done()) and not self._closing.is_set():
            work = asyncio.to_thread(self._fill_in_thread, hosted)
            self._filling[hosted] = asyncio.create_task(work)

    def _fill_in_thread(self, hosted: Hosted) -> None:
        try:
            hosted.fill_engine(lambda: not self._answering() and not self._closing.is_set())
        except Exception as error:  # noqa: BLE001 - what cannot be filled is scanned
            logger("services").warning("cannot fill the vector engine: %s", error)

    def _may_fill(self) -> bool:
        """Say whether vectors may be filled: an answer and a changed file come first."""
        return not self._answering() and not self.is_behind()
