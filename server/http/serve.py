"""Run the server: bind both listeners, announce them, serve until stopped, drain, clean up.

uvicorn is started from here and never by its own command line, which would import modules from
the directory that the user stands in.
"""

import asyncio
import logging
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import uvicorn
from starlette.types import ASGIApp

from rooftree.config import ServeSection
from rooftree.telemetry.logs import logger
from server.access.api_keys import KeyStore
from server.access.client_resolver import ClientResolver
from server.access.request_guards import RequestPolicy, policy_for
from server.base.metrics import Metrics
from server.http.app import build_app
from server.http.connections import ConnectionLimits, Connections
from server.http.http1 import ClientTimeouts, DeadlineProtocol, ListenerContext
from server.http.listeners import BACKLOG, tcp_listener, token_file, unix_listener, url_of
from server.operations.operation import Operation
from server.operations.table import OPERATIONS
from server.services.host import Host

DATE_SECONDS = 1.0
DRAIN_SECONDS = 9
"""With what uvicorn adds, a server has stopped 10 s after it was told to."""
MAX_LOCAL_CONNECTIONS = 256
"""At the unix socket, where all are the user's own; they are no part of TCP's room."""
ACCEPTED_AT_ONCE = 16
"""In one turn of the loop; asyncio takes as many as the backlog is long, and would go through the
limit on open files before it had looked at the first of a flood."""


async def serve(
    host: Host,
    *,
    announce: Callable[[str], None],
    roots: Sequence[Path] = (),
    behind_proxy: bool = False,
    stop: asyncio.Event | None = None,
    operations: Sequence[Operation[Any, Any]] = OPERATIONS,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`; the caller closes the services afterwards.

    `announce` gets the base URL once both doors are open. `roots` are the repositories that TCP
    clients may name. Only `behind_proxy` may the host be one that other machines can reach.
    """
    section, paths = host.config.serve, host.config.paths
    policy = policy_for(section.host, section.largest_body_bytes, behind_proxy)
    if behind_proxy and not section.trusted_proxies:
        logger("server").warning(
            "serve.trusted_proxies is empty, so all who come through the proxy count as one client"
        )
    application = build_app(host, roots, operations)
    with ExitStack() as stack:
        local = stack.enter_context(unix_listener(paths.socket()))
        network = stack.enter_context(tcp_listener(section.host, section.port))
        token = stack.enter_context(token_file(paths.socket_token()))
        keys = stack.enter_context(closing(KeyStore(paths.server_database())))
        url = url_of(network)
        private = RequestPolicy(section.largest_body_bytes, hosts=None)
        servers = (
            _Server(
                application.network_face(policy, keys),
                network,
                _listener_context(section, application.metrics),
            ),
            _Server(application.socket_face(private, token), local),
        )
        await _run(servers, stop, lambda: announce(url))


def _listener_context(section: ServeSection, metrics: Metrics) -> ListenerContext:
    return ListenerContext(
        ClientResolver(section.trusted_proxies),
        Connections(ConnectionLimits(), metrics.count_drop),
        ClientTimeouts(section.head_seconds, section.body_seconds),
    )


class _IntoOurLog(logging.Handler):
    """Hand uvicorn's records to our logger, which knows where the operator looks."""

    def emit(self, record: logging.LogRecord) -> None:
        logger("server").handle(record)


def _protocol(context: ListenerContext | None) -> type[asyncio.Protocol] | Literal["h11"]:
    if context is None:
        return "h11"
    # uvicorn asks for a class, and only ever calls it.
    return cast("type[asyncio.Protocol]", partial(DeadlineProtocol, context=context))


class _Server(uvicorn.Server):
    """One listener; signals are the business of `serve`, which has two."""

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        context: ListenerContext | None = None,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_protocol(context),
                ws="none",
                lifespan="off",
                log_config=None,
                log_level=logging.WARNING,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                limit_concurrency=None if context else MAX_LOCAL_CONNECTIONS,
                backlog=ACCEPTED_AT_ONCE,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )
        self.ready = asyncio.Event()
        self._leaving = asyncio.Event()
        self._listener = listener

    async def run_here(self) -> None:
        await self.serve(sockets=[self._listener])
        # Those that were still answering have been cancelled; let them finish before the services.
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # The kernel's queue is a longer one: a client that finds it full retries only after 1 s.
        self._listener.listen(BACKLOG)
        self.ready.set()

    async def main_loop(self) -> None:
        """Renew the date that answers carry, once a second, until the end.

        uvicorn's own wakes ten times as often: two listeners took 0.8 % of a core for nothing.
        """
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), DATE_SECONDS)

    def end_loop(self) -> None:
        """End `main_loop` at once."""
        self.should_exit = True
        self._leaving.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _run(
    servers: Sequence[_Server], stop: asyncio.Event | None, ready: Callable[[], None]
) -> None:
    log = logging.getLogger("uvicorn.error")
    log.handlers, log.propagate = [_IntoOurLog()], False
    running = [asyncio.create_task(server.run_here()) for server in servers]
    with _stop_signals(servers) if stop is None else nullcontext(stop) as stopping:
        waiting = asyncio.create_task(stopping.wait())
        try:
            await asyncio.gather(*(server.ready.wait() for server in servers))
            ready()
            await asyncio.wait({*running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            for server in servers:
                server.end_loop()
            await asyncio.gather(*running)


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
