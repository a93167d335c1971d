"""Open files below a root without ever leaving it.

Checking a path and then opening it leaves a moment in which a symlink can be swapped in. So the
path is walked one component at a time with `openat` and `O_NOFOLLOW`, and what was opened is
checked, not what was named. Paths are POSIX, relative and given as `os.fsdecode` text, so that
names that are not UTF-8 keep their bytes (surrogateescape).
"""

import errno
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rooftree.errors import ToolRefusedError

LONGEST_PATH = 4096
DRIVE = re.compile(r"[A-Za-z]:")


@dataclass(frozen=True, slots=True)
class Blob:
    """The bytes of one regular file and the stat that went with them."""

    data: bytes
    size: int
    mtime_ns: int
    inode: int


def check_relative(path: str) -> tuple[str, ...]:
    """Return the components of a root-relative path, or refuse it."""
    try:
        length = len(os.fsencode(path))
    except UnicodeEncodeError as error:
        # A model may write any surrogate into JSON; only those of os.fsdecode name a byte.
        raise ToolRefusedError(f"{path[:80]!r} cannot be the name of a file") from error
    if not path or length > LONGEST_PATH or "\0" in path or "\\" in path:
        raise ToolRefusedError(f"{path[:80]!r} is not a path below the repository")
    parts = tuple(path.split("/"))
    if any(part in ("", ".", "..") for part in parts) or DRIVE.match(path):
        raise ToolRefusedError(f"{path[:80]!r} must be relative, without '.' or '..' parts")
    return parts


def open_beneath(root: Path, path: str) -> int:
    """Return a read-only descriptor of the regular file at `path` below `root`.

    Raises OSError as the system does (ELOOP for a symlink at the end of the path, ENOTDIR for one
    inside it), and ToolRefusedError for a path that is not relative or a thing that is not a
    regular file. A hard link cannot be told from the file that it shares, and is opened.
    """
    parts = check_relative(path)
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            inner = os.open(part, flags, dir_fd=folder)
            os.close(folder)
            folder = inner
        # Opening a FIFO would wake its writer, and opening a device may act on it: look first.
        status = os.stat(parts[-1], dir_fd=folder, follow_symlinks=False)
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)):
            raise ToolRefusedError(f"{path!r} is not a regular file")
        # What was looked at may have been swapped since: a FIFO must not make us wait either.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        descriptor = os.open(parts[-1], flags, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ToolRefusedError(f"{path!r} is not a regular file")
    return descriptor


def read_beneath(root: Path, path: str, limit: int) -> Blob:
    """Read a regular file below `root`; `data` holds at most `limit` + 1 bytes.

    A caller that sees `size > limit` knows that the file was too large to be read whole.
    """
    descriptor = open_beneath(root, path)
    with os.fdopen(descriptor, "rb") as handle:
        status = os.fstat(descriptor)
        data = handle.read(limit + 1) if status.st_size <= limit else b""
        return Blob(data, max(status.st_size, len(data)), status.st_mtime_ns, status.st_ino)


def open_regular(path: Path) -> BinaryIO:
    """Open a file that a person named; OSError where it is a FIFO or a device, which may wait."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    return os.fdopen(descriptor, "rb")
