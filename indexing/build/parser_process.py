"""The child's side of the parser pool: take batches of jobs, read each, send each result.

It ends when its parent does: a reading thread sees the pipe close, and an alarm that the kernel
delivers ends a parse that no longer lets that thread run.
"""

import contextlib
import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from indexing.parsing.syntax.types import Extraction
from indexing.words.tokens import pack

Extractor = Callable[[str, str], Extraction]
"""From a path and a text to what is read out of it."""

GRACE_SECONDS = 5.0
"""How much longer than its deadline a child may run before the kernel ends it."""

LEAVING_SECONDS = 1.0
"""How long a child whose parent is gone has to finish what it is reading."""


@dataclass(frozen=True, slots=True)
class ParserJob:
    """One file to be read; the key comes back with the result."""

    key: int | str
    path: str
    text: str


@dataclass(frozen=True, slots=True)
class ParserSettings:
    """What a child is told when it starts."""

    extractor: Extractor
    job_seconds: float
    memory_bytes: int


def serve(connection: "Connection[Any, Any]", settings: ParserSettings) -> None:
    """Send None when ready, and then for each job its extraction, or None where reading failed."""
    # Ctrl-C reaches the whole process group; it is the parent who ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (settings.memory_bytes, settings.memory_bytes))
    batches: SimpleQueue[list[ParserJob] | None] = SimpleQueue()
    reader = threading.Thread(target=_receive, args=(connection, batches), daemon=True)
    reader.start()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        connection.send(None)
        while (batch := batches.get()) is not None:
            for job in batch:
                connection.send(_read(job, settings))


def _receive(
    connection: "Connection[Any, Any]", batches: "SimpleQueue[list[ParserJob] | None]"
) -> None:
    """Empty the pipe at once, so that a parent that sends never waits for a child that sends."""
    try:
        while True:
            batches.put(connection.recv())
    except (EOFError, OSError):
        batches.put(None)
        time.sleep(LEAVING_SECONDS)
        os._exit(0)


def _read(job: ParserJob, settings: ParserSettings) -> Extraction | None:
    signal.setitimer(signal.ITIMER_REAL, settings.job_seconds + GRACE_SECONDS)
    try:
        extraction = settings.extractor(job.path, job.text)
        return replace(extraction, words=pack(job.path, extraction.units))
    except Exception:  # noqa: BLE001 - the process boundary: the parent falls back to lines
        return None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
