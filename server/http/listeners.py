"""The two doors of the server: a TCP socket on loopback and a unix socket for its own user.

It binds them and clears away what a dead server left; what is answered behind them it does not
know.
"""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rooftree.errors import ConfigError, UsageError
from rooftree.paths import cannot_write

BACKLOG = 1024
MAX_SOCKET_PATH_BYTES = 107
"""Linux keeps a unix socket's path in 108 bytes."""
CONNECT_SECONDS = 1.0


@contextmanager
def tcp_listener(host: str, port: int) -> Iterator[socket.socket]:
    """Listen on an address; port 0 takes a free one."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(found[4], family=found[0], backlog=BACKLOG)
    except OSError as error:
        raise UsageError(
            f"cannot listen on {host} port {port}: {error.strerror}; stop what listens there, or "
            "choose another serve.port (0 takes a free one) or serve.host"
        ) from error
    with listener:
        # Accepted connections inherit it. asyncio sets it only on sockets that name their protocol,
        # and without it the body of an answer waits 40 ms for the head to be acknowledged.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


def url_of(listener: socket.socket) -> str:
    """Return the base URL of a TCP listener."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def unix_listener(path: Path) -> Iterator[socket.socket]:
    """Listen at `path`, for this user only; the file is removed at the end."""
    if len(os.fsencode(path)) > MAX_SOCKET_PATH_BYTES:
        raise ConfigError(
            f"the path {str(path)!r} is too long for a unix socket "
            f"({MAX_SOCKET_PATH_BYTES} bytes); set state.folder to a shorter one"
        )
    _clear(path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        try:
            listener.bind(os.fspath(path))
            # No client can connect before `listen`, and the folder above is 0700.
            path.chmod(0o600)
            listener.listen(BACKLOG)
        except OSError as error:
            raise cannot_write(path, error, "listen at") from error
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


@contextmanager
def token_file(path: Path) -> Iterator[str]:
    """Write a new token to `path`, for this user only; the file is removed at the end."""
    token = secrets.token_urlsafe(32)
    try:
        path.unlink(missing_ok=True)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "w") as handle:
            handle.write(token)
    except OSError as error:
        raise cannot_write(path, error, "write the token") from error
    try:
        yield token
    finally:
        path.unlink(missing_ok=True)


def _clear(path: Path) -> None:
    """Remove the socket of a server that is gone; refuse where one still answers."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(CONNECT_SECONDS)
        try:
            probe.connect(os.fspath(path))
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise UsageError(
                f"{str(path)!r} is in the way and cannot be connected to ({error}); "
                "remove it if no server is running"
            ) from error
    raise UsageError(
        f"a server is already running: {str(path)!r} answers; "
        "stop it first, or give this one a state.folder of its own"
    )
