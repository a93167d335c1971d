"""Which files of a worktree are looked at, and why others are left out.

Names and stat only: nothing is opened here but ignore files. For a git worktree the list is git's;
for a plain folder it is our own walk with git's ignore rules. Symlinks are never followed. What a
file's content says about it is for `filters`.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from indexing.files.listing import GitListing, NamedListing, PlainListing, folders_of
from indexing.files.skip_reasons import (
    DEPENDENCY_TREE,
    NOT_CHECKED_OUT,
    NOT_REGULAR,
    SUBMODULE,
    UNREADABLE,
    WORKTREE,
)
from indexing.files.walk import DEPENDENCY_MARKS, IGNORE_FILE, CandidateFile, SkippedPath, walk
from rooftree.git.commands import Worktree, ignored_paths

__all__ = ["CandidateFile", "Discovery", "SkippedPath", "discover", "discover_named"]

SAY_OF_OTHERS = frozenset([IGNORE_FILE, ".gitignore", ".gitmodules", *DEPENDENCY_MARKS])
"""Files that say of others whether they are indexed."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found, both in the order of paths; a skipped folder's path ends in a slash."""

    candidates: tuple[CandidateFile, ...]
    skipped: tuple[SkippedPath, ...]
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
        if skip.reason in (NOT_REGULAR, UNREADABLE) and not listing.lists(skip.path)
    ]
    ignored = ignored_paths(worktree.root, [skip.path for skip in unlisted], tracked_too=True)
    kept = [skip for skip in found.skipped if skip.path not in ignored]
    submodules = [
        SkippedPath(f"{path}/", WORKTREE if path in listing.worktrees else SUBMODULE)
        for path in listing.repositories
    ]
    there = {candidate.path for candidate in found.candidates}.union(skip.path for skip in kept)
    sparse = [SkippedPath(path, NOT_CHECKED_OUT) for path in listing.sparse - there]
    return _sorted(found.candidates, [*kept, *submodules, *sparse], found.ignored)


def discover_named(
    worktree: Worktree, paths: frozenset[str], *, largest_file_bytes: int
) -> Discovery | None:
    """List those of some paths that may be indexed, or are left out for a reason.

    What is in neither list is not there, or ignored. None where it takes a look at all files to
    tell, because one of the paths is no file, decides on others or is not checked out.
    """
    if any(_says_of_others(worktree.root, path) for path in paths):
        return None
    inner = (
        GitListing.read(worktree.root, paths) if worktree.common_dir is not None else PlainListing()
    )
    if isinstance(inner, GitListing) and inner.sparse:
        return None
    listing = NamedListing(inner, paths, frozenset(folders_of(paths)))
    found = walk(worktree.root, listing, largest_file_bytes)
    if any(skip.reason == DEPENDENCY_TREE for skip in found.skipped):
        return None  # whether something else in it is tracked was not asked
    return _sorted(
        [candidate for candidate in found.candidates if candidate.path in paths],
        [skip for skip in found.skipped if skip.path in paths],
        0,
    )


def _says_of_others(root: Path, path: str) -> bool:
    """Say whether a path is a folder or a special file, or holds a rule for other files."""
    if path.rpartition("/")[2] in SAY_OF_OTHERS:
        return True
    try:
        mode = os.lstat(root / path).st_mode
    except OSError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISLNK(mode))


def _sorted(candidates: list[CandidateFile], skipped: list[SkippedPath], ignored: int) -> Discovery:
    return Discovery(
        tuple(sorted(candidates, key=lambda candidate: candidate.path)),
        tuple(sorted(set(skipped), key=lambda skip: (skip.path, skip.reason))),
        ignored,
    )
