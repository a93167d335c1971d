"""Keep a server's repositories fresh in the background; requests go first.

The files that its watcher names are looked at at once, and all of a repository's by the clock, at
growing intervals, since an event may be lost. It knows the workplace and when somebody is being
answered, and nothing of HTTP.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from rooftree.telemetry.logs import logger
from server.services.hosted_repository import HostedRepository
from server.services.repositories import OpenRepositories, check_a_little, fill, refresh_now

START_SECONDS = 1.0
"""So long after its start a server does nothing of its own."""
FIRST_PATIENCE_SECONDS = 2.0
"""So long searches that began before the first look are waited for."""
TURN_SECONDS = 5.0
"""How often it is seen whether a look is due, or an embedder has come."""
FIRST_SECONDS = 5.0
MAX_SECONDS = 3_600.0
"""The time between two looks by the clock: it doubles while nothing has changed."""
SHARE_OF_TIME = 200
"""Looking by the clock takes at most one part in so many of the time."""
SHARE_OF_CHANGES = 10
"""The same for reading what has changed, while one file is saved after the other."""
MAX_REST_SECONDS = 10.0
BUSY_SECONDS = 1.0
"""So long after a search another one is expected, and what is stored is not looked at."""
MAX_UNCHECKED_SECONDS = 60.0
"""But not for longer than this: who searches all day must have it looked at too."""
PARSER_SECONDS = 60.0
"""So long a parser waits for the next change."""


@dataclass(slots=True)
class _Clock:
    """When all files of a repository are due to be looked at without an event."""

    wait_seconds: float = FIRST_SECONDS
    due: float = 0.0
    rest_until: float = 0.0
    """Until then what has changed waits."""
    checked: float = 0.0
    """When some of what is stored was last looked at."""

    def changed(self, cpu_seconds: float) -> None:
        """Have all files looked at sooner: where one has changed, another may have, unheard."""
        self.wait_seconds = max(FIRST_SECONDS, SHARE_OF_TIME * cpu_seconds)
        self.due = min(self.due, time.monotonic() + self.wait_seconds)

    def rested(self, seconds: float) -> None:
        """Let what changes wait a little, after a look that took so long."""
        self.rest_until = time.monotonic() + min(SHARE_OF_CHANGES * seconds, MAX_REST_SECONDS)

    def schedule_next(self, cpu_seconds: float) -> None:
        """Set the next time, after a look that took so much of a processor."""
        wait = max(2 * self.wait_seconds, SHARE_OF_TIME * cpu_seconds)
        self.wait_seconds = min(wait, MAX_SECONDS)
        self.due = time.monotonic() + self.wait_seconds


class BackgroundRefresh:
    """Catches up with every open repository, now and whenever its files change."""

    def __init__(self, workplace: OpenRepositories, answering: Callable[[], bool]) -> None:
        self._workplace = workplace
        self._answering = answering
        self._closing = asyncio.Event()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._clocks: dict[HostedRepository, _Clock] = {}
        self._filling: dict[HostedRepository, asyncio.Task[None]] = {}

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
        """Say whether files have changed that were not checked yet."""
        return any(bool(hosted.changes) for hosted in self._workplace.hosted())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            with suppress(RuntimeError):  # the loop has ended, and nothing is kept fresh any more
                loop.call_soon_threadsafe(self._wake.set)

        # Who starts a server asks it at once: that answer comes before all that can wait.
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closing.wait(), START_SECONDS)
        while not self._closing.is_set():
            self._wake.clear()
            await asyncio.to_thread(self._workplace.attach_embedder)
            for hosted in self._workplace.hosted():
                hosted.start_watching(wake)
                await self._refresh_one(hosted)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._until_next())

    def _until_next(self) -> float:
        """Return the seconds until something may be due."""
        now = time.monotonic()
        rests = (clock.rest_until - now for one, clock in self._clocks.items() if one.changes)
        return max(0.0, min([TURN_SECONDS, *rests]))

    async def _refresh_one(self, hosted: HostedRepository) -> None:
        """Look at one repository where it is due; have its vector engine filled in any case."""
        if hosted not in self._clocks:
            await asyncio.to_thread(hosted.wait_for_searches, FIRST_PATIENCE_SECONDS)
        clock = self._clocks.setdefault(hosted, _Clock())
        now = time.monotonic()
        is_due = now >= clock.due
        changed = bool(hosted.changes) and now >= clock.rest_until
        closing = self._closing.is_set
        try:
            if is_due or changed:
                clock.rested(
                    await asyncio.to_thread(refresh_now, hosted, closing, everywhere=is_due)
                )
            await asyncio.to_thread(fill, hosted, self._may_fill)
        except Exception as error:  # noqa: BLE001 - one repository must not stop the others
            logger("services").warning("cannot catch up: %s", error)
        if is_due:
            clock.schedule_next(hosted.look_cpu_seconds)
        if changed:
            clock.changed(hosted.look_cpu_seconds)
        self._fill_engine(hosted)
        await self._check(hosted)
        await asyncio.to_thread(hosted.repository.updates.close_idle_parser, PARSER_SECONDS)

    async def _check(self, hosted: HostedRepository) -> None:
        """Look at some more of what is stored, so that a round ends within hours of use."""
        if self._closing.is_set() or self._answering() or hosted.changes:
            return
        clock, now = self._clocks[hosted], time.monotonic()
        if now - hosted.searched_at < BUSY_SECONDS and now - clock.checked < MAX_UNCHECKED_SECONDS:
            return
        clock.checked = now
        try:
            await asyncio.to_thread(check_a_little, hosted, self._closing.is_set)
        except Exception as error:  # noqa: BLE001 - word is left, and the next look acts on it
            logger("services").warning("%s", error)
            hosted.changes.add()

    def _fill_engine(self, hosted: HostedRepository) -> None:
        """Have the vector engine filled beside all else: it is another process that works."""
        running = self._filling.get(hosted)
        if (running is None or running.done()) and not self._closing.is_set():
            work = asyncio.to_thread(self._fill_in_thread, hosted)
            self._filling[hosted] = asyncio.create_task(work)

    def _fill_in_thread(self, hosted: HostedRepository) -> None:
        try:
            hosted.fill_engine(self._is_free)
        except Exception as error:  # noqa: BLE001 - what cannot be filled is scanned
            logger("services").warning("cannot fill the vector engine: %s", error)

    def _is_free(self) -> bool:
        """Say whether nobody is being answered, and nothing is to end."""
        return not self._answering() and not self._closing.is_set()

    def _may_fill(self) -> bool:
        """Say whether vectors may be filled: an answer and a changed file come first."""
        return self._is_free() and not self.is_behind()
