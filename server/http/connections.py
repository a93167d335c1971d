"""Connection limits: a share for each client; when full, the oldest is dropped.

A connection that has shown a valid key is authenticated, and a stranger until then. None is
refused when it is opened, because a flood and a real client look alike then; but a real client has
sent a whole request within an instant, and an attacker with open connections has not. So a new one
takes the place of the oldest stranger: of the same client where it has its share, else of whichever
client holds the most. Authenticated connections are never dropped for strangers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

DropReason = Literal["share", "full", "head", "body", "unread"]
"""Why a connection was ended: `share` and `full` here, the others by its deadlines."""


class Connection(Protocol):
    """What is asked of a connection."""

    @property
    def is_authenticated(self) -> bool:
        """Whether it has shown a valid key."""
        ...

    @property
    def idle(self) -> bool:
        """Whether no request of it is being answered."""
        ...

    def drop(self) -> None:
        """End it at once."""
        ...


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections there may be; the limit on open files (often 1024) lies above."""

    share: int = 64
    """Strangers of one client: four times what is accepted in one turn of the loop, since a request
    that came with its connection is read three turns after it was accepted."""
    strangers: int = 256
    known: int = 512


class Connections:
    """The connections of one listener."""

    def __init__(self, room: ConnectionLimits, on_drop: Callable[[DropReason], None]) -> None:
        self._room = room
        self.on_drop = on_drop
        self._clients: dict[str, dict[Connection, None]] = {}
        """The strangers of each client, the oldest first."""
        self._client_of: dict[Connection, str] = {}
        self._authenticated: dict[Connection, None] = {}

    @property
    def strangers(self) -> int:
        """How many connections have not shown a living key."""
        return len(self._client_of)

    def add(self, one: Connection, client: str, shared: bool = True) -> None:
        """Add a stranger; one that is here already is counted for another client from now on.

        What comes from a proxy before it names a client counts in no client's share.
        """
        if one in self._authenticated:
            return
        self.remove(one)
        self._client_of[one] = client
        strangers = self._clients.setdefault(client, {})
        strangers[one] = None
        if shared and len(strangers) > self._room.share:
            self._take_from(client, "share")
        if len(self._client_of) > self._room.strangers:
            self._take_from(max(self._clients, key=lambda name: len(self._clients[name])), "full")

    def mark_authenticated(self, one: Connection) -> None:
        """Mark a stranger as authenticated."""
        if one not in self._client_of:
            return
        self.remove(one)
        self._authenticated[one] = None
        if len(self._authenticated) > self._room.known:
            others = (other for other in self._authenticated if other is not one)
            idle = next((other for other in others if other.idle), None)
            if idle is not None:
                self._end(idle, "full")

    def remove(self, one: Connection) -> None:
        """Forget a connection that is gone."""
        self._authenticated.pop(one, None)
        client = self._client_of.pop(one, None)
        if client is not None:
            strangers = self._clients[client]
            del strangers[one]
            if not strangers:
                del self._clients[client]

    def _take_from(self, client: str, reason: DropReason) -> None:
        oldest = next(iter(self._clients[client]))
        if oldest.is_authenticated:
            self.mark_authenticated(oldest)
        else:
            self._end(oldest, reason)

    def _end(self, one: Connection, reason: DropReason) -> None:
        self.remove(one)
        self.on_drop(reason)
        one.drop()
