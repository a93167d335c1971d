"""Start the program of an executor, follow it, and end it when it takes more than it may.

One thread follows one program: it drains the output, looks at the clock and at the watchdog, and
is told when the result is not needed any more. What is started is the container's own program, with
an empty environment; it is never the command itself.
"""

import asyncio
import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tools.sandbox.process.capped_output import CappedOutput
from tools.sandbox.process.disk_monitor import DiskMonitor
from tools.sandbox.process.execution import EXIT_CODES, EndReason, Execution, ExecutionLimits
from tools.sandbox.process.memory_monitor import MemoryMonitor
from tools.sandbox.process.watchdog import process_usage

LOOK_SECONDS = 0.05
GLANCE_SECONDS = 0.01
GRACE_SECONDS = 2.0
"""How long pipes are drained after the kill; only a process that got away could hold one longer."""
CHUNK = 1 << 16
FLOOD = 64
"""A program is stopped when it has printed this many times what is kept."""
MAX_CONCURRENT = 64
"""Commands of one process; further ones wait."""
OWN_PROCESSES = 2
"""Those of the container itself."""


_THREADS = ThreadPoolExecutor(MAX_CONCURRENT, "sandbox")


@dataclass(frozen=True, slots=True)
class LaunchSpec:
    """How the container's program is started."""

    argv: Sequence[str]
    pass_fds: tuple[int, ...] = ()
    environment: Mapping[str, str] | None = None
    """Nothing at all for bubblewrap; a container engine needs to find its own state."""
    workspace: Path | None = None
    """What it may write to on the disk, if anything."""
    begin: Callable[[], bool] = lambda: True
    """Lets the command start once its program runs; says whether all its memory is bounded."""
    end: Callable[[], None] = lambda: None
    """What else ends it: an engine's container does not end with the engine's client."""
    counted: bool = True
    """Whether its processes are ours to count; an engine's container has a cgroup that counts."""


async def in_thread(work: Callable[[threading.Event], Execution]) -> Execution:
    """Do what runs a command in a thread; cancelling ends the command before this returns."""
    stop = threading.Event()
    # A pool of its own: a command may take minutes, and no other work may wait for that.
    running = asyncio.get_running_loop().run_in_executor(_THREADS, work, stop)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop.set()
        await asyncio.wait({running})
        raise


def supervise(
    start: LaunchSpec, limits: ExecutionLimits, *, merged: bool, stop: threading.Event
) -> Execution:
    """Run to the end, whatever end that is; every process of it is gone afterwards."""
    began = time.monotonic()
    process = subprocess.Popen(
        list(start.argv),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if merged else subprocess.PIPE,
        cwd="/",
        env=dict(start.environment or {}),
        start_new_session=True,
        pass_fds=start.pass_fds,
    )
    disk = DiskMonitor(start.workspace, limits.written_bytes) if start.workspace else None
    memory = MemoryMonitor(limits.memory_bytes) if start.counted else None
    run = _Run(process, limits, stop, began + limits.seconds, disk, memory)
    try:
        is_bounded = start.begin()
        if memory is not None:
            memory.segments_bounded = is_bounded
        ended = run.watch()
    finally:
        _kill(process)
        start.end()
        run.drain()
    seconds, code = time.monotonic() - began, process.returncode
    return Execution(
        EXIT_CODES.get(ended, code if code >= 0 else 128 - code),
        run.output.text(),
        seconds,
        ended,
        run.errors.text(),
        run.output.dropped + run.errors.dropped,
    )


def _kill(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(ProcessLookupError):
        process.kill()
    process.wait()


@dataclass(slots=True)
class _Run:
    """One program while it runs."""

    process: "subprocess.Popen[bytes]"
    limits: ExecutionLimits
    stop: threading.Event
    deadline: float
    disk: DiskMonitor | None
    memory: MemoryMonitor | None
    output: CappedOutput = field(init=False)
    errors: CappedOutput = field(init=False)
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def __post_init__(self) -> None:
        self.output = CappedOutput(self.limits.output_bytes)
        self.errors = CappedOutput(self.limits.output_bytes)
        streams = (self.process.stdout, self.process.stderr)
        for stream, kept in zip(streams, (self.output, self.errors), strict=True):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self.selector.register(stream, selectors.EVENT_READ, kept)

    def watch(self) -> EndReason:
        """Follow until the program ends or has to be ended."""
        looked = 0.0
        while True:
            self._read(GLANCE_SECONDS)
            if self.output.received + self.errors.received > FLOOD * self.limits.output_bytes:
                return "output"
            if self.process.poll() is not None:
                return "exited"
            now = time.monotonic()
            urgent = self.memory is not None and self.memory.may_be_exceeded()
            if now - looked >= LOOK_SECONDS or urgent:
                looked = now
                if (reason := self._reason(now)) is not None:
                    return reason

    def drain(self) -> None:
        """Read what is left in the pipes, and close them."""
        until = time.monotonic() + GRACE_SECONDS
        while self.selector.get_map() and time.monotonic() < until:
            self._read(LOOK_SECONDS)
        self.selector.close()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def _reason(self, now: float) -> EndReason | None:
        """Return why the program has to end now, if it has to."""
        if self.stop.is_set():
            return "cancelled"
        if now > self.deadline:
            return "timeout"
        return self._excess()

    def _excess(self) -> EndReason | None:
        """Return what the program takes too much of, if anything."""
        limits, taken = self.limits, process_usage(self.process.pid)
        if self.memory is not None and self.memory.is_exceeded(taken):
            return "memory"
        if taken.written_bytes > limits.written_bytes:
            return "written"
        if self.disk is not None and self.disk.is_exceeded():
            return "written"
        # The kernel's own limit does not hold for programs that root started.
        return "processes" if taken.processes > limits.processes + OWN_PROCESSES else None

    def _read(self, seconds: float) -> None:
        if not self.selector.get_map():
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
            return
        for key, _ in self.selector.select(seconds):
            data = os.read(key.fd, CHUNK)
            if data:
                key.data.feed(data)
            else:
                self.selector.unregister(key.fileobj)
