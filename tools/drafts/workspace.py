"""A copy of a repository in which foreign code may run, and which can be reset.

The user's own tree is never shown to a command. What is copied are the files that git tracks or
would track, without `.git`; what a change has drafted is put on top. Whatever a command leaves
behind is undone before the next one starts: contained code can set a file's times but not the time
of its last change of state, so a file is untouched where inode, size and that time are as they
were.
"""

import itertools
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rooftree.errors import StorageError
from rooftree.sparse_files import write_with_holes
from tools.drafts.snapshot import Snapshot

MIB = 1 << 20
MAX_COPY_BYTES = 2048 * MIB
FileStamp = tuple[int, int, int, int]
"""Inode, size, mode, and the time of the last change of state in nanoseconds."""


@dataclass(slots=True)
class Workspace:
    """One copy; its creator removes it with `remove`."""

    root: Path
    snapshot: Snapshot
    _draft: dict[str, bytes | None] = field(default_factory=dict)
    _marks: dict[str, FileStamp] = field(default_factory=dict)
    _folders: set[str] = field(default_factory=set)

    @classmethod
    def make(cls, root: Path, snapshot: Snapshot, largest: int = MAX_COPY_BYTES) -> "Workspace":
        """Copy a snapshot into a folder that does not exist yet; `largest` is in bytes of disk."""
        workspace, taken = cls(root, snapshot), 0
        try:
            root.mkdir(mode=0o700, parents=True)
            for path in (*snapshot.files, *snapshot.links):
                taken += workspace._restore(path)
                if taken > largest:
                    raise _too_large(workspace, largest)
        except OSError as error:
            raise StorageError(
                f"cannot copy {str(snapshot.root)!r} to {str(root)!r}: {error.strerror}; "
                "free some space, or point state.folder elsewhere"
            ) from error
        return workspace

    def put(self, draft: Mapping[str, bytes | None]) -> None:
        """Make the copy what it was at first with this draft on top; None deletes a file."""
        self.reset()
        for path in {*self._draft, *draft}:
            if path in self._draft and path in draft and self._draft[path] == draft[path]:
                continue
            self._forget(path)
            if path in draft:
                self._draft[path] = draft[path]
            else:
                del self._draft[path]
            self._restore(path)

    def reset(self) -> tuple[str, ...]:
        """Undo what commands did; returns the paths that they had touched."""
        touched = [path for path in self._found() if path not in self._marks]
        for path in touched:
            self._forget(path)
        for path, mark in list(self._marks.items()):
            if _mark(self.root / path) != mark:
                touched.append(path)
                self._forget(path)
                self._restore(path)
        return tuple(sorted(touched))

    def remove(self) -> None:
        """Remove the copy, whatever commands made of it."""
        _remove(self.root)

    def _restore(self, path: str) -> int:
        """Write a file as the draft, or else the snapshot, has it; return the bytes of disk."""
        if path in self.snapshot.links and path not in self._draft:
            self._place(path).symlink_to(self.snapshot.links[path])
            self._note(path)
            return 0
        content = self._draft[path] if path in self._draft else self.snapshot.content(path)
        if content is None:
            return 0
        place = self._place(path)
        mode = self.snapshot.mode(path)
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as handle:
            taken = write_with_holes(handle.fileno(), content)
            os.fchmod(handle.fileno(), mode)
        self._note(path)
        return taken

    def _place(self, path: str) -> Path:
        """Return where a file goes, after making its folders; a command left none of them."""
        place = self.root / path
        for folder in reversed(place.relative_to(self.root).parents[:-1]):
            inner = self.root / folder
            if inner.is_symlink() or (inner.exists() and not inner.is_dir()):
                inner.unlink()
            inner.mkdir(mode=0o700, exist_ok=True)
            self._folders.add(str(folder))
        return place

    def _note(self, path: str) -> None:
        mark = _mark(self.root / path)
        if mark is not None:
            self._marks[path] = mark

    def _forget(self, path: str) -> None:
        self._marks.pop(path, None)
        _remove(self.root / path)

    def _found(self) -> Iterator[str]:
        """Yield what is there: every file, and every folder that we did not make."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            with suppress(PermissionError):
                (self.root / folder).chmod(0o700)
            with os.scandir(self.root / folder) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}".lstrip("/")
                    if not entry.is_dir(follow_symlinks=False):
                        yield path
                    elif path in self._folders:
                        waiting.append(path)
                    else:
                        yield path


def _too_large(workspace: Workspace, largest: int) -> StorageError:
    workspace.remove()
    return StorageError(
        f"a copy of {str(workspace.snapshot.root)!r} takes more than the {largest // MIB} MiB that "
        "sandbox.copy_mib allows; raise it, or have git ignore what tests do not need"
    )


def _mark(place: Path) -> FileStamp | None:
    try:
        status = place.lstat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mode, status.st_ctime_ns


def _remove(place: Path) -> None:
    """Remove a file, a link or a folder, whatever it is and whatever modes it was given."""
    try:
        is_folder = stat.S_ISDIR(place.lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return
    if not is_folder:
        place.unlink()
        return
    # Inner folders are moved up before they are looked into: contained code can nest them deeper
    # than a path can be long, or a function can call itself.
    prefix, waiting = secrets.token_hex(8), [place]
    for number in itertools.count():
        if not waiting:
            break
        folder = waiting.pop()
        folder.chmod(0o700)
        with os.scandir(folder) as entries:
            inner = list(entries)
        for index, entry in enumerate(inner):
            if not entry.is_dir(follow_symlinks=False):
                Path(entry.path).unlink()
                continue
            moved = place / f"{prefix}-{number}-{index}"
            Path(entry.path).chmod(0o700)
            Path(entry.path).rename(moved)
            waiting.append(moved)
        if folder != place:
            folder.rmdir()
    place.rmdir()
