"""What Prometheus may know: counts and times, no text, no names of people, files or keys.

Each application has a registry of its own, so that two in one process do not mix.
"""

import time

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.chat.types import Usage
from models.pool.events import PoolEvent

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
NO_ROUTE = "none"
TARGET_LABELS = ("alias", "version", "endpoint")
"""The operator's own names; a model that a client names and that has none is counted as `other`."""
METHODS = frozenset({"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """The figures of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = self._counter("requests", "HTTP requests", "route", "method", "status")
        self._seconds = self._histogram(
            "request_seconds", "Seconds until a response was complete", "route"
        )
        self.running = self._gauge("requests_running", "Requests being answered")
        self._tokens = self._counter("model_tokens", "Tokens of models", "model", "direction")
        self._asks = self._counter("asks", "Answers by status", "status")
        self._dropped = self._counter(
            "connections_dropped", "Connections that the server ended, by why", "reason"
        )
        self._calls = self._counter(
            "model_calls", "Calls of models by how they ended", *TARGET_LABELS, "outcome"
        )
        self._call_seconds = self._histogram(
            "model_call_seconds", "Seconds until an answer was complete", *TARGET_LABELS
        )
        self._first_seconds = self._histogram(
            "model_first_seconds", "Seconds until the first part of an answer", *TARGET_LABELS
        )
        self._call_tokens = self._counter(
            "model_call_tokens", "Tokens of calls", *TARGET_LABELS, "direction"
        )
        self._breakers = self._gauge(
            "endpoint_open", "1 while an endpoint is left alone because it failed", "endpoint"
        )

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(f"rooftree_{name}", told, labels, registry=self.registry)

    def _gauge(self, name: str, told: str, *labels: str) -> Gauge:
        return Gauge(f"rooftree_{name}", told, labels, registry=self.registry)

    def _histogram(self, name: str, told: str, *labels: str) -> Histogram:
        """Return one of seconds."""
        return Histogram(f"rooftree_{name}", told, labels, buckets=SECONDS, registry=self.registry)

    def count_pool_event(self, event: PoolEvent) -> None:
        """Count an event of the model pool."""
        if event.kind == "breaker":
            self._breakers.labels(event.endpoint).set(event.detail != "closed")
            return
        who = (event.alias, event.version, event.endpoint)
        self._calls.labels(*who, event.kind).inc()
        if event.kind != "answered":
            return
        self._call_seconds.labels(*who).observe(event.seconds)
        if event.first_seconds is not None:
            self._first_seconds.labels(*who).observe(event.first_seconds)
        self._call_tokens.labels(*who, "in").inc(event.prompt_tokens)
        self._call_tokens.labels(*who, "out").inc(event.completion_tokens)

    def count_drop(self, reason: str) -> None:
        self._dropped.labels(reason).inc()

    def count_answer(self, status: str) -> None:
        self._asks.labels(status).inc()

    def count_tokens(self, model: str, usage: Usage) -> None:
        self._tokens.labels(model, "in").inc(usage.prompt_tokens)
        self._tokens.labels(model, "out").inc(usage.completion_tokens)

    def text(self) -> bytes:
        """Return the figures in Prometheus's text format."""
        return generate_latest(self.registry)

    def count_request(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", NO_ROUTE)
        # What a client makes up must not become a label.
        method = scope["method"] if scope["method"] in METHODS else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)


class MetricsMiddleware:
    """Counts requests; it is the outermost middleware, so refusals are counted too."""

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

        try:
            with self._metrics.running.track_inprogress():
                await self._app(scope, receive, noting)
        finally:
            self._metrics.count_request(scope, status, time.perf_counter() - started)
