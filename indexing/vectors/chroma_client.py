"""The client of Chroma: a separate process that is queried over a socket.

Nothing of chromadb is loaded here. The process may crash at any moment; then the caller is told
that there is no answer, and why.
"""

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from indexing.vectors.chroma_messages import (
    EngineRequest,
    Filling,
    FillResult,
    VectorQuery,
    VectorQueryResult,
)
from indexing.vectors.embedder import Vectors
from indexing.vectors.store import DenseMatch

COMMAND = (sys.executable, "-I", "-m", "indexing.vectors.chroma_process")
QUERY_SECONDS = 1.0
"""So long a search waits: between two batches of a filling every query is answered."""
LOOK_SECONDS = 0.1
"""How often it is looked whether a filling may still go on."""
SILENT_SECONDS = 180.0
"""A process that owes an answer and says nothing for so long is ended: it was stopped, or hangs."""
CLOSE_SECONDS = 2.0
"""So long the end of the process is waited for; it then writes its seal and ends alone."""

_leaving: "list[subprocess.Popen[bytes]]" = []
"""Processes that were still writing their checksum when the wait for them ended."""


class ChromaEngine:
    """The vectors of one embedder of one repository; safe to share among threads."""

    def __init__(
        self, folder: Path, fingerprint: str, silent_seconds: float = SILENT_SECONDS
    ) -> None:
        self._arguments = (str(folder), fingerprint)
        self._silent_seconds = silent_seconds
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._outbox: SimpleQueue[object] = SimpleQueue()
        """What is still to be sent: a process that takes nothing must not keep who asks."""
        self._heard = 0.0
        """When the process last said something, on the monotonic clock."""
        self._owes = False
        """Whether it has left a query unanswered for too long; until it answers no one waits."""
        self._asked: dict[int, Future[VectorQueryResult | None]] = {}
        self._filling: Future[FillResult] | None = None
        self._number = 0
        self.path: Path | None = None
        """The directory that held all vectors when a filling last ended."""
        self.problem = ""
        """Why the process is of no use; empty while it is, or is not known not to be."""
        self._ended = ""
        """Why we have ended the process ourselves."""

    @property
    def pid(self) -> int | None:
        """The process that owns the directory; None where there is none."""
        return None if self._process is None else self._process.pid

    @property
    def silence(self) -> str:
        """Why a process that is alive was not waited for; empty where it answers."""
        return f"Chroma has not answered for {self._silent():.0f} s" if self._owes else ""

    def fill(self, keep_going: Callable[[], bool]) -> bool:
        """Have all vectors of the manifest held; False where it was paused or has failed."""
        last = self._filling
        while last is not None and not last.done() and keep_going():
            _wait(last, LOOK_SECONDS)  # it was paused and has not come to a stop yet
            self._end_if_silent()
        if not keep_going():
            return False
        filling: Future[FillResult] = Future()
        with self._guard:
            if self._process is None:
                self._start()
            self._filling, self._heard = filling, time.monotonic()
        self._send(EngineRequest.FILL)
        while not filling.done() and keep_going():
            _wait(filling, LOOK_SECONDS)
            self._end_if_silent()
        if not filling.done():
            self._send(EngineRequest.PAUSE)
            return False
        told = filling.result()
        self.path = told.path or self.path
        if told.whole or told.problem:
            self.problem = told.problem  # what has failed before was opened or made anew
        return told.whole

    def query(self, vector: Vectors, limit: int) -> list[DenseMatch] | None:
        """Return the nearest texts, live or not, best first; None where there is no answer."""
        answer: Future[VectorQueryResult | None] = Future()
        self._end_if_silent()
        with self._guard:
            if self._process is None or self.problem or self._owes:
                return None
            if not self._asked and self._filling is None:
                self._heard = time.monotonic()
            self._number += 1
            number = self._number
            self._asked[number] = answer
        self._send(VectorQuery(number, vector.astype(np.float32).tobytes(), limit))
        _wait(answer, QUERY_SECONDS)
        with self._guard:
            if self._asked.pop(number, None) is not None:
                self._owes = True
        found = answer.result() if answer.done() else None
        if found is None:
            return None
        self.problem = self.problem or found.problem
        if found.matches is None:
            return None
        return [DenseMatch(key, score) for key, score in found.matches]

    def close(self) -> None:
        """Have the directory sealed; a process that takes long over it ends without us."""
        with self._guard:
            process, self._process = self._process, None
        if process is None:
            return
        # One that was stopped would outlive us and keep the directory from the next.
        process.send_signal(signal.SIGCONT)
        self._send(EngineRequest.CLOSE)
        try:
            process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            _leaving.append(process)

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            self._process = subprocess.Popen(
                [*COMMAND, str(number), *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(number,),
            )
        self.problem, self._ended, self._owes = "", "", False
        connection: Connection[Any, Any] = Connection(ours.detach())
        self._outbox = SimpleQueue()
        for work, arguments in (
            (self._receive, (connection, self._process, self._outbox)),
            (_deliver, (connection, self._outbox)),
        ):
            threading.Thread(target=work, args=arguments, daemon=True).start()

    def _send(self, message: object) -> None:
        self._outbox.put(message)

    def _silent(self) -> float:
        return time.monotonic() - self._heard

    def _end_if_silent(self) -> None:
        """End a process that owes an answer, or the end of a filling, and says nothing at all."""
        with self._guard:
            process, owes = self._process, self._owes or self._filling is not None
        if process is not None and owes and self._silent() > self._silent_seconds:
            self._ended = f"the process of Chroma said nothing for {self._silent():.0f} s"
            process.kill()

    def _receive(
        self,
        connection: "Connection[Any, Any]",
        process: "subprocess.Popen[bytes]",
        outbox: SimpleQueue[object],
    ) -> None:
        with connection:
            while True:
                try:
                    told = connection.recv()
                except (EOFError, OSError):
                    break
                self._take(told)
        outbox.put(None)
        self._lost(process)

    def _take(self, told: Filling | FillResult | VectorQueryResult) -> None:
        with self._guard:
            self._heard = time.monotonic()
            if isinstance(told, Filling):
                return
            if isinstance(told, VectorQueryResult):
                self._owes = False
                waiting = self._asked.pop(told.number, None)
            else:
                filling, self._filling = self._filling, None
        if isinstance(told, VectorQueryResult):
            if waiting is not None:
                waiting.set_result(told)
        elif filling is not None:
            filling.set_result(told)

    def _lost(self, process: "subprocess.Popen[bytes]") -> None:
        """Tell all who wait that the process has ended."""
        problem = f"the process of Chroma ended with code {process.wait()}"
        with self._guard:
            if self._process not in (None, process):
                return  # another one has been started since
            problem = self._ended or problem
            if self._process is process:
                self._process, self.problem = None, problem
            asked, self._asked = list(self._asked.values()), {}
            filling, self._filling = self._filling, None
            self._owes = False
        for waiting in asked:
            waiting.set_result(None)
        if filling is not None:
            filling.set_result(FillResult(whole=False, problem=problem))


def _deliver(connection: "Connection[Any, Any]", outbox: SimpleQueue[object]) -> None:
    """Send one message after the other, until the process is dead; who receives will say so."""
    with suppress(OSError):
        while (message := outbox.get()) is not None:
            connection.send(message)


def _wait(future: "Future[Any]", seconds: float) -> None:
    """Wait for a result, but not longer."""
    wait((future,), seconds)
