"""Run each step once: the interface by which a run remembers its steps across a crash."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

StepWork = Callable[[], Awaitable[Any]]
"""Does the thing and returns what JSON can hold."""


class Memo(Protocol):
    """Remembers what came of work; the same kind and key asked again later is new work."""

    async def once(self, kind: str, key: str, work: StepWork) -> Any: ...


class NoMemo:
    """Runs every step again, for callers that need no memory."""

    async def once(self, kind: str, key: str, work: StepWork) -> Any:  # noqa: ARG002 - the seam's names
        return await work()
