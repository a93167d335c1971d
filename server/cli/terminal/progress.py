"""Progress of a run: bars on stderr, the answer's text on stdout."""

import sys
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from rooftree.telemetry.progress import Counted, Preview, Progress, Waiting, progress_of
from rooftree.text.visible import escaped_line
from server.cli.terminal.output import TextStream, note, write

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from rooftree.telemetry.events import Event

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

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def show(self, stage: str, done: int, total: int) -> None:
        """Show how far a stage has come."""
        if self._quiet or stage not in LABELS:
            return
        if sys.stderr.isatty():
            self._show_bar(stage, done, total)
        elif time.monotonic() - self._last_time > QUIET_SECONDS or done == total:
            self.say(f"{LABELS[stage]} {done}/{total}")
            self._last_time = time.monotonic()

    def say(self, line: str) -> None:
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
    """Shows the events of one run to the user."""

    def __init__(self, bars: ProgressBars, *, quiet: bool) -> None:
        self._bars = bars
        self._quiet = quiet
        self._stream = TextStream()

    def __call__(self, event: "Event") -> None:
        if self._quiet:
            return
        if event.kind != "message.delta":
            self._stream.end()
        if event.kind == "progress":
            self._progress(progress_of(event.data))
        elif event.kind == "error":
            self._bars.say(f"note: {event.data['message']}")
        elif event.kind == "message.delta":
            self._bars.clear()
            self._stream.write(str(event.data["text"]))

    def _progress(self, progress: Progress | None) -> None:
        match progress:
            case Preview(places):
                self._bars.clear()
                self._preview(places)
            case Waiting(holder):
                self._bars.say(f"waiting for {holder}")
            case Counted(stage, done, total):
                self._bars.show(stage, done, total)

    def _preview(self, places: Sequence[Mapping[str, Any]]) -> None:
        """Show first places by words alone, while vectors and the model get ready."""
        if not places:
            return
        lines = ["First places, by words and names alone:"]
        for place in places:
            span = f"{place['start']}-{place['end']}"
            lines.append(f"  {escaped_line(place['path'])}:{span} {place['symbol']}".rstrip())
        write("\n".join(lines) + "\n\n")
