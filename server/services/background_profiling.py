"""Measure unknown models in the background, while the server is idle.

Requests go first: a running call of a probe is cancelled and repeated later.

It depends on the profiler and on whether the server is idle, not on HTTP.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from models.gateway import ModelAccess
from models.pool.routes import ROLES
from models.probing.preemption import PreemptibleRunner
from models.probing.profiler import Profiler
from rooftree.errors import RooftreeError
from rooftree.telemetry.logs import logger

QUIET_SECONDS = 5.0
LOOK_SECONDS = 0.5
NOTICE_SECONDS = 0.05
"""How often, during a probe, it is checked whether a request has arrived."""
AGAIN_SECONDS = 300.0
UNPROBED = "embed"


@dataclass(frozen=True, slots=True)
class BackgroundProfiling:
    """Measures every model behind a role once, and looks again now and then."""

    access: ModelAccess
    profiler: Profiler
    is_busy: Callable[[], bool]
    quiet_seconds: float = QUIET_SECONDS
    look_seconds: float = LOOK_SECONDS

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await self._await_quiet()
            for role in ROLES:
                if role != UNPROBED:
                    await self._measure(role)
            await asyncio.sleep(AGAIN_SECONDS)

    async def _measure(self, role: str) -> None:
        turns = PreemptibleRunner(self._await_idle, self._await_request)
        try:
            for located in await self.access.locate(role):
                await self.profiler.measure(located, turns=turns)
        except RooftreeError as error:
            logger("models").warning("cannot measure what answers for %r: %s", role, error)

    async def _await_idle(self) -> None:
        if self.is_busy():
            await self._await_quiet()

    async def _await_request(self) -> None:
        """Wait until a request arrives: a running probe is cancelled then."""
        while True:
            await asyncio.sleep(NOTICE_SECONDS)
            if self.is_busy():
                return

    async def _await_quiet(self) -> None:
        """Wait until nothing has gone on for a moment."""
        since = 0.0
        while since < self.quiet_seconds:
            await asyncio.sleep(self.look_seconds)
            since = 0.0 if self.is_busy() else since + self.look_seconds
