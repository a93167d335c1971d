"""What Prometheus may know: counts and times, no text, no names of people, files or keys.

Each application has a registry of its own, so that two in one process do not mix.
"""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.exchange import Usage

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
NO_ROUTE = "none"
METHODS = frozenset({"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The figures of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "rooftree_requests",
            "HTTP requests",
            ("route", "method", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "rooftree_request_seconds",
            "Seconds until a response was complete",
            ("route",),
            buckets=SECONDS,
            registry=self.registry,
        )
        self._running = Gauge(
            "rooftree_requests_running", "Requests being answered", registry=self.registry
        )
        self._tokens = Counter(
            "rooftree_model_tokens",
            "Tokens of models",
            ("model", "direction"),
            registry=self.registry,
        )
        self._asks = Counter(
            "rooftree_asks", "Answers by status", ("status",), registry=self.registry
        )

    def asked(self, status: str) -> None:
        self._asks.labels(status).inc()

    def spent(self, model: str, usage: Usage) -> None:
        self._tokens.labels(model, "in").inc(usage.prompt_tokens)
        self._tokens.labels(model, "out").inc(usage.completion_tokens)

    def text(self) -> bytes:
        """Return the figures in Prometheus's text format."""
        return generate_latest(self.registry)

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        # What a client makes up must not become a label.
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def started(self) -> None:
        self._running.inc()

    def ended(self) -> None:
        self._running.dec()


class Measured:
    """Count what passes; it stands in front of everything, so refusals are counted too."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = 499
        started = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._metrics.started()
        try:
            await self._app(scope, receive, noting)
        finally:
            self._metrics.ended()
            self._metrics.answered(scope, status, time.perf_counter() - started)
