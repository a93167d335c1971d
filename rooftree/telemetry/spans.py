"""Spans of OpenTelemetry: what a run, a role or a step of it took, by names, counts and times.

Never a prompt, an answer, a path or an error's words. Without an SDK in the process they cost
nothing and go nowhere; `[traces]` of the configuration sends them where the organisation says.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace

TRACER = trace.get_tracer("rooftree")


@contextmanager
def span(name: str, **attributes: str | float | bool) -> Iterator[trace.Span]:
    """Trace what happens within; attributes are named `rooftree.NAME`."""
    named = {f"rooftree.{key}": value for key, value in attributes.items()}
    with TRACER.start_as_current_span(
        name, attributes=named, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except BaseException as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(trace.StatusCode.ERROR)
            raise
