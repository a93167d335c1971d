"""What a walk may take: decided by git's list, or by the ignore files of a plain folder."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from indexing.files.ignore import IgnoreStack
from rooftree.confined_files import read_beneath
from rooftree.errors import RepositoryError, ToolRefusedError
from rooftree.git.commands import run_git

MAX_IGNORE_FILE_BYTES = 1_048_576
GITLINK = b"160000"
SKIPS_WORKTREE = b"S "


class PlainListing:
    """Everything that no `.gitignore` of the folder leaves out."""

    sees_all = True
    tracked_folders: frozenset[str] = frozenset()
    repositories: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._stacks: dict[str, IgnoreStack] = {}

    def enter(self, root: Path, folder: str, names: frozenset[str]) -> None:
        """Read a folder's ignore file; like git, do without one that is no readable file."""
        stack = self._stacks[folder.rpartition("/")[0]] if folder else IgnoreStack()
        if ".gitignore" in names:
            content = ignore_content(root, f"{folder}/.gitignore" if folder else ".gitignore")
            stack = stack.with_file(ignore_base(folder), content or b"")
        self._stacks[folder] = stack

    def includes(self, path: str, is_folder: bool) -> bool:
        stack = self._stacks[path.rpartition("/")[0]]
        return not stack.ignores(os.fsencode(path), is_folder)


@dataclass(frozen=True, slots=True)
class GitListing:
    """The files that git tracks, or sees and does not ignore.

    Git is silent about special files and about folders that it cannot read: `sees_all` is False.
    """

    sees_all: ClassVar[bool] = False
    files: frozenset[str]
    folders: frozenset[str]
    tracked_folders: frozenset[str]
    repositories: frozenset[str]
    worktrees: frozenset[str]
    """Of the repositories, those that are other worktrees of this one."""
    sparse: frozenset[str] = frozenset()
    """Tracked files that a sparse checkout leaves out of the worktree."""

    @classmethod
    def read(cls, root: Path, among: frozenset[str] = frozenset()) -> "GitListing":
        """Ask git for all files, or for those `among` some paths and the folders of these."""
        places = ("--", *(f":(literal){path}" for path in sorted(among)))
        tracked, links, sparse = _tracked(root, places)
        others = _names(_ask(root, "ls-files", "-z", "--others", "--exclude-standard", *places))
        nested = {name.rstrip("/") for name in others if name.endswith("/")}
        files = tracked.union(name for name in others if not name.endswith("/"))
        return cls(
            frozenset(files),
            frozenset(folders_of(files)),
            frozenset(folders_of(tracked)),
            frozenset(links | nested),
            frozenset(_worktrees(root) & nested) if nested else frozenset(),
            frozenset(sparse),
        )

    def enter(self, root: Path, folder: str, names: frozenset[str]) -> None:
        """Nothing to read: git has applied its own ignore files."""

    def includes(self, path: str, is_folder: bool) -> bool:
        return path in (self.folders if is_folder else self.files)

    def lists(self, path: str) -> bool:
        return path in self.files or path.rstrip("/") in self.folders


@dataclass(frozen=True, slots=True)
class NamedListing:
    """Of another listing some named files alone, and the folders that lead to them."""

    sees_all: ClassVar[bool] = True
    """It takes nothing for overlooked: nobody has asked for more than the names."""
    inner: PlainListing | GitListing
    names: frozenset[str]
    folders: frozenset[str]

    @property
    def tracked_folders(self) -> frozenset[str]:
        return self.inner.tracked_folders

    @property
    def repositories(self) -> frozenset[str]:
        return self.inner.repositories

    def enter(self, root: Path, folder: str, names: frozenset[str]) -> None:
        """Have the other listing read what the folder says of its files."""
        self.inner.enter(root, folder, names)

    def includes(self, path: str, is_folder: bool) -> bool:
        return path in (self.folders if is_folder else self.names) and self.inner.includes(
            path, is_folder
        )


Listing = PlainListing | GitListing | NamedListing


def _worktrees(root: Path) -> set[str]:
    """Return the worktrees of the same repository that lie below a root, relative to that."""
    told = os.fsdecode(_ask(root, "worktree", "list", "--porcelain", "-z"))
    places = (Path(part.removeprefix("worktree ")) for part in told.split("\0"))
    return {str(place.relative_to(root)) for place in places if place.is_relative_to(root)}


def ignore_content(root: Path, path: str) -> bytes | None:
    """Return the content of an ignore file; None if it is no regular file that can be read."""
    try:
        blob = read_beneath(root, path, MAX_IGNORE_FILE_BYTES)
    except (OSError, ToolRefusedError):
        return None
    return blob.data if blob.size <= MAX_IGNORE_FILE_BYTES else None


def ignore_base(folder: str) -> bytes:
    """Return the prefix of the paths that an ignore file in `folder` applies to."""
    return os.fsencode(folder) + b"/" if folder else b""


def _tracked(root: Path, places: tuple[str, ...]) -> tuple[set[str], set[str], set[str]]:
    """Return the tracked files, the submodules, and those files that are not checked out."""
    files: set[str] = set()
    links: set[str] = set()
    sparse: set[str] = set()
    told = _ask(root, "ls-files", "-z", "--cached", "--stage", "-t", *places)
    for entry in told.split(b"\0"):
        fields, _, name = entry.partition(b"\t")
        if name:
            path = os.fsdecode(name)
            (links if fields[2:].startswith(GITLINK) else files).add(path)
            if fields.startswith(SKIPS_WORKTREE):
                sparse.add(path)
    return files, links, sparse


def _ask(root: Path, *arguments: str) -> bytes:
    answer = run_git(root, *arguments)
    if answer.code != 0:
        raise RepositoryError(
            f"git cannot list the files of {str(root)!r}: {answer.error}; try `git status` there"
        )
    return answer.output


def _names(output: bytes) -> list[str]:
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def folders_of(files: Iterable[str]) -> set[str]:
    """Return every folder that some of the files are in, but the root."""
    folders: set[str] = set()
    for path in files:
        folder = path.rpartition("/")[0]
        while folder and folder not in folders:
            folders.add(folder)
            folder = folder.rpartition("/")[0]
    return folders
