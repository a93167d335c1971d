"""An index that is open in this process: its worktree, its folder, and who may read and write it.

The holder of the repository's lock may write. A process that holds the lock for good
(`rooftree serve`) opens repositories as their owner.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from indexing.files.discover import Discovery, discover
from indexing.ranking.index_view import IndexView
from indexing.ranking.index_view_reader import view_of
from indexing.repository.lock import LockHolder, repository_lock
from indexing.store.manifest import Generation, Manifest, open_manifest
from indexing.store.schema import is_damage, mark_damaged
from indexing.store.worktree_state import storable
from rooftree.config import Config
from rooftree.errors import IndexDamagedError, IndexingError, IndexLockedError, StorageError
from rooftree.git.commands import Worktree, open_worktree

WAIT_SECONDS = 600.0
"""How long a writer waits for another one that holds the lock."""


class OpenedIndex:
    """One worktree, and the folder that holds its index."""

    def __init__(self, path: Path, config: Config, *, owned: bool) -> None:
        self.worktree: Worktree = open_worktree(path)
        self.folder = config.paths.repository(self.worktree.repo_id)
        self.config = config
        self.owned = owned
        """Whether this process holds the lock for good, and keeps the index fresh while it runs."""
        self.name = storable(str(self.worktree.root))
        """What the worktree is called in the manifest."""
        self.answering: Generation | None = None
        """In a server: the generation whose view is ready. A newer one waits until its own is."""
        self._mutex = threading.Lock()

    def reopen_worktree(self) -> None:
        """Look again at which commit is checked out."""
        self.worktree = open_worktree(self.worktree.root)

    def discover(self) -> Discovery:
        """List the files of the worktree as they are now."""
        return discover(self.worktree, largest_file_bytes=self.config.index.largest_file_bytes)

    @contextmanager
    def manifest(self) -> Iterator[Manifest]:
        """Open the manifest for the length of a `with` block, in the calling thread."""
        manifest = open_manifest(self.folder)
        try:
            yield manifest
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                mark_damaged(self.folder, str(error))
                raise IndexDamagedError(
                    f"the index in {str(self.folder)!r} is damaged: {error}; "
                    "run `rooftree index`, which sets it aside and makes a new one"
                ) from error
            raise StorageError(f"cannot use the index {str(manifest.path)!r}: {error}") from error
        finally:
            manifest.close()

    @contextmanager
    def writing(
        self,
        purpose: str,
        *,
        wait_seconds: float = WAIT_SECONDS,
        on_wait: Callable[[LockHolder], object] | None = None,
    ) -> Iterator[None]:
        """Hold the right to write this repository's index, among threads and processes.

        `on_wait` receives the lock's holder again and again while this waits for another process;
        to stop waiting, raise there.
        """
        deadline = time.monotonic() + wait_seconds
        if not self._mutex.acquire(timeout=wait_seconds):
            raise IndexLockedError(
                f"this process is still writing the index of {str(self.worktree.root)!r}; "
                "wait for it to finish"
            )
        try:
            if self.owned:
                yield
                return
            left = max(0.0, deadline - time.monotonic())
            with repository_lock(self.folder, purpose, wait_seconds=left, on_wait=on_wait):
                yield
        finally:
            self._mutex.release()

    def latest(self, manifest: Manifest) -> Generation | None:
        """Return the newest finished generation of the worktree, if there is one."""
        return manifest.current(self.name)

    def current(self, manifest: Manifest) -> Generation:
        """Return the generation that is answered from; IndexingError where there is none."""
        generation = self.latest(manifest)
        if generation is None:
            raise IndexingError(
                f"{str(self.worktree.root)!r} is not indexed yet; run `rooftree index` on it"
            )
        ready = self.answering
        return ready if ready is not None and manifest.holds(ready) else generation

    def view(self, manifest: Manifest) -> IndexView:
        """Return the generation that is answered from, as arrays."""
        return view_of(manifest, self.current(manifest))

    def is_indexed(self) -> bool:
        """Say whether there is a generation to answer from."""
        with self.manifest() as manifest:
            return self.latest(manifest) is not None

    def holds(self, path: str) -> bool:
        """Say whether `path` is an indexed file of the current generation."""
        with self.manifest() as manifest:
            generation = self.latest(manifest)
            return generation is not None and manifest.blob_of(generation, path) is not None
