"""Which files of a worktree are looked at, and why others are left out.

Names and stat only: nothing is opened here but ignore files. For a git worktree the list is git's;
for a plain folder it is our own walk with git's ignore rules. Symlinks are never followed. What a
file's content says about it is for `filters`.
"""

from dataclasses import dataclass

from indexing.git import Worktree, ignored_paths
from indexing.listing import GitListing, PlainListing
from indexing.reasons import NOT_CHECKED_OUT, NOT_REGULAR, SUBMODULE, UNREADABLE, WORKTREE
from indexing.walk import Candidate, Skipped, walk

__all__ = ["Candidate", "Discovery", "Skipped", "discover"]


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found, both in the order of paths; a skipped folder's path ends in a slash."""

    candidates: tuple[Candidate, ...]
    skipped: tuple[Skipped, ...]
    ignored: int = 0
    """How many files and folders git's ignore rules leave out; they are not listed."""


def discover(worktree: Worktree, *, largest_file_bytes: int) -> Discovery:
    """List the files below a worktree's root that may be indexed, and the others with a reason."""
    if worktree.common_dir is None:
        found = walk(worktree.root, PlainListing(), largest_file_bytes)
        return _sorted(found.candidates, found.skipped, found.ignored)
    listing = GitListing.read(worktree.root)
    found = walk(worktree.root, listing, largest_file_bytes)
    # Git lists neither special files nor what it cannot read, and only it knows which of them are
    # ignored.
    unlisted = [
        skip
        for skip in found.skipped
        if skip.reason in (NOT_REGULAR, UNREADABLE) and not listing.knows(skip.path)
    ]
    ignored = ignored_paths(worktree.root, [skip.path for skip in unlisted], tracked_too=True)
    kept = [skip for skip in found.skipped if skip.path not in ignored]
    submodules = [
        Skipped(f"{path}/", WORKTREE if path in listing.worktrees else SUBMODULE)
        for path in listing.repositories
    ]
    there = {candidate.path for candidate in found.candidates}.union(skip.path for skip in kept)
    sparse = [Skipped(path, NOT_CHECKED_OUT) for path in listing.sparse - there]
    return _sorted(found.candidates, [*kept, *submodules, *sparse], found.ignored)


def _sorted(candidates: list[Candidate], skipped: list[Skipped], ignored: int) -> Discovery:
    return Discovery(
        tuple(sorted(candidates, key=lambda candidate: candidate.path)),
        tuple(sorted(set(skipped), key=lambda skip: (skip.path, skip.reason))),
        ignored,
    )
