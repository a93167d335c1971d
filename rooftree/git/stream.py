"""Git's output, read as a stream: histories are larger than memory.

It knows how bytes come and how to take fields and lines out of them, and nothing of what they mean.
"""

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from rooftree.errors import HistoryError, RepositoryError
from rooftree.git.commands import SECONDS, git_command

CHUNK = 1 << 18
LACKING = ("promisor", "missing blob", "unable to read", "lazy fetching disabled")
"""How git says that it needs an object that a clone without blobs does not have."""
MAX_FIELD_BYTES = 1 << 20
"""Bytes of a field or line that are kept; the rest of it is passed over."""


def git_output(folder: Path, *arguments: str, seconds: float = SECONDS) -> Iterator[bytes]:
    """Yield git's output piece by piece; closing the iterator ends git.

    A RepositoryError at the end says that git failed, or that it did not finish in `seconds`.
    """
    command, environment = git_command(folder, *arguments)
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command,
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                bufsize=0,
            )
        except (OSError, ValueError) as error:
            raise RepositoryError(f"cannot run git in {str(folder)!r}: {error}") from error
        yield from _until_end(process, seconds)
        if process.returncode != 0:
            raise _explained(folder, arguments, process.returncode, errors.fileno())


def _until_end(process: subprocess.Popen[bytes], seconds: float) -> Iterator[bytes]:
    """Yield what a process writes; it ends after `seconds`, or when the consumer stops."""
    watchdog = threading.Timer(seconds, process.kill)
    watchdog.daemon = True
    watchdog.start()
    output = process.stdout
    try:
        while output is not None and (data := output.read(CHUNK)):
            yield data
        process.wait()
    finally:
        watchdog.cancel()
        if process.poll() is None:
            process.kill()
            process.wait()
        if output is not None:
            output.close()


def _explained(folder: Path, arguments: tuple[str, ...], code: int, errors: int) -> RepositoryError:
    said = os.pread(errors, 2000, 0).decode("utf-8", "replace").strip()
    verb = next((word for word in arguments if word.isalpha()), "")
    if code < 0:
        return RepositoryError(f"git {verb} in {str(folder)!r} was ended before it had finished")
    if any(words in said for words in LACKING):
        return HistoryError(
            f"git {verb} needs files of older commits that this partial or damaged clone "
            f"{str(folder)!r} does not have ({said.splitlines()[0][:200]}); rooftree fetches "
            "nothing, so fetch them with `git fetch --refetch --no-filter`"
        )
    return RepositoryError(f"git {verb} failed in {str(folder)!r}: {said}")


class ByteStream:
    """Pieces of bytes as one run, from which fields and lines are taken."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._data = b""
        self._at = 0

    def peek(self) -> bytes:
        """Return the next byte without taking it; empty at the end."""
        if self._at >= len(self._data) and not self._more():
            return b""
        return self._data[self._at : self._at + 1]

    def skip(self) -> None:
        """Pass over one byte."""
        self._at += 1

    def until(self, mark: bytes, most: int = MAX_FIELD_BYTES) -> bytes:
        """Take what stands before the next `mark`, or before the end; pass over the mark.

        Of more than `most` bytes only the first are returned.
        """
        taken: list[bytes] = []
        room = most
        while True:
            found = self._data.find(mark, self._at)
            end = len(self._data) if found < 0 else found
            if room > 0:
                piece = self._data[self._at : min(end, self._at + room)]
                taken.append(piece)
                room -= len(piece)
            self._at = end
            if found >= 0:
                self._at += len(mark)
                break
            if not self._more():
                break
        return taken[0] if len(taken) == 1 else b"".join(taken)

    def _more(self) -> bool:
        """Go on to the next piece that is not empty."""
        for piece in self._pieces:
            if piece:
                self._data, self._at = piece, 0
                return True
        self._data, self._at = b"", 0
        return False
