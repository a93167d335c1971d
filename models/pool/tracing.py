"""A span of OpenTelemetry for each try, by its conventions for generative models.

Names, counts and times; never a prompt or an answer. Without an SDK in the process they cost
nothing and go nowhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace

from models.chat.types import Usage
from models.pool.routes import ModelTarget

TRACER = trace.get_tracer("rooftree")


@contextmanager
def span_of(alias: str, target: ModelTarget) -> Iterator[trace.Span]:
    """Trace one try; an error marks it, without the error's words, which may quote a server."""
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": target.model,
        "rooftree.alias": alias,
        "rooftree.version": target.version,
        "rooftree.endpoint": target.endpoint,
    }
    # Not made the current one: a stream may be closed in another task than it was begun in, which
    # could not put back what was current, and nothing is traced below it.
    span = TRACER.start_span(f"model {alias}", kind=trace.SpanKind.CLIENT, attributes=attributes)
    try:
        yield span
    except BaseException as error:
        span.set_attribute("error.type", type(error).__name__)
        span.set_status(trace.StatusCode.ERROR)
        raise
    finally:
        span.end()


def note_usage(span: trace.Span, usage: Usage | None) -> None:
    if usage is not None:
        span.set_attribute("gen_ai.usage.input_tokens", usage.prompt_tokens)
        span.set_attribute("gen_ai.usage.output_tokens", usage.completion_tokens)
