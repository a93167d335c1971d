"""Deliver the events of work that runs in a thread to whoever listens in the event loop."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

from rooftree.telemetry.events import Event, EventLog

Listener = Callable[[Event], None]
Result = TypeVar("Result")


class Relay:
    """Delivers events in the caller's event loop, in order, whatever thread they come from.

    Once it is closed nobody waits for the run any more: a thread that still works for it ends at
    the next thing that it tells, and what it has committed by then is kept.
    """

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._home = threading.get_ident()
        self._closed = False

    def __call__(self, event: Event) -> None:
        if self._closed:
            raise asyncio.CancelledError
        if threading.get_ident() == self._home:
            self._listener(event)
        else:
            self._loop.call_soon_threadsafe(self._listener, event)

    def close(self) -> None:
        self._closed = True


async def in_thread(listener: Listener | None, work: Callable[[EventLog], Result]) -> Result:
    """Do work in a thread, telling the listener of it."""
    relay = Relay(listener or _ignore)
    try:
        return await asyncio.to_thread(work, EventLog(relay))
    finally:
        relay.close()


def _ignore(event: Event) -> None:
    """Take events that nobody watches."""
