"""The end of a child process's stderr, kept for the message that says why it failed."""

import os
import threading
from typing import IO

MAX_STDERR_BYTES = 4096
STDERR_DRAIN_SECONDS = 1.0


class StderrTail:
    """The last bytes of a stream, read by a thread so that the writer never blocks."""

    def __init__(self) -> None:
        self._kept = b""
        self._thread: threading.Thread | None = None

    def follow(self, stream: IO[bytes] | None) -> None:
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def finish(self) -> None:
        if self._thread is not None:
            self._thread.join()

    def quoted(self) -> str:
        """Return what was said last, as the end of a sentence.

        How long the reader waits for the last output of a child that is ending.
        """
        if self._thread is not None:
            self._thread.join(STDERR_DRAIN_SECONDS)
        lines = self._kept.decode("utf-8", "replace").split("\n")
        said = " | ".join(line.strip() for line in lines if line.strip())
        return f" (it said: {said})" if said else ""

    def _read(self, stream: IO[bytes] | None) -> None:
        if stream is None:
            return
        with stream:
            while block := os.read(stream.fileno(), MAX_STDERR_BYTES):
                self._kept = (self._kept + block)[-MAX_STDERR_BYTES:]
