"""What Prometheus may know: counts and times, no text, no names of people, files or keys.

Each application has a registry of its own, so that two in one process do not mix.
"""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.exchange import Usage
from models.pool.happenings import Happening

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
NO_ROUTE = "none"
WHO = ("alias", "version", "endpoint")
"""The operator's own names; a model that a client names and that has none is counted as `other`."""
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
        self._dropped = Counter(
            "rooftree_connections_dropped",
            "Connections that the server ended, by why",
            ("reason",),
            registry=self.registry,
        )
        self._calls = Counter(
            "rooftree_model_calls",
            "Calls of models by how they ended",
            (*WHO, "outcome"),
            registry=self.registry,
        )
        self._call_seconds = Histogram(
            "rooftree_model_call_seconds",
            "Seconds until an answer was complete",
            WHO,
            buckets=SECONDS,
            registry=self.registry,
        )
        self._first_seconds = Histogram(
            "rooftree_model_first_seconds",
            "Seconds until the first part of an answer",
            WHO,
            buckets=SECONDS,
            registry=self.registry,
        )
        self._call_tokens = Counter(
            "rooftree_model_call_tokens",
            "Tokens of calls",
            (*WHO, "direction"),
            registry=self.registry,
        )
        self._breakers = Gauge(
            "rooftree_endpoint_open",
            "1 while an endpoint is left alone because it failed",
            ("endpoint",),
            registry=self.registry,
        )

    def happened(self, happening: Happening) -> None:
        """Count what a pool tells."""
        if happening.kind == "breaker":
            self._breakers.labels(happening.endpoint).set(happening.detail != "closed")
            return
        who = (happening.alias, happening.version, happening.endpoint)
        self._calls.labels(*who, happening.kind).inc()
        if happening.kind != "answered":
            return
        self._call_seconds.labels(*who).observe(happening.seconds)
        if happening.first_seconds is not None:
            self._first_seconds.labels(*who).observe(happening.first_seconds)
        self._call_tokens.labels(*who, "in").inc(happening.prompt_tokens)
        self._call_tokens.labels(*who, "out").inc(happening.completion_tokens)

    def dropped(self, reason: str) -> None:
        self._dropped.labels(reason).inc()

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
