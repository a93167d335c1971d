"""The process that owns a Chroma directory: it fills it, answers queries, and seals it at the end.

Chroma holds Python's interpreter while it writes, so it has an interpreter of its own. Queries are
answered between two batches of a filling. It ends when its parent does; that no other one opens the
directory before it has ended is seen to by a lock of its own, beside the repository's.
"""

import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from indexing.store.schema import is_damage, mark_damaged, open_database
from indexing.vectors.chroma import ChromaCache
from indexing.vectors.chroma_messages import (
    EngineRequest,
    Filling,
    FillResult,
    VectorQuery,
    VectorQueryResult,
)
from rooftree.errors import RooftreeError
from rooftree.state_files import locked

LOCK = "chroma.lock"
MAX_SEALING_SECONDS = 60
"""So long a process whose parent is gone may take to write the seal."""
PANIC = "PanicException"
"""What a panic in Rust becomes in Python; it is no Exception."""


class _PausedError(Exception):
    """The filling is to end here; what was written is kept."""


class _Owner:
    """Does what the parent asks for, one thing after the other."""

    def __init__(self, connection: "Connection[Any, Any]", folder: Path, fingerprint: str) -> None:
        self._connection = connection
        self._folder = folder
        self._cache = ChromaCache(folder, fingerprint)
        self._inbox: SimpleQueue[object] = SimpleQueue()
        self._closing = threading.Event()
        self._owns = False

    def listen(self) -> None:
        """Take in what is asked for, even before the directory is ours."""
        threading.Thread(target=self._receive, daemon=True).start()

    def run(self) -> None:
        """Own the directory, and work until the parent closes or is gone."""
        self._owns = True
        while True:
            asked = self._inbox.get()
            if asked is EngineRequest.CLOSE:
                break
            if asked is EngineRequest.FILL:
                self._fill()
            elif isinstance(asked, VectorQuery):
                self._answer(asked)
        self._cache.close()

    def _receive(self) -> None:
        """Empty the pipe at once; a parent that is gone without a word ends us."""
        with suppress(EOFError, OSError):
            while True:
                message = self._connection.recv()
                if message is EngineRequest.CLOSE:
                    if not self._owns:
                        break  # nothing was opened, so there is nothing to seal
                    self._closing.set()
                    signal.alarm(MAX_SEALING_SECONDS)
                self._inbox.put(message)
        if not self._closing.is_set():
            os._exit(0)

    def _fill(self) -> None:
        try:
            with closing(open_database(self._folder)) as database:
                self._cache.synchronise(database, self._between)
            told = FillResult(whole=True, path=self._cache.path)
        except _PausedError:
            told = FillResult(whole=False)
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                mark_damaged(self._folder, str(error))
            told = FillResult(whole=False, problem=f"the index cannot be read ({error})")
        except RooftreeError as error:
            told = FillResult(whole=False, problem=str(error))
        except BaseException as error:  # noqa: BLE001 - a panic of native code is no Exception
            told = FillResult(whole=False, problem=self._broken(error))
        self._send(told)

    def _answer(self, query: VectorQuery) -> None:
        if not self._cache.whole:
            self._send(VectorQueryResult(query.number, None))
            return
        try:
            matches = self._cache.query(np.frombuffer(query.vector, np.float32), query.limit)
        except BaseException as error:  # noqa: BLE001 - the same
            self._send(VectorQueryResult(query.number, None, self._broken(error)))
            return
        self._send(
            VectorQueryResult(query.number, tuple((one.text_sha, one.score) for one in matches))
        )

    def _between(self, *_: int) -> None:
        """Say that it goes on, and answer whoever has asked during the last batch."""
        self._send(Filling())
        while not self._inbox.empty():
            asked = self._inbox.get()
            if isinstance(asked, VectorQuery):
                self._answer(asked)
            elif asked is EngineRequest.CLOSE:
                self._inbox.put(asked)
                raise _PausedError
            elif asked is EngineRequest.PAUSE:
                raise _PausedError

    def _broken(self, error: BaseException) -> str:
        """Take whatever Chroma raises, panics of its native code too: a cache may fail."""
        if not isinstance(error, Exception) and type(error).__name__ != PANIC:
            raise error
        with suppress(ImportError):
            self._cache.close(failed=True)
        return f"Chroma failed ({type(error).__name__}: {error})"

    def _send(self, message: object) -> None:
        with suppress(OSError):  # the parent is gone, and the reading thread ends us
            self._connection.send(message)


def main(arguments: list[str], leave: Callable[[int], None] = os._exit) -> None:
    """Serve the parent at the other end of a socket: its number, the folder, the fingerprint."""
    # Ctrl-C and a service manager's signal reach all processes; it is the parent who ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    descriptor, folder, fingerprint = arguments
    connection: Connection[Any, Any] = Connection(int(descriptor))
    owner = _Owner(connection, Path(folder), fingerprint)
    owner.listen()
    # The last owner of the directory may not have exited yet.
    with locked(Path(folder) / LOCK):
        owner.run()
        # Chroma's own threads would keep the process.
        leave(0)


if __name__ == "__main__":
    main(sys.argv[1:])
