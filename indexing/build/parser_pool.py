"""A small pool of parser processes, so that a grammar that crashes or hangs costs one file.

Grammars are C code that reads untrusted text. Each worker is a fresh process with a memory limit
and one pipe. Its results come in the order of its jobs, so the first job without a result is the
one that a dead or overdue worker was reading: that file comes back by lines, the others are given
to a new worker. It does not know the files or what the results are for.
"""

import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any, Self

from indexing.build.parser_process import Extractor, ParserJob, ParserSettings, serve
from indexing.parsing.extract import CRASHED, TOO_LONG, by_lines, extract
from indexing.parsing.syntax.types import Extraction
from rooftree.errors import IndexingError

__all__ = ["ExtractionResult", "ParserJob", "ParserPool", "WaitingParser"]

BATCH_CHARACTERS = 65_536
BATCH_JOBS = 32
BATCHES_IN_FLIGHT = 2
"""One that is read and one that waits in the worker."""
START_SECONDS = 60.0
MAX_FAILED_STARTS = 4


@dataclass(frozen=True, slots=True)
class ExtractionResult:
    """The result for the job with this key."""

    key: int | str
    extraction: Extraction


class ParserPool:
    """Reads files in `workers` processes; a context manager, used by one thread at a time.

    `extractor` must be a function that a fresh interpreter can import by its name.
    """

    def __init__(
        self,
        workers: int,
        *,
        job_seconds: float = 20.0,
        memory_bytes: int = 2 << 30,
        extractor: Extractor = extract,
    ) -> None:
        if workers < 1:
            raise ValueError(f"a pool needs at least one worker, not {workers}")
        self._settings = ParserSettings(extractor, job_seconds, memory_bytes)
        self._workers = [_Worker(self._settings) for _ in range(workers)]

    def __enter__(self) -> Self:
        for worker in self._workers:
            worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.stop()

    def extract_all(self, jobs: Iterable[ParserJob]) -> Generator[ExtractionResult, None, None]:
        """Yield a result for every job, in no particular order, holding few jobs at a time."""
        batches = _batches(jobs)
        more = True
        for worker in self._workers:
            worker.reset_retries()
        try:
            while True:
                for worker in self._workers:
                    while more and worker.batches < BATCHES_IN_FLIGHT:
                        batch = next(batches, None)
                        more = batch is not None
                        worker.send(batch or [])
                busy = [worker for worker in self._workers if worker.waiting]
                if not busy:
                    return
                yield from self._collect(busy)
        finally:
            # A caller that stops early leaves jobs behind whose results will not be read.
            for worker in self._workers:
                if worker.waiting:
                    worker.restart([])

    def _collect(self, busy: "list[_Worker]") -> Iterator[ExtractionResult]:
        """Wait for the first results, and for each worker that is overdue."""
        by_connection = {worker.connection: worker for worker in busy}
        patience = max(0.0, min(worker.deadline for worker in busy) - time.monotonic())
        ready = wait(list(by_connection), patience)
        for connection, worker in by_connection.items():
            if connection in ready:
                yield from worker.receive()
            elif time.monotonic() >= worker.deadline:
                yield from worker.give_up(TOO_LONG)


class WaitingParser:
    """A pool of one that stays for the next run: to start a process takes half a second.

    Used by one thread at a time, as the pool is.
    """

    def __init__(self) -> None:
        self._pool: ParserPool | None = None
        self._used = 0.0

    @contextmanager
    def pool(self) -> Iterator[ParserPool]:
        """Lend the pool; one that has failed is not lent again."""
        pool, self._pool = self._pool or ParserPool(1).__enter__(), None
        try:
            yield pool
        except BaseException:
            pool.__exit__()
            raise
        self._pool, self._used = pool, time.monotonic()

    def close(self, idle_seconds: float = 0.0) -> None:
        """End the process if nobody has used it for so long."""
        if self._pool is not None and time.monotonic() - self._used >= idle_seconds:
            pool, self._pool = self._pool, None
            pool.__exit__()


class _Worker:
    """One process, its pipe and the jobs that it has not answered yet."""

    def __init__(self, settings: ParserSettings) -> None:
        self._settings = settings
        self.waiting: deque[ParserJob] = deque()
        self._last_of_batch: deque[ParserJob] = deque()
        self._tried_again: set[int | str] = set()
        self._ready = False
        self._failed_starts = 0

    @property
    def batches(self) -> int:
        return len(self._last_of_batch)

    def reset_retries(self) -> None:
        """Begin with other jobs, which may have the keys of earlier ones."""
        self._tried_again.clear()

    def start(self) -> None:
        context = get_context("spawn")
        self.connection: Connection[Any, Any]
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, self._settings), daemon=True)
        self._process.start()
        theirs.close()
        self._ready = False
        self._expect(START_SECONDS)

    def stop(self) -> None:
        self.connection.close()
        if not self._ready:
            self._process.kill()  # it would first start to its end
        self._process.join(1.0)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
        self._process.close()

    def restart(self, jobs: list[ParserJob]) -> None:
        """Replace the process by a new one that starts with these jobs."""
        self._process.kill()
        self.stop()
        self.waiting.clear()
        self._last_of_batch.clear()
        self.start()
        self.send(jobs)

    def send(self, batch: list[ParserJob]) -> None:
        if not batch:
            return
        if not self.waiting:
            if not self._process.is_alive():
                self.restart([])
            self._expect(self._settings.job_seconds if self._ready else START_SECONDS)
        self.waiting.extend(batch)
        self._last_of_batch.append(batch[-1])
        try:
            self.connection.send(batch)
        except (BrokenPipeError, ConnectionResetError):
            # It is dead; reading from it will say so, and the jobs are in `waiting`.
            return

    def receive(self) -> Iterator[ExtractionResult]:
        """Take one message: the worker is ready, one result, or the end."""
        try:
            extraction: Extraction | None = self.connection.recv()
        except (EOFError, OSError):
            yield from self.give_up(CRASHED)
            return
        self._expect(self._settings.job_seconds)
        if not self._ready:
            self._ready = True
            self._failed_starts = 0
            return
        job = self._answered()
        yield ExtractionResult(job.key, extraction or by_lines(job.path, job.text, CRASHED))

    def give_up(self, note: str) -> Iterator[ExtractionResult]:
        """Blame the first unanswered job and give the others to a new process.

        A worker that died may have been killed from outside, so its job gets one more try.
        """
        if note == CRASHED and not self._ready:
            self._count_failed_start()
        if note == CRASHED and self.waiting[0].key not in self._tried_again:
            self._tried_again.add(self.waiting[0].key)
            self.restart(list(self.waiting))
            return
        job = self._answered()
        self.restart(list(self.waiting))
        yield ExtractionResult(job.key, by_lines(job.path, job.text, note))

    def _count_failed_start(self) -> None:
        """A process that ends before it says that it is ready was not killed by what it reads."""
        self._failed_starts += 1
        if self._failed_starts >= MAX_FAILED_STARTS:
            raise IndexingError(
                f"a parser process did not start {self._failed_starts} times, with exit code "
                f"{self._process.exitcode}; `python -I -c 'import tree_sitter'` may tell why, and "
                "too little memory or too few processes may be the reason"
            )

    def _answered(self) -> ParserJob:
        job = self.waiting.popleft()
        if self._last_of_batch and job is self._last_of_batch[0]:
            self._last_of_batch.popleft()
        return job

    def _expect(self, seconds: float) -> None:
        self.deadline = time.monotonic() + seconds


def _batches(jobs: Iterable[ParserJob]) -> Iterator[list[ParserJob]]:
    batch: list[ParserJob] = []
    size = 0
    for job in jobs:
        if batch and (size + len(job.text) > BATCH_CHARACTERS or len(batch) >= BATCH_JOBS):
            yield batch
            batch, size = [], 0
        batch.append(job)
        size += len(job.text)
    if batch:
        yield batch
