"""The one event schema: what a run reports to every interface and every trace.

An event is a value with a kind, the run it belongs to, a sequence number that grows by one within
the run, and a JSON-ready payload. The kinds are closed: an interface may rely on them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from rooftree.telemetry.progress import Progress, progress_json

EventKind = Literal[
    "run.started",
    "plan.updated",
    "agent.started",
    "agent.finished",
    "message.delta",
    "tool.started",
    "tool.output",
    "tool.finished",
    "citation",
    "approval.requested",
    "approval.resolved",
    "edit.proposed",
    "edit.applied",
    "usage",
    "progress",
    "error",
    "run.finished",
]


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a run."""

    kind: EventKind
    run: str
    seq: int
    data: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the wire form: `{"kind", "run", "seq", "data"}`."""
        return {"kind": self.kind, "run": self.run, "seq": self.seq, "data": dict(self.data)}


class EventLog:
    """Number the events of one run and hand each to a listener."""

    def __init__(self, listener: Callable[[Event], None], run: str = "") -> None:
        """`run` names a run that has a name already."""
        self.run = run or uuid4().hex
        self._listener = listener
        self._next = 0

    def emit(self, kind: EventKind, **data: Any) -> Event:
        event = Event(kind, self.run, self._next, data)
        self._next += 1
        self._listener(event)
        return event

    def progress(self, progress: Progress) -> Event:
        return self.emit("progress", **progress_json(progress))
