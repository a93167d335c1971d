"""Do a thing once: the seam by which a run remembers what it did, across a crash."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

Work = Callable[[], Awaitable[Any]]
"""Does the thing and returns what JSON can hold."""


class Memo(Protocol):
    """Remembers what came of work; the same kind and key asked again later is new work."""

    async def once(self, kind: str, key: str, work: Work) -> Any: ...


class Forgetful:
    """Does everything anew, for who needs no memory."""

    async def once(self, kind: str, key: str, work: Work) -> Any:  # noqa: ARG002 - the seam's names
        return await work()
