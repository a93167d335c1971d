"""What a server does behind its answers: it keeps repositories fresh and measures models."""

import asyncio

from server.services.background_refresh import BackgroundRefresh
from server.services.host import Host

MEASURE_SECONDS = 2.0
"""What measures models is not even imported before: the first searches are the first to come."""


class Upkeep:
    """Keeps every open repository fresh, and models measured, from `start` to `aclose`."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._freshness = BackgroundRefresh(host.repositories, lambda: host.is_answering)
        self._measuring: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._freshness.start()
        if self._host.config.model.probe:
            self._measuring = asyncio.create_task(self._measure())

    async def aclose(self) -> None:
        """End it; the vector engines of the repositories are closed on the way."""
        self._freshness.close()
        # Before anything is waited for: a call to a slow endpoint would take its time.
        await asyncio.to_thread(self._host.embedders.close)
        if self._measuring is not None:
            self._measuring.cancel()
            await asyncio.gather(self._measuring, return_exceptions=True)
        # Before the look that is going on has ended: the seals take a moment.
        closing = asyncio.to_thread(self._host.repositories.close_engines)
        await asyncio.gather(closing, self._freshness.closed())

    async def _measure(self) -> None:
        """Measure models once the first who came have been answered."""
        await asyncio.sleep(MEASURE_SECONDS)
        from server.services.background_profiling import BackgroundProfiling

        host = self._host
        await BackgroundProfiling(host.models, host.profiler(), self._is_busy).run()

    def _is_busy(self) -> bool:
        """Say whether somebody asks, or an index is behind: both come before measuring a model."""
        pool = self._host.models.pool
        return self._host.is_answering or self._freshness.is_behind() or not pool.is_idle
