"""Index a worktree: make its current generation, reading and chunking only what is new.

Order matters for kill -9: documents are committed a few at a time and are found again by path and
blob; the generation becomes current in the last transaction. Running it again finishes the work.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from indexing.build.parser_pool import ParserJob, ParserPool
from indexing.files.discover import CandidateFile, Discovery, discover, discover_named
from indexing.files.filters import indexable_text
from indexing.files.skip_reasons import NAME_NOT_UTF8, TOO_LARGE, UNREADABLE, VANISHED
from indexing.files.walk import FileStat
from indexing.parsing.syntax.types import Extraction
from indexing.secrets.redact import redact
from indexing.store import document_store as documents
from indexing.store.manifest import Generation, Manifest
from indexing.store.worktree_state import (
    WorktreeState,
    is_utf8,
    racy_since,
    snapshot,
    storable,
)
from rooftree.confined_files import read_beneath
from rooftree.errors import ToolRefusedError
from rooftree.git.commands import Worktree, blob_hash

BATCH_FILES = 64
BATCH_SECONDS = 0.5
FILES_A_WORKER = 8
"""Fewer changed files than this are cut by one process: starting a second costs more."""
NOTHING = FileStat(0, 0, 0)


@dataclass(frozen=True, slots=True)
class IndexingResult:
    """What an indexing run did."""

    generation: Generation
    files: int
    parsed: int
    whole: bool = True
    """Whether it came to its end; else the generation is the last one that did."""
    ignored: int = 0
    """How many files and folders git's ignore rules leave out of what was looked at."""
    unchanged: bool = False
    """Whether nothing had changed, so that no generation was made."""
    named: bool = False
    """Whether none but the named files were looked at."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file that is being cut: everything that is needed to store what comes back."""

    path: str
    blob: str
    stat: FileStat
    note: str


@dataclass(frozen=True, slots=True)
class _Refused:
    """A file that is left out, and why."""

    reason: str
    stat: FileStat


@dataclass(frozen=True, slots=True)
class _Look:
    """What is there now of the files that were looked at, and what was known of them."""

    found: Discovery
    previous: WorktreeState | None
    named: frozenset[str] | None = None
    """The paths that alone were looked at, as they are stored; None: all of them."""


@dataclass(slots=True)
class _Run:
    """The state of one run: what is settled, what is being cut, and the open transaction's age."""

    generation: Generation
    previous: WorktreeState | None
    total: int
    settled: int = 0
    parsed: int = 0
    left: int | None = None
    """How many characters may still be given to the parser; None is no bound."""
    stopped: bool = False
    uncommitted: int = 0
    since: float = field(default_factory=time.monotonic)
    pending: dict[int, _Pending] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Indexer:
    """Indexes one worktree; the caller holds the repository's lock."""

    manifest: Manifest
    worktree: Worktree
    largest_file_bytes: int
    workers: int
    progress: Callable[[int, int], None] | None = None
    """Is told files done, of how many."""
    early: ParserPool | None = None
    """A parser that is there already, enough for a few files."""

    def run(
        self, most_characters: int | None = None, named: frozenset[str] | None = None
    ) -> IndexingResult:
        """Bring the index up to date with the worktree's files.

        A file that would make it parse more than `most_characters` ends the run where there is an
        earlier generation to answer from; what has been parsed is kept for the next one. Where
        nothing but the files `named` can have changed, only these are looked at.
        """
        root = storable(str(self.worktree.root))
        current = self.manifest.current(root)
        look = self._look_at_named(current, named) or self._look_at_all(current)
        found, previous = look.found, look.previous
        changed = previous.behind(found) if previous else len(found.candidates)
        if previous and previous.matches(found, self.worktree.commit, changed):
            return self._done(previous.generation, look, 0, unchanged=True)
        self.manifest.expect_many_writes()
        with self.manifest.transaction():
            generation = self.manifest.begin(root, self.worktree.commit)
            if previous and look.named is not None:
                self.manifest.carry(previous.generation, generation, look.named)
        run = _Run(generation, previous, len(found.candidates))
        run.left = most_characters if previous else None
        workers = min(self.workers, 1 + changed // FILES_A_WORKER)
        if self.early is not None and workers == 1:
            self._fill(run, found, self.early)
        else:
            with ParserPool(workers) as pool:
                self._fill(run, found, pool)
        if run.stopped and previous:
            return self._done(previous.generation, look, run.parsed, whole=False)
        with self.manifest.transaction():
            self.manifest.finish(generation)
            documents.prune(self.manifest.database, root)
        return self._done(generation, look, run.parsed)

    def _look_at_all(self, current: Generation | None) -> _Look:
        found = discover(self.worktree, largest_file_bytes=self.largest_file_bytes)
        return _Look(found, snapshot(self.manifest, self.worktree, current) if current else None)

    def _look_at_named(
        self, current: Generation | None, named: frozenset[str] | None
    ) -> _Look | None:
        """Look at some files alone; None where that cannot tell how all of them are."""
        if named is None or current is None or current.commit != self.worktree.commit:
            return None
        # What was written just before it was read has to be read again: after this run its age
        # would no longer say so.
        paths = named.union(self.manifest.written_since(current, racy_since(current)))
        if any(self.manifest.has_folder(current, storable(path)) for path in paths):
            return None
        found = discover_named(self.worktree, paths, largest_file_bytes=self.largest_file_bytes)
        if found is None:
            return None
        stored = frozenset(map(storable, paths))
        known = snapshot(self.manifest, self.worktree, current, stored)
        return _Look(found, known, stored)

    def _done(
        self,
        generation: Generation,
        look: _Look,
        parsed: int,
        *,
        whole: bool = True,
        unchanged: bool = False,
    ) -> IndexingResult:
        return IndexingResult(
            generation,
            self.manifest.documents(generation),
            parsed,
            whole,
            look.found.ignored,
            unchanged,
            named=look.named is not None,
        )

    def _fill(self, run: _Run, found: Discovery, pool: ParserPool) -> None:
        with self.manifest.transaction():
            for skipped in found.skipped:
                self._skip(run, skipped.path, skipped.reason, NOTHING)
            for extracted in pool.extract_all(self._jobs(run, found)):
                self._store(run, run.pending.pop(int(extracted.key)), extracted.extraction)
                run.parsed += 1
                self._commit_batch(run)
            self._report_progress(run)

    def _commit_batch(self, run: _Run) -> None:
        """Commit what was stored every 64 files or half a second."""
        self._report_progress(run)
        run.uncommitted += 1
        if run.uncommitted >= BATCH_FILES or time.monotonic() - run.since > BATCH_SECONDS:
            self.manifest.checkpoint()
            run.uncommitted, run.since = 0, time.monotonic()

    def _report_progress(self, run: _Run) -> None:
        if self.progress is not None:
            self.progress(run.parsed + run.settled, run.total)

    def _jobs(self, run: _Run, found: Discovery) -> Iterator[ParserJob]:
        """Yield the files that must be cut; settle all others on the way."""
        for number, candidate in enumerate(found.candidates):
            if run.previous and run.previous.is_unchanged(candidate):
                self._keep(run, candidate, run.previous)
                continue
            prepared = self._prepare(run, candidate)
            if prepared is not None:
                run.pending[number], text = prepared
                if run.left is not None and len(text) > run.left:
                    run.stopped = True
                    return
                run.left = None if run.left is None else run.left - len(text)
                yield ParserJob(number, candidate.path, text)

    def _keep(self, run: _Run, candidate: CandidateFile, previous: WorktreeState) -> None:
        known = previous.files[storable(candidate.path)]
        if known.document is None:
            self._skip(run, candidate.path, known.reason or UNREADABLE, candidate.stat)
        else:
            self._settle(run, known.document, candidate.stat)

    def _prepare(self, run: _Run, candidate: CandidateFile) -> tuple[_Pending, str] | None:
        """Read a file and return what must be cut; None where it is settled without cutting."""
        seen = self._read_file(candidate)
        if isinstance(seen, _Refused):
            self._skip(run, candidate.path, seen.reason, seen.stat)
            return None
        pending, text = seen
        document = documents.find_document(self.manifest.database, pending.path, pending.blob)
        if document is not None:
            self._settle(run, document, pending.stat)
            return None
        return pending, redact(text)

    def _read_file(self, candidate: CandidateFile) -> tuple[_Pending, str] | _Refused:
        """Read, filter and decode a file, or say why not."""
        path = candidate.path
        if not is_utf8(path):
            return _Refused(NAME_NOT_UTF8, candidate.stat)
        try:
            blob = read_beneath(self.worktree.root, path, self.largest_file_bytes)
        except FileNotFoundError:
            return _Refused(VANISHED, NOTHING)
        except (OSError, ToolRefusedError):
            return _Refused(UNREADABLE, NOTHING)
        stat = FileStat(blob.size, blob.mtime_ns, blob.inode)
        if blob.size > self.largest_file_bytes:
            return _Refused(TOO_LARGE, stat)
        decoded = indexable_text(path, blob.data)
        if isinstance(decoded, str):
            return _Refused(decoded, stat)
        name = blob_hash(blob.data, self.worktree.object_format)
        return _Pending(path, name, stat, decoded.note), decoded.text

    def _settle(self, run: _Run, document: int, stat: FileStat) -> None:
        self.manifest.add_member(run.generation, document, stat)
        run.settled += 1

    def _skip(self, run: _Run, path: str, reason: str, stat: FileStat) -> None:
        self.manifest.add_skipped(run.generation, storable(path), reason, stat)
        run.settled += 1

    def _store(self, run: _Run, pending: _Pending, extraction: Extraction) -> None:
        if pending.note:
            extraction = replace(extraction, notes=(pending.note, *extraction.notes))
        document = documents.add_document(
            self.manifest.database, pending.path, pending.blob, extraction
        )
        self.manifest.add_member(run.generation, document, pending.stat)
