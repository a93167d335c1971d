"""Deliver the events of work in a thread to a listener in the event loop."""

import asyncio
import threading
from collections.abc import Callable

from rooftree.telemetry.events import Event

EventListener = Callable[[Event], None]


class ThreadRelay:
    """Delivers events in the caller's event loop, in order, whatever thread they come from.

    Once it is closed no caller waits for the run any more: a thread that still works for it ends at
    the next thing that it tells, and what it has committed by then is kept.
    """

    def __init__(self, listener: EventListener) -> None:
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
