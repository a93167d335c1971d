"""One endpoint as the pool sees it: its client, opened when it is first needed, health and load."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from models.client.client import ModelClient
from models.pool.breaker import BreakerSettings, BreakerState, CircuitBreaker
from models.pool.events import PoolEvent, PoolListener
from models.pool.slots import EndpointSlots
from models.wire.failures import redacted_url
from rooftree.errors import ModelError, ModelProtocolError, UnknownModelError
from rooftree.text.unknown_names import unknown_name

LIST_SECONDS = 5.0
"""How long to wait for a model list before a call."""
LATEST = ":latest"
"""What some servers add to names that they list, and do without where they are asked for."""


@dataclass(frozen=True, slots=True)
class OpenClient:
    """A client, and the ids under which the endpoint serves what we call otherwise."""

    client: ModelClient
    ids: Mapping[str, str] = field(default_factory=dict)

    def id_of(self, model: str) -> str:
        return self.ids.get(model, model)


class Upstream:
    """An endpoint; `opener` gives its client, and a new one where the old one has failed."""

    def __init__(  # noqa: PLR0913 - most by name, and half have a default
        self,
        name: str,
        opener: Callable[[], Awaitable[OpenClient]],
        *,
        places: int,
        queue: int,
        listener: PoolListener,
        settings: BreakerSettings | None = None,
        names: Callable[[], frozenset[str]] | None = None,
    ) -> None:
        """`names` are all models of an endpoint of our own, which need not be asked for."""
        self.name = name
        self.opened = opener
        self.slots = EndpointSlots(name, places, queue)
        self.breaker = CircuitBreaker(settings or BreakerSettings(), time.monotonic, self._notify)
        self._listener = listener
        self._names = names
        self._found: set[str] = set()
        self._looking = asyncio.Lock()

    def own_names(self) -> frozenset[str] | None:
        """Return the models of an endpoint of our own; None where the endpoint has to be asked."""
        return None if self._names is None else self._names()

    async def check(self, opened: OpenClient, model: str) -> None:
        """Raise UnknownModelError where the endpoint lists models, and not this one.

        Many servers answer for any name with whatever they have, and what they said would be kept
        under the name of a model that did not answer. Servers without a list are trusted.
        """
        wanted = opened.id_of(model)
        if wanted in self._found:
            return
        # One asks for the list, and the crowd that came with it waits for what it says.
        async with self._looking:
            if wanted in self._found:
                return
            listed = await self._listed(opened)
            if listed is None:
                return
            if listed and wanted not in listed and wanted + LATEST not in listed:
                own = self._names is not None
                where = (
                    "the embedded server" if own else redacted_url(opened.client.endpoint.base_url)
                )
                raise UnknownModelError(unknown_name("model", model, listed, f"asked of {where}"))
            self._found.add(wanted)

    async def _listed(self, opened: OpenClient) -> frozenset[str] | None:
        """Return what the endpoint lists, nothing where it has no list; None without an answer."""
        own = self.own_names()
        if own is not None:
            return own
        try:
            async with asyncio.timeout(LIST_SECONDS):
                return frozenset(one.id for one in await opened.client.models())
        except ModelProtocolError:
            return frozenset()
        except (ModelError, TimeoutError):
            return None

    def accepts_calls(self) -> bool:
        """Tell whether a call may be sent now."""
        return self.breaker.state == "closed" or self.breaker.is_rested

    def _notify(self, state: BreakerState) -> None:
        self._listener(PoolEvent("breaker", self.name, detail=state))
