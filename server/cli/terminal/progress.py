"""Progress of a run: bars on stderr, the answer's text on stdout."""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from rooftree.telemetry.progress import (
    AgentStep,
    Counted,
    FinishSentBack,
    Preview,
    Progress,
    Waiting,
    progress_of,
)
from rooftree.text.visible import escaped_line
from server.cli.terminal.output import TextStream, note, write
from server.cli.terminal.tool_calls import call_line, result_line

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from rooftree.telemetry.events import Event

    DescribeEvent = Callable[[Event, Progress | None], str]

LABELS = {
    "index": "indexing",
    "vectors": "embedding",
    "download": "downloading",
    "unpack": "unpacking",
    "verify": "verifying",
    "history": "reading changes",
    "mining": "reading the history",
    "replaying": "asking the past",
    "learning": "learning",
    "probe": "probing",
    "measuring": "getting to know the model",
    "users": "looking for uses of what is removed",
}
QUIET_SECONDS = 5.0
"""Without a terminal, progress is a line at most this often."""


class ProgressBars:
    """Progress bars on a terminal, an occasional line elsewhere; silent when `quiet`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._progress: RichProgress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._last_line = ""
        self._last_time = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def show(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage has come."""
        if self._quiet or stage not in LABELS:
            return
        if sys.stderr.isatty():
            self._show_bar(stage, done, total)
        elif time.monotonic() - self._last_time > QUIET_SECONDS or done == total:
            self.line(f"{LABELS[stage]} {done}/{total}")
            self._last_time = time.monotonic()

    def line(self, line: str) -> None:
        """Show a line of its own, unless it is the last one again."""
        if self._quiet or line == self._last_line:
            return
        self.clear()
        self._last_line = line
        note(line)

    def clear(self) -> None:
        """Take the bars away, so that text can be printed."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            self._tasks = {}

    def _show_bar(self, stage: str, done: int, total: int) -> None:
        if self._progress is None:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

            self._progress = Progress(
                "{task.description}",
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._progress.start()
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(LABELS[stage], total=total)
        self._progress.update(self._tasks[stage], completed=done, total=total)


class ProgressPrinter:
    """Shows the events of a run: a line where `describe` has words for one, bars for stages."""

    def __init__(self, bars: ProgressBars, describe: "DescribeEvent") -> None:
        self._bars = bars
        self._describe = describe

    def __call__(self, event: "Event") -> None:
        progress = progress_of(event.data) if event.kind == "progress" else None
        if line := self._describe(event, progress):
            self._bars.line(line)
        elif isinstance(progress, Counted):
            self._bars.show(progress.stage, progress.done, progress.total)


class AnswerPrinter(ProgressPrinter):
    """Shows an answer besides, as it is written, and the first places before it."""

    def __init__(self, bars: ProgressBars) -> None:
        super().__init__(bars, self._line)
        self._stream = TextStream()
        self._works = False
        """Whether an agent answers; of the fixed way its two calls are not worth a line."""

    def __call__(self, event: "Event") -> None:
        if event.kind == "message.delta":
            self._bars.clear()
            self._stream.write(str(event.data["text"]))
            return
        self._stream.end()
        super().__call__(event)

    def _line(self, event: "Event", progress: Progress | None) -> str:
        match progress:
            case Preview(places):
                self._bars.clear()
                _preview(places)
            case Waiting(holder):
                return f"waiting for {holder}"
            case AgentStep(role, step, most):
                self._works = True
                return f"{role}: step {step} of {most}"
            case FinishSentBack(_, open_points):
                return f"  not proven yet: {'; '.join(map(escaped_line, open_points))}"
        if self._works and event.kind == "tool.started":
            return call_line(event.data)
        if self._works and event.kind == "tool.finished" and event.data["failed"]:
            return result_line(event.data)
        return f"note: {event.data['message']}" if event.kind == "error" else ""


def _preview(places: Sequence[Mapping[str, Any]]) -> None:
    """Show first places by words alone, while vectors and the model get ready."""
    if not places:
        return
    lines = ["First places, by words and names alone:"]
    for place in places:
        span = f"{place['start']}-{place['end']}"
        lines.append(f"  {escaped_line(place['path'])}:{span} {place['symbol']}".rstrip())
    write("\n".join(lines) + "\n\n")
