"""Run the server: bind both doors, announce them, answer until told to stop, drain, clean up.

uvicorn is started from here and never by its own command line, which would import modules from
the directory that the user stands in.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from rooftree.config import Config
from rooftree.logs import logger
from server.app import build_app
from server.auth import KeyStore
from server.backend import Backend
from server.guards import Policy, policy_for
from server.listeners import tcp_listener, token_file, unix_listener, url_of

DRAIN_SECONDS = 9
"""With what uvicorn adds, a server has stopped 10 s after it was told to."""
MOST_CONNECTIONS = 256


async def serve(
    services: Backend,
    config: Config,
    *,
    announce: Callable[[str], None],
    roots: Sequence[Path] = (),
    behind_proxy: bool = False,
    stop: asyncio.Event | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`; the caller closes the services afterwards.

    `announce` gets the base URL once both doors are open. `roots` are the repositories that TCP
    clients may name. Only `behind_proxy` may the host be one that other machines can reach.
    """
    section, paths = config.serve, config.paths
    policy = policy_for(section.host, section.largest_body_bytes, behind_proxy)
    application = build_app(services, roots)
    with ExitStack() as stack:
        local = stack.enter_context(unix_listener(paths.socket()))
        network = stack.enter_context(tcp_listener(section.host, section.port))
        token = stack.enter_context(token_file(paths.socket_token()))
        keys = stack.enter_context(closing(KeyStore(paths.server_database())))
        url = url_of(network)
        private = Policy(section.largest_body_bytes, hosts=None)
        servers = (
            _Server(application.network_face(policy, keys), network),
            _Server(application.socket_face(private, token), local),
        )
        await _run(servers, stop, lambda: announce(url))


class _IntoOurLog(logging.Handler):
    """Hand uvicorn's records to our logger, which knows where the operator looks."""

    def emit(self, record: logging.LogRecord) -> None:
        logger("server").handle(record)


class _Server(uvicorn.Server):
    """One listener; signals are the business of `serve`, which has two."""

    def __init__(self, app: ASGIApp, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level=logging.WARNING,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                limit_concurrency=MOST_CONNECTIONS,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )
        self.ready = asyncio.Event()
        self._listener = listener

    async def run_here(self) -> None:
        await self.serve(sockets=[self._listener])
        # Those that were still answering have been cancelled; let them finish before the services.
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _run(
    servers: Sequence[_Server], stop: asyncio.Event | None, ready: Callable[[], None]
) -> None:
    log = logging.getLogger("uvicorn.error")
    log.handlers, log.propagate = [_IntoOurLog()], False
    running = [asyncio.create_task(server.run_here()) for server in servers]
    with _stop_signals(servers) if stop is None else _given(stop) as stopping:
        waiting = asyncio.create_task(stopping.wait())
        try:
            await asyncio.gather(*(server.ready.wait() for server in servers))
            ready()
            await asyncio.wait({*running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            for server in servers:
                server.should_exit = True
            await asyncio.gather(*running)


@contextmanager
def _given(stop: asyncio.Event) -> Iterator[asyncio.Event]:
    yield stop


@contextmanager
def _stop_signals(servers: Sequence[_Server]) -> Iterator[asyncio.Event]:
    """Stop at the first SIGTERM or SIGINT, and at once at the second."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def on_signal() -> None:
        for server in servers:
            server.force_exit = stop.is_set()
        stop.set()

    handled = (signal.SIGTERM, signal.SIGINT)
    for number in handled:
        loop.add_signal_handler(number, on_signal)
    try:
        yield stop
    finally:
        for number in handled:
            loop.remove_signal_handler(number)
