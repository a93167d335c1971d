"""The repositories of one process: opened on demand, and, in a server, owned and kept fresh.

An owner holds each repository's lock for as long as it lives, so it alone may use Chroma. Behind
the scenes it indexes what changed, embeds what is new and fills Chroma, a few texts at a time and
never while a model is answering.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from indexing.chroma_cache import ChromaCache
from indexing.dense import DenseMatch
from indexing.embed import Embedder, Vectors
from indexing.git import open_worktree
from indexing.lock import repository_lock
from indexing.repository import Repository
from indexing.search import NearestTexts
from indexing.watch import Watch
from rooftree.config import Config
from rooftree.errors import EmbeddingError, IndexingError
from rooftree.logs import logger
from tools.freshen import tidy

if TYPE_CHECKING:
    from indexing.indexer import Progress

FILLING = "Chroma is still being filled"
PANIC = "PanicException"
"""What a panic in Rust becomes in Python; it is no Exception."""
LOCK_SECONDS = 5.0
FILL_SECONDS = 2.0
RETRY_SECONDS = 60.0
"""How long a Chroma that failed is left alone."""


@dataclass(slots=True)
class Hosted:
    """A repository of this process; `chroma` is set once it may be asked."""

    repository: Repository
    chroma: ChromaCache | None = None
    retry_at: float = 0.0
    """When a Chroma that failed may be opened again, on the monotonic clock."""
    changed: threading.Event = field(default_factory=threading.Event)
    """Set when its files may have changed since it was last looked at."""
    watch: Watch | None = None

    def keep_watch(self, wake: Callable[[], None]) -> None:
        """Have `wake` called, in another thread, whenever the files may have changed."""
        if self.watch is None:

            def tell() -> None:
                self.changed.set()
                wake()

            self.watch = Watch(self.repository.worktree, tell, poll_seconds=0.0)
            self.watch.start()

    def stop_watching(self) -> None:
        if self.watch is not None:
            self.watch.stop()

    def nearest(self) -> NearestTexts | None:
        """Return Chroma's search, once there is one."""
        return None if self.chroma is None else self._query

    def equip(self, embedder: Embedder, problem: str) -> None:
        """Take another embedder; the vectors of the last one stay where they are."""
        self.let_go()
        self.retry_at = 0.0
        self.repository.embedder = embedder
        self.repository.dense_problem = problem
        self.repository.engine_problem = FILLING

    def let_go(self, *, failed: bool = False) -> None:
        """Close Chroma; nobody asks it from here on."""
        chroma, self.chroma = self.chroma, None
        if chroma is not None:
            with suppress(ImportError):
                chroma.close(failed=failed)

    def _query(self, vector: Vectors, limit: int) -> list[DenseMatch]:
        """Ask Chroma while it holds what the manifest holds; no match means: scan the manifest.

        Whether it does is asked when it matters: the same question may just have embedded texts.
        """
        chroma = self.chroma
        if chroma is None:
            return []
        with self.trusting_nothing():
            if chroma.holds(self.repository.vectors()):
                found = chroma.query(vector, limit)
                self.repository.engine_problem = ""
                return found
            self.repository.engine_problem = FILLING
        return []

    @contextmanager
    def trusting_nothing(self) -> Iterator[None]:
        """Take whatever Chroma raises, panics of its native code too: a cache may fail."""
        try:
            yield
        except (_StoppedError, IndexingError):
            raise
        except BaseException as error:
            if not isinstance(error, Exception) and type(error).__name__ != PANIC:
                raise
            self.repository.engine_problem = f"Chroma failed ({type(error).__name__}: {error})"
            self.retry_at = time.monotonic() + RETRY_SECONDS
            self.let_go(failed=True)
            logger("workplace").warning("%s", self.repository.engine_problem)


class Workplace:
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
        self._hosted: dict[Path, Hosted] = {}
        self._locks = ExitStack()
        self._guard = threading.Lock()

    def open(self, path: Path) -> Hosted:
        """Return the repository at `path`; an owner takes its lock for good."""
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

    def hosted(self) -> tuple[Hosted, ...]:
        return tuple(self._hosted.values())

    def equip(self) -> None:
        """Give every repository the embedder that there is now: one may have come or changed."""
        embedder = self._embedder()
        for hosted in self.hosted():
            if embedder is not None and embedder is not hosted.repository.embedder:
                hosted.equip(embedder, self._problem())

    def close(self) -> None:
        """Let go of Chroma first and of the locks last."""
        for hosted in self._hosted.values():
            hosted.stop_watching()
            hosted.let_go()
        self._hosted.clear()
        self._locks.close()

    def _host(self, root: Path) -> Hosted:
        repository = Repository(root, self._config, self._embedder(), owned=self._owner)
        repository.dense_problem = self._problem()
        repository.engine_problem = FILLING if self._owner else ""
        if self._owner:
            self._locks.enter_context(
                repository_lock(repository.folder, "rooftree serve", wait_seconds=LOCK_SECONDS)
            )
        return Hosted(repository)


class _StoppedError(Exception):
    """Somebody wants the work to end here; what was committed is kept."""


def catch_up(
    hosted: Hosted, may_fill: Callable[[], bool], closing: Callable[[], bool] = lambda: False
) -> None:
    """Index what changed, embed what is new and fill Chroma.

    Filling pauses while it may not go on, and everything ends when the process is closing.
    """

    def keep_going() -> bool:
        return may_fill() and not closing()

    with suppress(_StoppedError):
        _index(hosted, closing)
        _fill(hosted.repository, keep_going)
        if keep_going():
            tidy(hosted.repository)
        _synchronise(hosted, keep_going)


def _index(hosted: Hosted, closing: Callable[[], bool]) -> None:
    repository = hosted.repository
    changed = hosted.changed.is_set()
    hosted.changed.clear()

    def look(_: "Progress") -> None:
        if closing():
            raise _StoppedError

    if changed or not repository.is_current():
        with repository.writing("rooftree serve"):
            repository.index(look, expecting=changed)
        # Before anything else is done: the next question would read it, beside a busy thread.
        repository.warm()


def _fill(repository: Repository, keep_going: Callable[[], bool]) -> None:
    try:
        while keep_going() and repository.dense_share() < 1.0:
            _fill_a_little(repository, keep_going)
    except EmbeddingError as error:
        logger("workplace").warning("no vectors: %s", error)
        raise _StoppedError from error


def _fill_a_little(repository: Repository, keep_going: Callable[[], bool]) -> None:
    """Fill for a moment and let go, so that a question that must index can have its turn."""
    deadline = time.monotonic() + FILL_SECONDS
    with repository.writing("rooftree serve"):
        repository.fill(keep_going=lambda: keep_going() and time.monotonic() < deadline)


def _synchronise(hosted: Hosted, keep_going: Callable[[], bool]) -> None:
    def look(*_: int) -> None:
        if not keep_going():
            raise _StoppedError

    look()
    chroma = hosted.chroma or hosted.repository.chroma()
    if chroma is None or time.monotonic() < hosted.retry_at:
        return
    # Known from here on, so that closing lets go of it even if it is never filled.
    hosted.chroma = chroma
    with hosted.trusting_nothing(), hosted.repository.manifest() as manifest:
        if not chroma.ready(manifest.database):
            hosted.repository.engine_problem = FILLING
            chroma.synchronise(manifest.database, look)
        hosted.repository.engine_problem = ""
