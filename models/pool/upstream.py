"""One endpoint as the pool sees it: its client, opened when it is first needed, health and load."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from models.client import ModelClient
from models.pool.breaker import Breaker, BreakerSettings, State
from models.pool.happenings import Happening, Listener
from models.pool.slots import Slots


@dataclass(frozen=True, slots=True)
class Opened:
    """A client, and the ids under which the endpoint serves what we call otherwise."""

    client: ModelClient
    ids: Mapping[str, str] = field(default_factory=dict)

    def id_of(self, model: str) -> str:
        return self.ids.get(model, model)


class Upstream:
    """An endpoint; `opener` gives its client, and a new one where the old one has died."""

    def __init__(
        self,
        name: str,
        opener: Callable[[], Awaitable[Opened]],
        *,
        places: int,
        queue: int,
        listener: Listener,
        settings: BreakerSettings | None = None,
    ) -> None:
        self.name = name
        self.opened = opener
        self.slots = Slots(name, places, queue)
        self.breaker = Breaker(settings or BreakerSettings(), time.monotonic, self._told)
        self._listener = listener

    def allows(self) -> bool:
        """Tell whether a call may be sent now."""
        return self.breaker.state == "closed" or self.breaker.is_rested

    def _told(self, state: State) -> None:
        self._listener(Happening("breaker", self.name, detail=state))
