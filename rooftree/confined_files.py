"""Open files below a root without ever leaving it.

Checking a path and then opening it leaves a moment in which a symlink can be swapped in. So the
path is walked one component at a time with `openat` and `O_NOFOLLOW`, and what was opened is
checked, not what was named. Paths are POSIX, relative and given as `os.fsdecode` text, so that
names that are not UTF-8 keep their bytes (surrogateescape).
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from rooftree.errors import ToolRefusedError

MAX_PATH_LENGTH = 4096


@dataclass(frozen=True, slots=True)
class FileContent:
    """The bytes of one regular file and the stat that went with them."""

    data: bytes
    size: int
    mtime_ns: int
    inode: int
    mode: int


def check_relative(path: str) -> tuple[str, ...]:
    """Return the components of a root-relative path, or refuse it.

    A backslash and a colon are characters of names like any other here.
    """
    try:
        length = len(os.fsencode(path))
    except UnicodeEncodeError as error:
        # A model may write any surrogate into JSON; only those of os.fsdecode name a byte.
        raise ToolRefusedError(f"{path[:80]!r} cannot be the name of a file") from error
    if not path or length > MAX_PATH_LENGTH or "\0" in path:
        raise ToolRefusedError(f"{path[:80]!r} is not a path below the repository")
    parts = tuple(path.split("/"))
    if any(part in ("", ".", "..") for part in parts):
        raise ToolRefusedError(f"{path[:80]!r} must be relative, without '.' or '..' parts")
    return parts


def is_relative(path: str) -> bool:
    """Say whether a path is root-relative."""
    try:
        check_relative(path)
    except ToolRefusedError:
        return False
    return True


@contextmanager
def folder_beneath(root: Path, path: str, *, make: bool = False) -> Iterator[int]:
    """Open the folder that holds `path` below `root`, one component at a time, through no link.

    With `make` the folders that are not there are made, and stay when the power goes. Raises
    OSError as the system does: ENOTDIR for a link or a file in the way.
    """
    parts = check_relative(path)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    folder = os.open(root, flags)
    try:
        for part in parts[:-1]:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=folder)
                    os.fsync(folder)
            inner = os.open(part, flags | os.O_NOFOLLOW, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def open_in(folder: int, name: str) -> int:
    """Return a read-only descriptor of the regular file `name` in an open folder.

    Raises OSError as the system does (ELOOP for a link), and ToolRefusedError for what is no
    regular file.
    """
    # Opening a FIFO would wake its writer, and opening a device may act on it: look first.
    status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)):
        raise ToolRefusedError(f"{name!r} is not a regular file")
    # What was looked at may have been swapped since: a FIFO must not make us wait either.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
    descriptor = os.open(name, flags, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ToolRefusedError(f"{name!r} is not a regular file")
    return descriptor


def open_beneath(root: Path, path: str) -> int:
    """Return a read-only descriptor of the regular file at `path` below `root`.

    Raises OSError as the system does (ELOOP for a symlink at the end of the path, ENOTDIR for one
    inside it), and ToolRefusedError for a path that is not relative or a thing that is not a
    regular file. A hard link cannot be told from the file that it shares, and is opened.
    """
    with folder_beneath(root, path) as folder:
        return open_in(folder, path.rpartition("/")[2])


def read_beneath(root: Path, path: str, limit: int) -> FileContent:
    """Read a regular file below `root`; `data` holds at most `limit` + 1 bytes.

    A caller that sees `size > limit` knows that the file was too large to be read whole.
    """
    descriptor = open_beneath(root, path)
    with os.fdopen(descriptor, "rb") as handle:
        status = os.fstat(descriptor)
        data = handle.read(limit + 1) if status.st_size <= limit else b""
        size = max(status.st_size, len(data))
        return FileContent(data, size, status.st_mtime_ns, status.st_ino, status.st_mode)


def open_regular(path: Path) -> BufferedReader:
    """Open a file that a person named; OSError where it is a FIFO or a device, which may wait."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return os.fdopen(descriptor, "rb")
