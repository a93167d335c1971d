"""The repositories of one process: opened on demand, and, in a server, owned and kept fresh.

An owner holds each repository's lock while it runs, so its child alone may use Chroma.
Behind the scenes it indexes what changed and embeds what is new, a few texts at a time and never
while a model is answering.
"""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from indexing.build.file_watcher import Named, joined
from indexing.repository.lock import repository_lock
from indexing.repository.refresh import collect_garbage_if_free
from indexing.repository.repository import Repository
from indexing.store.damage_check import read_check_state
from indexing.vectors.embedder import Embedder
from rooftree.config import Config
from rooftree.errors import EmbeddingError
from rooftree.git.commands import open_worktree
from rooftree.telemetry.logs import logger
from server.services.hosted_repository import HostedRepository

LOCK_SECONDS = 5.0
FILL_SECONDS = 2.0
CHECK_SECONDS = 0.02
"""So long what is stored is looked at, every few seconds: under one part in a hundred of them."""
SUSPECTED_SECONDS = 1.0
"""The same where damage is suspected."""
ROUND_SECONDS = 43_200.0
"""A new round begins so long after the last one has ended."""


class OpenRepositories:
    """Opens repositories by path; one Repository each, whatever path leads to it."""

    def __init__(
        self,
        config: Config,
        embedder: Callable[[], Embedder | None],
        *,
        owner: bool,
        problem: Callable[[], str] = str,
    ) -> None:
        """`problem` says why there is no embedder, or what to know of the one there is."""
        self._config = config
        self._embedder = embedder
        self._problem = problem
        self._owner = owner
        self._hosted: dict[Path, HostedRepository] = {}
        self._locks = ExitStack()
        self._guard = threading.Lock()

    def open(self, path: Path) -> HostedRepository:
        """Return the repository at `path`; an owner takes its lock until it exits."""
        with self._guard:
            if path in self._hosted:
                return self._hosted[path]
        root = open_worktree(path).root
        with self._guard:
            if root not in self._hosted:
                self._hosted[root] = self._host(root)
            return self._hosted[root]

    def roots(self) -> tuple[Path, ...]:
        return tuple(self._hosted)

    def hosted(self) -> tuple[HostedRepository, ...]:
        return tuple(self._hosted.values())

    def attach_embedder(self) -> None:
        """Attach the current embedder to every repository: it may be new or have changed."""
        embedder = self._embedder()
        for hosted in self.hosted():
            if embedder is not None and embedder is not hosted.repository.vectors.embedder:
                hosted.attach_embedder(embedder, self._problem())

    def close_engines(self) -> None:
        """Close the vector engines; their directories are sealed."""
        for hosted in self.hosted():
            hosted.close_engine()

    def close(self) -> None:
        """Close Chroma first and release the locks last."""
        for hosted in self._hosted.values():
            hosted.stop_watching()
            hosted.close_engine()
        self._hosted.clear()
        self._locks.close()

    def _host(self, root: Path) -> HostedRepository:
        repository = Repository(root, self._config, self._embedder(), owned=self._owner)
        repository.vectors.problem = self._problem()
        if self._owner:
            self._locks.enter_context(
                repository_lock(repository.folder, "rooftree serve", wait_seconds=LOCK_SECONDS)
            )
        return HostedRepository(repository, self._owner)


class _StoppedError(Exception):
    """The work must end here; what was committed is kept."""


def refresh_now(
    hosted: HostedRepository, closing: Callable[[], bool], *, everywhere: bool = True
) -> float:
    """Look for changed files and index them; it ends when the process is closing.

    Where it need not be `everywhere`, those files are looked at that the watcher has named.
    Returns the seconds of a processor that it took.
    """
    repository = hosted.repository
    before = None if everywhere or not hosted.is_looked_at else frozenset[str]()
    expecting = bool(hosted.changes)
    before = joined(before, hosted.changes.take())
    hosted.is_looked_at = False
    began, cpu = time.monotonic(), time.thread_time()

    def hear(*_: int) -> None:
        if closing():
            raise _StoppedError

    def named() -> Named:
        return joined(before, hosted.changes.take())

    with suppress(_StoppedError), repository.writing("rooftree serve"):
        indexed = repository.updates.index(hear, expecting=expecting, named=named)
        hosted.is_looked_at = True
        if hosted.changes:
            repository.freshness.files_saved()
        if indexed.named:
            return time.thread_time() - cpu
    hosted.look_cpu_seconds = time.thread_time() - cpu
    if hosted.watch is not None:
        hosted.watch.look_seconds = time.monotonic() - began
    return hosted.look_cpu_seconds


def check_a_little(hosted: HostedRepository, closing: Callable[[], bool]) -> None:
    """Look at a little of what is stored: a round a day, and one at once where it is suspected."""
    repository = hosted.repository
    checked = read_check_state(repository.folder)
    ago = checked.seconds_ago
    if not repository.is_indexed():
        return
    if checked.suspected:
        repository.updates.check(SUSPECTED_SECONDS, lambda: not closing())
    elif ago is None or ago > ROUND_SECONDS:
        repository.updates.check(CHECK_SECONDS, lambda: not closing())


def fill(hosted: HostedRepository, keep_going: Callable[[], bool]) -> None:
    """Embed what is new and tidy up, while that may be."""
    repository = hosted.repository
    indexed = repository.is_indexed()
    try:
        while indexed and keep_going() and repository.vectors.share() < 1.0:
            _fill_a_little(repository, keep_going)
    except EmbeddingError as error:
        logger("workplace").warning("no vectors: %s", error)
        return
    if keep_going():
        collect_garbage_if_free(repository)


def _fill_a_little(repository: Repository, keep_going: Callable[[], bool]) -> None:
    """Fill for a moment and release the lock, so that a question that must index is not blocked."""
    deadline = time.monotonic() + FILL_SECONDS
    with repository.writing("rooftree serve"):
        repository.vectors.fill(keep_going=lambda: keep_going() and time.monotonic() < deadline)
