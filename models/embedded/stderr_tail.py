"""The last words of a child process, kept for the message that says why it failed."""

import os
import threading
from typing import IO

KEPT_STDERR_BYTES = 4096
LAST_WORDS_SECONDS = 1.0


class Tail:
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

        A child that is ending gets a moment for its last words.
        """
        if self._thread is not None:
            self._thread.join(LAST_WORDS_SECONDS)
        lines = self._kept.decode("utf-8", "replace").split("\n")
        said = " | ".join(line.strip() for line in lines if line.strip())
        return f" (it said: {said})" if said else ""

    def _read(self, stream: IO[bytes] | None) -> None:
        if stream is None:
            return
        with stream:
            while block := os.read(stream.fileno(), KEPT_STDERR_BYTES):
                self._kept = (self._kept + block)[-KEPT_STDERR_BYTES:]
