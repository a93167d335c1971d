"""One call and its attempts: which endpoint is next, when to pause, and when to give up.

It knows the state of endpoints and the kinds of errors, and not what is asked.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from models.chat.types import Usage
from models.client.tool_use import ToolChoiceError
from models.pool.events import PoolEvent, PoolListener
from models.pool.routes import ModelTarget
from models.pool.tracing import note_usage, span_of
from models.pool.upstream import OpenClient, Upstream
from models.wire.failures import (
    ModelDeniedError,
    ModelOverloadedError,
    ModelRefusedError,
    UnreadableCallError,
)
from rooftree.errors import (
    ModelBusyError,
    ModelError,
    ModelProtocolError,
    ModelTimeoutError,
    ModelUnavailableError,
    WeightsError,
)

FAILURES = (ModelUnavailableError, ModelTimeoutError, ModelProtocolError, WeightsError)
"""What another endpoint may do better."""
LASTING = (ModelRefusedError, ModelDeniedError, WeightsError, ModelBusyError)
"""What the same endpoint will say again a moment later."""
ANSWERED = (ToolChoiceError, UnreadableCallError)
"""What the model is at fault for, and would do again: the same request is not sent again."""
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How a call is tried again."""

    rounds: int = 3
    """How often all endpoints are asked before a call is given up."""
    pause_seconds: float = 0.25
    longest_pause_seconds: float = 4.0
    total_seconds: float = 600.0
    """After this no new try begins."""


@dataclass(frozen=True, slots=True)
class TargetCandidate:
    """A target, where it is, and how far down the list of fallbacks its alias stands."""

    target: ModelTarget
    upstream: Upstream
    step: int = 0


class Attempt:
    """One try at one endpoint."""

    def __init__(self, alias: str, candidate: TargetCandidate, listener: PoolListener) -> None:
        self.target = candidate.target
        self.upstream = candidate.upstream
        self.begun = False
        """Whether the caller may have seen a part of the answer."""
        self._alias = alias
        self._listener = listener
        self._started = 0.0
        self._first: float | None = None
        self._usage: Usage | None = None
        self._complete = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[OpenClient]:
        """Hold a place at the endpoint, and note how the call ends."""
        breaker = self.upstream.breaker
        async with self.upstream.slots.place():
            if breaker.state == "open":
                breaker.try_once()
            self._started = time.monotonic()
            try:
                with span_of(self._alias, self.target) as span:
                    yield await self.upstream.opened()
                    note_usage(span, self._usage)
            except ModelError as error:
                self._failed(error)
                raise
            except BaseException:
                # The caller has gone away, at best after the end of the answer.
                if self._complete:
                    self._answered()
                else:
                    breaker.abandoned()
                    self._notify("gave_up")
                raise
            self._answered()

    def received(self, *, complete: bool = False, usage: Usage | None = None) -> None:
        """Note that a part of the answer has come, perhaps the last."""
        self.begun = True
        if self._first is None:
            self._first = time.monotonic() - self._started
        self._complete = self._complete or complete
        self._usage = usage or self._usage

    def _answered(self) -> None:
        self.upstream.breaker.succeeded()
        self._notify("answered")

    def _failed(self, error: ModelError) -> None:
        """Hold against an endpoint what is its fault; a refused request is not."""
        breaker = self.upstream.breaker
        if isinstance(error, ModelOverloadedError):
            breaker.rest(error.retry_seconds)
        elif isinstance(error, (ModelRefusedError, *ANSWERED)):
            breaker.succeeded()
        elif isinstance(error, FAILURES):
            breaker.failed()
        else:
            breaker.succeeded()
        self._notify("failed" if may_be_tried_elsewhere(error) else "refused", type(error).__name__)

    def _notify(self, kind: str, detail: str = "") -> None:
        usage = self._usage or Usage(0, 0)
        self._listener(
            PoolEvent(
                kind,  # type: ignore[arg-type]  # each caller above passes one of the kinds
                self.upstream.name,
                self._alias,
                self.target.version,
                detail,
                time.monotonic() - self._started,
                self._first,
                usage.prompt_tokens,
                usage.completion_tokens,
            )
        )


class Attempts:
    """The tries of one call, in the order of its candidates."""

    def __init__(
        self,
        alias: str,
        candidates: Sequence[TargetCandidate],
        patience: RetryPolicy,
        listener: PoolListener,
    ) -> None:
        self._alias = alias
        self._candidates = candidates
        self._patience = patience
        self._listener = listener
        self._round = 0
        self._tried: set[str] = set()
        self._errors: list[ModelError] = []
        self._passing = False
        """Whether a failure of this round may be another's fault a moment later."""
        self._ends = time.monotonic() + patience.total_seconds

    async def next(self) -> Attempt:
        """Return the next try; raises the error to tell where there is none."""
        while True:
            candidate = self._candidate()
            if candidate is not None:
                self._tried.add(_place(candidate))
                return Attempt(self._alias, candidate, self._listener)
            self._round += 1
            if not self._worth_another_round():
                raise self._last_word()
            await asyncio.sleep(self._pause())
            self._tried.clear()
            self._passing = False

    def failed(self, attempt: Attempt, error: ModelError) -> None:
        """Note why a try failed; raises where no other is right."""
        if attempt.begun or not may_be_tried_elsewhere(error):
            raise error
        self._errors.append(error)
        self._passing = self._passing or not isinstance(error, LASTING)
        self._listener(
            PoolEvent(
                "failed_over",
                attempt.upstream.name,
                self._alias,
                attempt.target.version,
                type(error).__name__,
            )
        )

    def _candidate(self) -> TargetCandidate | None:
        """Return the best candidate of this round: able to take the call now, else with a queue.

        Where every endpoint is being left alone, they are asked all the same: better a late answer
        than to say that there is none without having looked.
        """
        left = [item for item in self._candidates if _place(item) not in self._tried]
        allowed = [item for item in left if item.upstream.accepts_calls()]
        if not allowed and not self._tried:
            allowed = left
        for step in sorted({item.step for item in allowed}):
            here = [item for item in allowed if item.step == step]
            free = [item for item in here if item.upstream.slots.has_room]
            queued = [item for item in here if item.upstream.slots.has_queue]
            queued.sort(key=lambda item: item.upstream.slots.waiting)
            if free or queued:
                return (free or queued)[0]
        return allowed[0] if allowed else None

    def _worth_another_round(self) -> bool:
        in_time = time.monotonic() < self._ends
        return self._passing and in_time and self._round < self._patience.rounds

    def _pause(self) -> float:
        """Return a pause that grows, jittered so that many callers do not come back at once."""
        longest = self._patience.pause_seconds * 2.0 ** (self._round - 1)
        longest = min(longest, self._patience.longest_pause_seconds)
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no cryptography

    def _last_word(self) -> ModelError:
        """Return the error that says most: a busy endpoint before a broken one."""
        if not self._errors:
            return ModelUnavailableError(
                f"no endpoint can answer for {self._alias!r}: none of those that are configured "
                "was measured to be able to do what is asked; `rooftree models probe` measures "
                "them anew"
            )
        busy = [error for error in self._errors if isinstance(error, ModelBusyError)]
        return busy[0] if busy else self._errors[-1]


def may_be_tried_elsewhere(error: ModelError) -> bool:
    """Tell whether another endpoint may answer where one failed so."""
    if isinstance(error, ModelRefusedError):
        return error.status == NOT_FOUND
    return isinstance(error, (*FAILURES, ModelBusyError)) and not isinstance(error, ANSWERED)


def _place(candidate: TargetCandidate) -> str:
    return f"{candidate.target.endpoint}\0{candidate.target.version}\0{candidate.step}"
