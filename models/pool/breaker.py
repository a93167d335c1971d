"""A circuit breaker: an endpoint that keeps failing is left alone for a while.

    closed ── failures ──> open ── rest over, one trial ──> half-open ── success ──> closed
                            ^                                   │
                            └───────── failure, rest doubled ───┘

It knows no endpoint; time is given to it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

BreakerState = Literal["closed", "open", "half_open"]


@dataclass(frozen=True, slots=True)
class BreakerSettings:
    """When it opens, and for how long."""

    failures: int = 3
    """In a row."""
    rest_seconds: float = 5.0
    longest_rest_seconds: float = 60.0


class CircuitBreaker:
    """The state of one endpoint."""

    def __init__(
        self,
        settings: BreakerSettings,
        clock: Callable[[], float],
        on_change: Callable[[BreakerState], None],
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._on_change = on_change
        self._failures = 0
        self._rest = settings.rest_seconds
        self._until = 0.0
        self.state: BreakerState = "closed"

    @property
    def is_rested(self) -> bool:
        """Whether an open breaker has waited long enough for a trial."""
        return self.state == "open" and self._clock() >= self._until

    def try_once(self) -> None:
        """Let one call through after the rest."""
        self._change("half_open")

    def rest(self, seconds: float) -> None:
        """Leave the endpoint alone because it asked for it."""
        self._until = self._clock() + min(seconds, self._settings.longest_rest_seconds)
        self._change("open")

    def succeeded(self) -> None:
        """Note a success; one that was under way before the breaker opened proves nothing."""
        if self.state == "open":
            return
        self._failures = 0
        self._rest = self._settings.rest_seconds
        self._change("closed")

    def failed(self) -> None:
        self._failures += 1
        if self.state == "half_open":
            self._rest = min(self._rest * 2, self._settings.longest_rest_seconds)
        elif self.state == "open" or self._failures < self._settings.failures:
            return
        self._until = self._clock() + self._rest
        self._change("open")

    def abandoned(self) -> None:
        """Forget a trial whose outcome is unknown; the next call is a trial again."""
        if self.state == "half_open":
            self._until = self._clock()
            self._change("open")

    def _change(self, state: BreakerState) -> None:
        if state != self.state:
            self.state = state
            self._on_change(state)
