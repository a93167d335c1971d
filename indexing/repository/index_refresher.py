"""Keep an index fresh: look when the files may have changed, index, and fill vectors in between.

It ends when it is stopped, or when the repository is gone permanently. A folder that cannot be read
for a while, a lock that another process holds, or a full disk are reported once and retried.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from indexing.build.file_watcher import Changes, FileWatcher
from indexing.repository.refresh import collect_garbage_if_free, fill_vectors
from indexing.repository.repository import Repository
from rooftree.errors import IndexingError, RepositoryError, RooftreeError

RETRY_SECONDS = 1.0
GONE_SECONDS = 5.0
"""So long a repository may be gone: editors and tools replace folders."""
LOOK_SECONDS = 60.0
"""At the latest after so long it is looked without an event."""


@dataclass(frozen=True, slots=True)
class RefreshResult:
    """One time the index was brought up to date: files are those that it now holds."""

    commit: str | None
    files: int
    parsed: int
    seconds: float
    """From the first look until it can be searched."""
    at: datetime
    """When it could be searched, in UTC."""

    def as_json(self) -> dict[str, Any]:
        return {
            "commit": self.commit,
            "files": self.files,
            "parsed": self.parsed,
            "seconds": round(self.seconds, 3),
            "searchable_at": self.at.isoformat(timespec="milliseconds"),
        }


class IndexRefresher:
    """Keeps one repository fresh, in the thread that calls `run`, until `stop`."""

    def __init__(
        self,
        repository: Repository,
        on_caught_up: Callable[[RefreshResult], None],
        on_problem: Callable[[str], None],
        *,
        poll_seconds: float = 0.0,
    ) -> None:
        self._repository = repository
        self._on_caught_up = on_caught_up
        self._on_problem = on_problem
        self._changes = Changes()
        self._due = 0.0
        """When all files are to be looked at, on the monotonic clock: at once after a failure."""
        self._stopping = False
        self._reported = ""
        self._generation = -1
        self.watch = FileWatcher(repository.worktree, self._changes.add, poll_seconds=poll_seconds)

    def run(self) -> None:
        """Keep the index fresh. Raises RepositoryError once the repository is gone permanently."""
        self.watch.start()
        gone_at: float | None = None
        self._changes.add()
        try:
            while not self._stopping:
                if self._catch_up():
                    gone_at = None
                    self._rest(LOOK_SECONDS)
                    continue
                if self._repository.worktree.root.is_dir():
                    gone_at = None
                else:
                    gone_at = gone_at or time.monotonic()
                    self._give_up_after(gone_at)
                self._rest(RETRY_SECONDS)
        finally:
            self.watch.stop()

    def stop(self) -> None:
        """End `run` soon; callable from any thread and from a signal handler."""
        self._stopping = True
        self._changes.add()

    def _rest(self, seconds: float) -> None:
        """Fill vectors while nothing changes, and wait for the next change."""
        if self._reported == "" and not self._changes:
            self._fill()
        self._changes.wait(seconds)

    def _catch_up(self) -> bool:
        """Look and index; say whether that was possible."""
        started = time.monotonic()
        expecting, named = bool(self._changes), self._changes.take()
        due, self._due = self._due, 0.0
        if not named or started >= due:
            named = None
        try:
            with self._repository.writing("rooftree index --watch", on_wait=self._wait):
                indexed = self._repository.updates.index(expecting=expecting, named=lambda: named)
        except (RepositoryError, IndexingError) as error:
            self._report(str(error))
            return False
        self._reported = ""
        seconds = time.monotonic() - started
        self._due = due if indexed.named else started + LOOK_SECONDS
        if not indexed.named:
            self.watch.look_seconds = seconds
        if indexed.generation.id != self._generation:
            self._generation = indexed.generation.id
            commit = indexed.generation.commit
            now = datetime.now(UTC)
            self._on_caught_up(RefreshResult(commit, indexed.files, indexed.parsed, seconds, now))
        return True

    def _fill(self) -> None:
        try:
            fill_vectors(self._repository, float("inf"), self._keep_filling)
            collect_garbage_if_free(self._repository)
        except _ChangedError:
            return  # what was committed is kept
        except RooftreeError as error:
            self._report(str(error))

    def _keep_filling(self, *_: object) -> None:
        if self._changes:
            raise _ChangedError

    def _wait(self, holder: object) -> None:
        if self._stopping:
            raise IndexingError("stopped while waiting for another writer")
        self._report(f"waiting for {holder}")

    def _report(self, problem: str) -> None:
        if problem != self._reported:
            self._reported = problem
            self._on_problem(problem)

    def _give_up_after(self, since: float) -> None:
        if time.monotonic() - since > GONE_SECONDS:
            raise RepositoryError(
                f"{str(self._repository.worktree.root)!r} is gone; its index is kept until "
                "`rooftree gc` removes it"
            )


class _ChangedError(Exception):
    """Something changed while vectors were being filled; what was committed is kept."""
