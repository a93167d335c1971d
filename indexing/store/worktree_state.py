"""What changed since a generation was made: by stat, and by bytes where stat is not enough."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from indexing.files.discover import CandidateFile, Discovery
from indexing.files.filters import indexable_text
from indexing.store.manifest import Generation, KnownFile, Manifest
from rooftree.confined_files import read_beneath
from rooftree.errors import ToolRefusedError
from rooftree.git.commands import Worktree, blob_hash

RACY_NANOSECONDS = 2_000_000_000
"""A file written this shortly before it was read is compared by its bytes: clocks are coarse."""


@dataclass(frozen=True, slots=True)
class WorktreeState:
    """What a generation knows of the files of its worktree."""

    root: Path
    object_format: str
    generation: Generation
    files: dict[str, KnownFile]

    def is_unchanged(self, candidate: CandidateFile) -> bool:
        known = self.files.get(storable(candidate.path))
        if known is None or known.reason in ("vanished", "unreadable"):
            return False
        if known.stat != candidate.stat:
            return False
        is_racy = candidate.stat.mtime_ns >= racy_since(self.generation)
        return not is_racy or self._same_bytes(candidate, known)

    def behind(self, found: Discovery) -> int:
        """Count the files that were added, changed or deleted since."""
        changed = sum(not self.is_unchanged(candidate) for candidate in found.candidates)
        present = {storable(candidate.path) for candidate in found.candidates}
        present |= {storable(skipped.path) for skipped in found.skipped}
        return changed + len(self.files.keys() - present)

    def matches(self, found: Discovery, commit: str | None, behind: int) -> bool:
        """Say whether the worktree is exactly as it was; `behind` is how many files are not."""
        skipped = {(storable(item.path), item.reason) for item in found.skipped}
        known = {(path, file.reason) for path, file in self.files.items()}
        return commit == self.generation.commit and skipped <= known and not behind

    def _same_bytes(self, candidate: CandidateFile, known: KnownFile) -> bool:
        if not is_utf8(candidate.path):
            return True
        try:
            blob = read_beneath(self.root, candidate.path, candidate.stat.size)
        except (OSError, ToolRefusedError):
            return False
        if known.blob is None:
            return indexable_text(candidate.path, blob.data) == known.reason
        return blob_hash(blob.data, self.object_format) == known.blob


def snapshot(
    manifest: Manifest,
    worktree: Worktree,
    generation: Generation,
    among: Iterable[str] | None = None,
) -> WorktreeState:
    """Read what `generation` knows of every path, or of those `among` them."""
    files = manifest.known_files(generation, among)
    return WorktreeState(worktree.root, worktree.object_format, generation, files)


def racy_since(generation: Generation) -> int:
    """Return from when on, in nanoseconds, a file's stat does not tell that it is unchanged."""
    return int(generation.made * 1e9) - RACY_NANOSECONDS


def is_utf8(path: str) -> bool:
    """Say whether a name can be held by SQLite and JSON as it is."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def storable(path: str) -> str:
    """Return a name that SQLite and JSON can hold: stray bytes become `\\xNN`."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
