"""The repositories of one process: opened on demand, and, in a server, owned and kept fresh.

An owner holds each repository's lock for as long as it lives, so it alone may use Chroma. Behind
the scenes it indexes what changed, embeds what is new and fills Chroma, a few texts at a time and
never while a model is answering.
"""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from indexing.chroma_cache import ChromaCache
from indexing.dense import DenseMatch
from indexing.embed import Embedder, Vectors
from indexing.git import open_worktree
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
        """Return Chroma's search while it holds what the manifest holds, else None."""
        chroma = self.chroma
        if chroma is None:
            return None
        with self.repository.manifest() as manifest:
            if not chroma.ready(manifest.database):
                return None

        def query(vector: Vectors, limit: int) -> list[DenseMatch]:
            return chroma.query(vector, limit)

        return query


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


def catch_up(hosted: Hosted, keep_going: Callable[[], bool]) -> None:
    """Index what changed, embed what is new and fill Chroma; stop when `keep_going` says so."""
    repository = hosted.repository
    if not repository.is_current():
        with repository.writing("rooftree serve"):
            repository.index()
    try:
        while keep_going() and repository.dense_share() < 1.0:
            _fill_a_little(repository, keep_going)
    except EmbeddingError as error:
        logger("workplace").warning("no vectors: %s", error)
        return
    if keep_going():
        _synchronise(hosted)


def _fill_a_little(repository: Repository, keep_going: Callable[[], bool]) -> None:
    """Fill for a moment and let go, so that a question that must index can have its turn."""
    deadline = time.monotonic() + FILL_SECONDS
    with repository.writing("rooftree serve"):
        repository.fill(keep_going=lambda: keep_going() and time.monotonic() < deadline)


def _synchronise(hosted: Hosted) -> None:
    chroma = hosted.chroma or hosted.repository.chroma()
    if chroma is None:
        return
    with hosted.repository.manifest() as manifest:
        if not chroma.ready(manifest.database):
            chroma.synchronise(manifest.database)
    hosted.chroma = chroma
