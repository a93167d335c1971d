"""HTTP/1.1 on TCP: uvicorn's protocol, with a deadline for everything a client must send.

uvicorn waits for ever for a request's head, for a body and for a reader. Here a head has come
whole within seconds, however slowly it drips; a stranger's request is answered, and its answer
read, within seconds; a body that is not wanted any more ends soon; and a body that is wanted keeps
coming. What we owe has no deadline: an answer to somebody known may stream for as long as it takes.
"""

import asyncio
import json
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from server.access.authenticate import ACCESS
from server.access.client_resolver import ClientResolver, share_of
from server.base.error_bodies import Problem
from server.http.connections import Connections, DropReason

BODY_BYTES = 4096


@dataclass(frozen=True, slots=True)
class ClientTimeouts:
    """Timeouts of a client, in seconds."""

    head: float = 10.0
    """For the whole head of a request, from the connection's begin or the answer before; for a
    stranger's request to be over: it is refused at once, so only its reader can be slow; and for
    the rest of a body that was answered before it was whole, since closing at once could take the
    answer from a client that is still writing."""
    body: float = 30.0
    """For the next `BODY_BYTES` of a body."""


@dataclass(frozen=True, slots=True)
class ListenerContext:
    """What the connections of a listener share."""

    clients: ClientResolver
    connections: Connections
    timeouts: ClientTimeouts


class _Owed(Enum):
    HEAD = auto()
    REQUEST = auto()
    REST = auto()


class DeadlineProtocol(H11Protocol):
    """One connection."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        context: ListenerContext,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._clients = context.clients
        self._connections = context.connections
        self._timeouts = context.timeouts
        self._peer = ""
        self._authenticated = False
        self._owed: tuple[_Owed, object] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._received = 0
        self._unsent = 0
        self._body_of: object = None
        """The request whose body is being timed."""

    @property
    def is_authenticated(self) -> bool:
        if not self._authenticated and self.scope is not None:
            self._authenticated = ACCESS in self.scope
        return self._authenticated

    @property
    def idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def drop(self) -> None:
        self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = self.client[0] if self.client else ""
        self._enter(self._peer)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        self._connections.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._received += len(data)
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        if self.is_authenticated:
            self._connections.mark_authenticated(self)
        super().on_response_complete()
        self._watch()

    def _watch(self) -> None:
        """Set the deadline of what the client owes, if that is another thing than before."""
        if self.transport.is_closing() and self._deadline is not None:
            return
        owed = (self._owes(), self.cycle)
        if owed == self._owed:
            return
        before, self._owed = self._owed, owed
        self._wait(self._timeouts.head)
        if owed[0] is _Owed.REQUEST:
            self._begin()
        elif owed[0] is _Owed.HEAD:
            self._received = 0
            if before is not None:
                self._enter(self._peer)

    def _owes(self) -> _Owed:
        if not self.idle:
            return _Owed.REQUEST
        return _Owed.REST if self.conn.their_state is h11.SEND_BODY else _Owed.HEAD

    def _begin(self) -> None:
        """Count a request for its client; its scope has not been read yet."""
        self._received = 0
        client = self._clients.of(self._peer, self.headers)
        if client != self._peer:
            self.scope["client"] = (client, 0)
            self._enter(client)

    def _enter(self, client: str) -> None:
        shared = not self._clients.is_proxy(client)
        self._connections.add(self, share_of(client), shared)

    def _wait(self, seconds: float) -> None:
        self._rest()
        self._unsent = self.transport.get_write_buffer_size()
        self._deadline = self.loop.call_later(seconds, self._late)

    def _rest(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _late(self) -> None:
        self._deadline = None
        owes = self._owes()
        unsent = self.transport.get_write_buffer_size()
        if owes is _Owed.REQUEST and self.is_authenticated:
            self._look_at_body()
        elif 0 < unsent < self._unsent and self.is_authenticated:
            # A long answer on a slow line; uvicorn counts it as given once it is in the buffer.
            self._wait(self._timeouts.head)
        elif owes is _Owed.HEAD and not unsent:
            self._end("head", head_timeout_response(self._timeouts.head) if self._received else b"")
        else:
            self._end("body" if owes is _Owed.REST and not unsent else "unread")

    def _look_at_body(self) -> None:
        """End a request whose body has stopped coming; where we do not read, it cannot come."""
        self._connections.mark_authenticated(self)
        if not self.cycle.more_body:
            return
        timed, self._body_of = self._body_of is self.cycle, self.cycle
        if timed and self._received < BODY_BYTES and not self.flow.read_paused:
            answered = self.cycle.response_started
            self._end("body", b"" if answered else body_timeout_response(self._timeouts.body))
            return
        self._received = 0
        self._wait(self._timeouts.body)

    def _end(self, reason: DropReason, answer: bytes = b"") -> None:
        self._connections.on_drop(reason)
        # What waits to be sent is waiting for a reader: closing would wait for it, too.
        if self.transport.is_closing() or self.transport.get_write_buffer_size():
            self.transport.abort()
            return
        if answer:
            self.transport.write(answer)
        self.transport.close()


def head_timeout_response(seconds: float) -> bytes:
    return _too_late(
        f"the head of this request had not come whole after {seconds:g} s; send it at once"
    )


def body_timeout_response(seconds: float) -> bytes:
    return _too_late(
        f"fewer than {BODY_BYTES} bytes of this body came in {seconds:g} s; send it without a break"
    )


def _too_late(message: str) -> bytes:
    """Return an answer that needs no state of HTTP, since the connection ends with it."""
    body = json.dumps(Problem(408, "too_late", message).body("/")).encode()
    head = (
        "HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
