"""Where spans go: into a file, or to a collector of the organisation's, and by default nowhere."""

import atexit
import json
from collections.abc import Sequence
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)

from rooftree import __version__
from rooftree.config import TracesSection
from rooftree.errors import ConfigError


def start_tracing(section: TracesSection) -> None:
    """Send the spans of this process where the configuration says; once a process."""
    resource = Resource({"service.name": "rooftree", "service.version": __version__})
    # The default would look into the environment for resources and exporters of its own.
    provider = TracerProvider(resource=resource)
    if section.file is not None:
        provider.add_span_processor(SimpleSpanProcessor(FileExporter(section.file)))
    if section.endpoint:
        provider.add_span_processor(BatchSpanProcessor(_collector(section.endpoint)))
    trace.set_tracer_provider(provider)
    atexit.register(provider.shutdown)


class FileExporter(SpanExporter):
    """Appends each span as a line of JSON."""

    def __init__(self, path: Path) -> None:
        self._path = path.expanduser()
        try:
            self._path.touch(mode=0o600)
        except OSError as error:
            raise ConfigError(
                f"traces.file {str(path)!r} cannot be written: {error.strerror}"
            ) from error

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        lines = "".join(json.dumps(_span_record(one)) + "\n" for one in spans)
        try:
            with self._path.open("a", encoding="utf-8") as handle:
                handle.write(lines)
        except OSError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS


def _span_record(one: ReadableSpan) -> dict[str, object]:
    told: dict[str, object] = json.loads(one.to_json(indent=None))
    del told["resource"]
    return told


def _collector(endpoint: str) -> SpanExporter:
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    if not endpoint.startswith(("http://", "https://")):
        raise ConfigError(f"traces.endpoint is a URL such as http://collector:4317, not {endpoint}")
    return OTLPSpanExporter(endpoint=endpoint, insecure=endpoint.startswith("http://"))
