"""What servers say of their models' contexts, asked now and then: they may be started anew."""

import asyncio
import time
from collections import defaultdict

from models.pool.routes import ModelTarget
from models.pool.upstream import OpenClient
from rooftree.errors import ModelError

FRESH_SECONDS = 60.0
LOOK_SECONDS = 5.0
"""How long a server may take to tell; it then counts as one that does not."""


class ReportedContexts:
    """Asks each server once a minute at most, however many calls wait for the answer."""

    def __init__(self) -> None:
        self._known: dict[ModelTarget, tuple[float, int | None]] = {}
        self._looking: defaultdict[ModelTarget, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def of(self, opened: OpenClient, target: ModelTarget) -> int | None:
        """Return the context that a target's server reports, or None where it does not tell."""
        async with self._looking[target]:
            known = self._known.get(target)
            if known is not None and time.monotonic() - known[0] < FRESH_SECONDS:
                return known[1]
            tokens = await _asked(opened, opened.id_of(target.model))
            self._known[target] = (time.monotonic(), tokens)
            return tokens


async def _asked(opened: OpenClient, model: str) -> int | None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await opened.client.reported_context(model)
    except (ModelError, TimeoutError):
        return None
