"""One walk over a folder tree, with the rules that hold for git and plain folders alike.

The order of the rules: what the listing leaves out is silent; then the deny list, the kind of the
thing, `.rooftreeignore`, dependency trees, readability and size.
"""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from indexing.files.ignore import IgnoreStack
from indexing.files.listing import Listing, ignore_base, ignore_content
from indexing.files.skip_reasons import (
    DENIED,
    DEPENDENCY_TREE,
    IGNORED_BY_ROOFTREEIGNORE,
    NOT_REGULAR,
    SYMLINK,
    TOO_LARGE,
    UNREADABLE,
)
from indexing.secrets.paths import CONTROL_FOLDERS, denied, denied_folder
from rooftree.confined_files import check_relative
from rooftree.errors import ToolRefusedError

IGNORE_FILE = ".rooftreeignore"
DEPENDENCY_FOLDERS = frozenset(
    [
        *("node_modules", "bower_components", "jspm_packages", "site-packages", "__pycache__"),
        *(".tox", ".nox", ".eggs", ".gradle", ".terraform", ".pnpm-store", ".yarn"),
    ]
)
# A folder that holds one of these says itself that a tool made it.
DEPENDENCY_MARKS = frozenset(["pyvenv.cfg", "CACHEDIR.TAG"])


@dataclass(frozen=True, slots=True)
class FileStat:
    """What tells cheaply that a file has not changed."""

    size: int
    mtime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class CandidateFile:
    """A regular file that may be indexed: its root-relative POSIX path and its stat."""

    path: str
    stat: FileStat


@dataclass(frozen=True, slots=True)
class SkippedPath:
    """A path that is left out, and why (`skip_reasons`); a folder's path ends in a slash."""

    path: str
    reason: str


@dataclass(slots=True)
class _Walk:
    root: Path
    listing: Listing
    largest: int
    candidates: list[CandidateFile] = field(default_factory=list)
    skipped: list[SkippedPath] = field(default_factory=list)
    waiting: list[tuple[str, IgnoreStack]] = field(default_factory=list)
    ignored: int = 0
    """Files and folders that the listing leaves out, which are not shown one by one."""

    def skip(self, path: str, reason: str) -> None:
        self.skipped.append(SkippedPath(path, reason))

    def visit(self, folder: str, outer: IgnoreStack) -> None:
        try:
            with os.scandir(self.root / folder) as entries:
                found = list(entries)
        except OSError:
            self.skip(f"{folder}/" if folder else "./", UNREADABLE)
            return
        names = frozenset(entry.name for entry in found)
        if self.is_dependency_tree(folder, names):
            self.skip(f"{folder}/", DEPENDENCY_TREE)
            return
        stack = self.with_own_rules(folder, names, outer)
        if stack is None:
            return
        self.listing.enter(self.root, folder, names)
        for entry in found:
            path = f"{folder}/{entry.name}" if folder else entry.name
            self.take(entry, path, stack)

    def is_dependency_tree(self, folder: str, names: frozenset[str]) -> bool:
        marked = bool(folder) and not DEPENDENCY_MARKS.isdisjoint(names)
        return marked and folder not in self.listing.tracked_folders

    def with_own_rules(
        self, folder: str, names: frozenset[str], stack: IgnoreStack
    ) -> IgnoreStack | None:
        """Add a folder's `.rooftreeignore`; None when there is one that cannot be read.

        What it would leave out is then unknown, so nothing of the folder is shown.
        """
        if IGNORE_FILE not in names:
            return stack
        own = f"{folder}/{IGNORE_FILE}" if folder else IGNORE_FILE
        content = ignore_content(self.root, own)
        if content is None:
            self.skip(own, UNREADABLE)
            return None
        return stack.with_file(ignore_base(folder), content)

    def take(self, entry: os.DirEntry[str], path: str, stack: IgnoreStack) -> None:
        if entry.is_dir(follow_symlinks=False):
            self.take_folder(entry, path, stack)
            return
        reason = self.reason(entry, path, stack)
        if reason is None:
            self.take_file(entry, path)
        elif reason:
            self.skip(path, reason)
        else:
            self.ignored += 1

    def take_folder(self, entry: os.DirEntry[str], path: str, stack: IgnoreStack) -> None:
        if entry.name.lower() in CONTROL_FOLDERS:
            return
        if not self.listing.includes(path, is_folder=True):
            if self.overlooked(path) and not _readable(entry.path):
                self.skip(f"{path}/", UNREADABLE)
            elif path not in self.listing.repositories:
                self.ignored += 1
        elif denied_folder(path):
            self.skip(f"{path}/", DENIED)
        elif stack.ignores(os.fsencode(path), is_folder=True):
            self.skip(f"{path}/", IGNORED_BY_ROOFTREEIGNORE)
        elif entry.name in DEPENDENCY_FOLDERS and path not in self.listing.tracked_folders:
            self.skip(f"{path}/", DEPENDENCY_TREE)
        else:
            self.waiting.append((path, stack))

    def reason(self, entry: os.DirEntry[str], path: str, stack: IgnoreStack) -> str | None:
        """Return why a thing that is no folder is left out; empty for a silent one."""
        is_link = entry.is_symlink()
        special = not is_link and not entry.is_file(follow_symlinks=False)
        # Git lists no special files: they are reported here and checked against its rules later.
        overlooked = special and self.overlooked(path)
        if not overlooked and not self.listing.includes(path, is_folder=False):
            return ""
        if denied(path):
            return DENIED
        if is_link or special:
            return SYMLINK if is_link else NOT_REGULAR
        if stack.ignores(os.fsencode(path), is_folder=False):
            return IGNORED_BY_ROOFTREEIGNORE
        return None

    def overlooked(self, path: str) -> bool:
        """Say whether a thing that is not taken may be one that the listing cannot see."""
        return not self.listing.sees_all and path not in self.listing.repositories

    def take_file(self, entry: os.DirEntry[str], path: str) -> None:
        try:
            check_relative(path)
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return
        except (OSError, ToolRefusedError):
            self.skip(path, UNREADABLE)
            return
        if not stat.S_ISREG(status.st_mode):
            self.skip(path, NOT_REGULAR)
        elif status.st_size > self.largest:
            self.skip(path, TOO_LARGE)
        elif not _readable(entry.path):
            self.skip(path, UNREADABLE)
        else:
            found = FileStat(status.st_size, status.st_mtime_ns, status.st_ino)
            self.candidates.append(CandidateFile(path, found))


def walk(root: Path, listing: Listing, largest_file_bytes: int) -> _Walk:
    """Walk every folder that the listing takes, without recursion and without following links."""
    work = _Walk(root, listing, largest_file_bytes)
    work.waiting.append(("", IgnoreStack()))
    while work.waiting:
        work.visit(*work.waiting.pop())
    return work


def _readable(path: str) -> bool:
    return os.access(path, os.R_OK, effective_ids=os.access in os.supports_effective_ids)
