"""A commit as a generation, without checking it out: how the past of a repository is searched.

Only blobs that no earlier commit had are read and cut, so walking through a history costs little
more than its changes. The manifest is one of its own and never that of the worktree.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from indexing.build.parser_pool import ParserJob, ParserPool
from indexing.files.decode import DecodedText
from indexing.files.filters import indexable_text
from indexing.files.listing import folders_of
from indexing.files.walk import FileStat
from indexing.secrets.paths import denied, denied_folder
from indexing.secrets.redact import redact
from indexing.store import document_store as documents
from indexing.store.manifest import Generation, Manifest
from indexing.store.worktree_state import is_utf8
from rooftree.errors import RepositoryError
from rooftree.git.commands import run_git

REGULAR = (b"100644", b"100755")
BLOBS_AT_ONCE = 400
NOTHING = FileStat(0, 0, 0)

TextEdit = Callable[[str, str], str]
"""From a path and its text to the text that is indexed instead."""


@dataclass(frozen=True, slots=True)
class _Entry:
    path: str
    blob: str


@dataclass(frozen=True, slots=True)
class CommitIndexer:
    """Makes generations of commits; a file is cut in the pool, so keep that for the next commit."""

    manifest: Manifest
    root: Path
    pool: ParserPool
    largest_file_bytes: int

    def index(self, commit: str, edit: TextEdit | None = None) -> Generation:
        """Make `commit` the current generation of this manifest and return it.

        With an `edit`, files are cut as edited and never mixed with those of the commit itself.
        """
        name = f"commit:{self.root}" if edit is None else f"edited:{self.root}"
        entries = self._entries(commit)
        if edit is not None:
            entries = [replace(entry, blob=f"edited-{entry.blob}") for entry in entries]
        with self.manifest.transaction():
            generation = self.manifest.begin(name, commit)
            missing = []
            for entry in entries:
                document = documents.find_document(self.manifest.database, entry.path, entry.blob)
                if document is None:
                    missing.append(entry)
                else:
                    self.manifest.add_member(generation, document, NOTHING)
            for done in self.pool.extract_all(self._jobs(missing, edit)):
                entry = missing[int(done.key)]
                document = documents.add_document(
                    self.manifest.database, entry.path, entry.blob, done.extraction
                )
                self.manifest.add_member(generation, document, NOTHING)
            self.manifest.finish(generation)
            documents.prune(self.manifest.database, name)
        return generation

    def _entries(self, commit: str) -> list[_Entry]:
        """Return the regular files of a commit that may be indexed, by name and size."""
        answer = run_git(self.root, "ls-tree", "-r", "-z", "--long", "--full-tree", commit)
        if answer.code != 0:
            raise RepositoryError(f"git cannot list the commit {commit!r}: {answer.error}")
        entries = []
        for line in answer.output.split(b"\0"):
            fields, _, name = line.partition(b"\t")
            if not name:
                continue
            mode, _, blob, size = fields.split()
            path = name.decode("utf-8", "surrogateescape")
            wanted = mode in REGULAR and size.isdigit() and int(size) <= self.largest_file_bytes
            is_denied = denied(path) or any(map(denied_folder, folders_of([path])))
            if wanted and is_utf8(path) and not is_denied:
                entries.append(_Entry(path, blob.decode()))
        return entries

    def _jobs(self, entries: Sequence[_Entry], edit: TextEdit | None) -> Iterator[ParserJob]:
        for begin in range(0, len(entries), BLOBS_AT_ONCE):
            part = entries[begin : begin + BLOBS_AT_ONCE]
            for number, (entry, data) in enumerate(zip(part, self._read(part), strict=True)):
                decoded = None if data is None else indexable_text(entry.path, data)
                if isinstance(decoded, DecodedText):
                    text = decoded.text if edit is None else edit(entry.path, decoded.text)
                    yield ParserJob(begin + number, entry.path, redact(text))

    def _read(self, entries: Sequence[_Entry]) -> Iterator[bytes | None]:
        """Read blobs in one call of git; None for one that is not there."""
        names = "".join(entry.blob.removeprefix("edited-") + "\n" for entry in entries)
        answer = run_git(self.root, "cat-file", "--batch", stdin=names.encode())
        if answer.code != 0:
            raise RepositoryError(f"git cannot read {len(entries)} files: {answer.error}")
        place = 0
        for _ in entries:
            end = answer.output.index(b"\n", place)
            fields = answer.output[place:end].split()
            place = end + 1
            if len(fields) == 3 and fields[1] == b"blob":
                size = int(fields[2])
                yield answer.output[place : place + size]
                place += size + 1
            else:
                yield None
