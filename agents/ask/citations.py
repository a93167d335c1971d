"""Citations, checked against the bytes that they name.

A citation is verified when the file still has the blob that was indexed (in the worktree, or as a
git object of the indexed commit), the lines exist in it, and the quoted text stands there, both
seen through the same redaction. Anything else is rejected; nothing is repaired.
"""

from dataclasses import asdict, dataclass
from typing import Any

from agents.ask.citation_groups import HitGroup
from indexing.repository.repository import Repository
from rooftree.confined_files import read_beneath
from rooftree.errors import ToolRefusedError
from rooftree.git.commands import blob_at, blob_hash, blob_id_at
from tools.model_tools.read import MAX_FILE_BYTES, visible_lines


@dataclass(frozen=True, slots=True)
class Citation:
    """A verified place: `commit` is None where no commit holds this blob at this path."""

    path: str
    start: int
    end: int
    commit: str | None
    blob: str
    quote: str
    verified: bool = True

    @property
    def place(self) -> str:
        """`path:start-end`."""
        return f"{self.path}:{self.start}-{self.end}"

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class CitationChecker:
    """Checks places of one repository against its files and git objects."""

    def __init__(self, repository: Repository, commit: str | None) -> None:
        self._worktree = repository.worktree
        self._commit = commit

    def check(self, spot: HitGroup) -> Citation | None:
        """Return the verified citation of a spot, or None where it does not hold any more."""
        found = self.check_lines(spot.best.path, spot.best.blob, spot.start, spot.end)
        if found is None or any(hit.text.strip() not in found.quote for hit in spot.hits):
            return None
        return found

    def check_lines(self, path: str, blob: str, start: int, end: int) -> Citation | None:
        """Return the citation of lines of a blob, or None where they do not stand there."""
        try:
            data = self._bytes(path, blob)
            lines = [] if data is None else visible_lines(data)
        except ToolRefusedError:  # no path below the repository, or not a text
            return None
        if not 1 <= start <= end <= len(lines):
            return None
        quote = "\n".join(lines[start - 1 : end])
        return Citation(path, start, end, self._holding_commit(path, blob), blob, quote)

    def _bytes(self, path: str, blob: str) -> bytes | None:
        """Return the bytes whose hash is `blob`, from the worktree or else from the commit."""
        try:
            found = read_beneath(self._worktree.root, path, MAX_FILE_BYTES)
        except (OSError, ToolRefusedError):
            found = None
        if found is not None and blob_hash(found.data, self._worktree.object_format) == blob:
            return found.data
        if self._commit is None:
            return None
        committed = blob_at(self._worktree, self._commit, path)
        if committed is None or blob_hash(committed, self._worktree.object_format) != blob:
            return None
        return committed

    def _holding_commit(self, path: str, blob: str) -> str | None:
        if self._commit is None or blob_id_at(self._worktree, self._commit, path) != blob:
            return None
        return self._commit
