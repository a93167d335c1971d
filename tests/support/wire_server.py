"""An HTTP server on 127.0.0.1 that sends exactly the bytes, pauses and cuts it is given.

It keeps what every client asked and notices when one hangs up; what to answer is its owner's
business.
"""

import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.replies import Hang, Part, Pause, Wire

POLL_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class Recorded:
    """A request as it came."""

    method: str
    path: str
    headers: Mapping[str, str]
    """Names are in lower case."""
    raw: bytes
    body: Any
    """The JSON of `raw`, or None."""
    left: threading.Event = field(default_factory=threading.Event)
    """Set once the client has hung up before the answer was complete."""


class WireServer(ThreadingHTTPServer):
    """Serve until `close`, a thread for each connection."""

    # Closing joins the threads, whose connections have been hung up by then.
    daemon_threads = False

    def __init__(self, answer: Callable[[Recorded], Wire]) -> None:
        super().__init__(("127.0.0.1", 0), Connection)
        self.answer = answer
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(POLL_SECONDS,))

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Stop accepting, hang up on everybody and wait for the threads."""
        self.closing.set()
        self.shutdown()
        self._thread.join()
        with self._lock:
            for connection in self._connections:
                hang_up(connection)
        self.server_close()

    def opened(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.add(connection)
            if self.closing.is_set():
                hang_up(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._connections.discard(connection)
            hang_up(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Keep quiet: a client that hangs up is part of the script."""


class Connection(BaseHTTPRequestHandler):
    """One client."""

    protocol_version = "HTTP/1.1"
    server: WireServer
    connection: socket.socket

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        self.server.closed(self.connection)
        super().finish()

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: Any) -> None:
        """Keep quiet: requests are recorded."""

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            body = json.loads(raw) if raw else None
        except ValueError:
            body = None
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Recorded(self.command, self.path, headers, raw, body)
        self.close_connection = not self._send(request, self.server.answer(request))

    def _send(self, request: Recorded, wire: Wire) -> bool:
        """Send an answer; return whether the connection can take another request."""
        try:
            if not all(self._act(request, part) for part in wire.before):
                return False
            self.connection.sendall(head_of(wire))
            for part in wire.parts:
                if isinstance(part, bytes):
                    self.connection.sendall(framed(part, wire))
                elif not self._act(request, part):
                    return False
            if wire.framing == "chunked":
                self.connection.sendall(b"0\r\n\r\n")
        except OSError:
            request.left.set()
            return False
        return wire.framing in ("length", "chunked")

    def _act(self, request: Recorded, part: Part) -> bool:
        """Pause, hang or cut; return whether to go on."""
        if isinstance(part, Pause):
            return not self.server.closing.wait(part.seconds)
        if isinstance(part, Hang):
            while not self.server.closing.wait(POLL_SECONDS):
                if has_left(self.connection):
                    request.left.set()
                    break
        return False


def head_of(wire: Wire) -> bytes:
    """Return the status line and the headers."""
    headers = dict(wire.headers)
    if wire.framing == "length":
        size = sum(len(part) for part in wire.parts if isinstance(part, bytes))
        headers["content-length"] = str(size)
    elif wire.framing == "chunked":
        headers["transfer-encoding"] = "chunked"
    elif wire.framing == "close":
        headers["connection"] = "close"
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {wire.status} Scripted", *lines, "", ""]).encode()


def framed(part: bytes, wire: Wire) -> bytes:
    """Return a part as it travels; an empty chunk would end the answer."""
    if wire.framing != "chunked" or not part:
        return part
    return b"%x\r\n%s\r\n" % (len(part), part)


def has_left(connection: socket.socket) -> bool:
    """Return whether the other side has closed the connection."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
