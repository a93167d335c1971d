"""The repositories of one process: opened on demand, and, in a server, owned and kept fresh.

An owner holds each repository's lock for as long as it lives, so it alone may use Chroma. Behind
the scenes it indexes what changed, embeds what is new and fills Chroma, a few texts at a time and
never while a model is answering.
"""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from indexing.chroma_cache import ChromaCache
from indexing.dense import DenseMatch
from indexing.embed import Embedder, Vectors
from indexing.git import open_worktree
from indexing.indexer import Progress
from indexing.lock import repository_lock
from indexing.repository import Repository
from indexing.search import NearestTexts
from rooftree.config import Config
from rooftree.errors import EmbeddingError
from rooftree.logs import logger

LOCK_SECONDS = 5.0
FILL_SECONDS = 2.0


@dataclass(slots=True)
class Hosted:
    """A repository of this process; `chroma` is set once it may be asked."""

    repository: Repository
    chroma: ChromaCache | None = None

    def nearest(self) -> NearestTexts | None:
        """Return Chroma's search, once there is one."""
        return None if self.chroma is None else self._query

    def _query(self, vector: Vectors, limit: int) -> list[DenseMatch]:
        """Ask Chroma while it holds what the manifest holds; no match means: scan the manifest.

        Whether it does is asked when it matters: the same question may just have embedded texts.
        """
        chroma = self.chroma
        if chroma is None:
            return []
        try:
            with self.repository.manifest() as manifest:
                return chroma.query(vector, limit) if chroma.ready(manifest.database) else []
        except Exception as error:  # noqa: BLE001 - Chroma raises anything; a cache may fail
            logger("workplace").warning("Chroma cannot answer: %s", error)
            return []


class Workplace:
    """Opens repositories by path; one Repository each, whatever path leads to it."""

    def __init__(
        self, config: Config, embedder: Callable[[], Embedder | None], *, owner: bool
    ) -> None:
        self._config = config
        self._embedder = embedder
        self._owner = owner
        self._hosted: dict[Path, Hosted] = {}
        self._locks = ExitStack()
        self._guard = threading.Lock()

    def open(self, path: Path) -> Hosted:
        """Return the repository at `path`; an owner takes its lock for good."""
        root = open_worktree(path).root
        with self._guard:
            if root not in self._hosted:
                self._hosted[root] = self._host(root)
            return self._hosted[root]

    def roots(self) -> tuple[Path, ...]:
        return tuple(self._hosted)

    def hosted(self) -> tuple[Hosted, ...]:
        return tuple(self._hosted.values())

    def close(self) -> None:
        """Let go of Chroma first and of the locks last."""
        for hosted in self._hosted.values():
            if hosted.chroma is not None:
                hosted.chroma.close()
        self._hosted.clear()
        self._locks.close()

    def _host(self, root: Path) -> Hosted:
        repository = Repository(root, self._config, self._embedder(), owned=self._owner)
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
        _index(hosted.repository, closing)
        _fill(hosted.repository, keep_going)
        _synchronise(hosted, keep_going)


def _index(repository: Repository, closing: Callable[[], bool]) -> None:
    def look(_: Progress) -> None:
        if closing():
            raise _StoppedError

    if not repository.is_current():
        with repository.writing("rooftree serve"):
            repository.index(look)


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
    if chroma is None:
        return
    # Known from here on, so that closing lets go of it even if it is never filled.
    hosted.chroma = chroma
    with hosted.repository.manifest() as manifest:
        if not chroma.ready(manifest.database):
            chroma.synchronise(manifest.database, look)
