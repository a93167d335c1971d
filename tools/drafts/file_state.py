"""The current state of a path: absent, a file with some content, or something unreadable.

These are three things. Who takes the second or third for nothing overwrites it.
"""

import errno
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from rooftree.confined_files import folder_beneath, open_in
from rooftree.errors import ToolRefusedError

MAX_FILE_BYTES = 32 << 20
BLOCK = 1 << 20
TOO_LARGE = f"larger than {MAX_FILE_BYTES >> 20} MiB"
STRANGE = "a link or no regular file"
BEHIND = "behind a link or a file"


@dataclass(frozen=True, slots=True)
class FileState:
    """The state of one path; two are equal where the same file holds the same bytes."""

    blob: str | None = None
    """The blob id of a file that could be read whole."""
    problem: str = ""
    """What stands there instead; nothing where both are empty."""
    identity: tuple[int, int] = (0, 0)
    """Device and inode."""
    links: int = field(default=1, compare=False)

    @property
    def absent(self) -> bool:
        return self.blob is None and not self.problem

    def holds(self, blob: str | None) -> bool:
        """Return whether it is a file with this content, or nothing where that is None."""
        return self.absent if blob is None else self.blob == blob


ABSENT = FileState()


def file_state(root: Path, path: str, object_format: str) -> FileState:
    """Look at a path below a root, through no link."""
    try:
        with folder_beneath(root, path) as folder:
            return file_state_in(folder, path.rpartition("/")[2], object_format)
    except FileNotFoundError:
        return ABSENT
    except NotADirectoryError:
        return FileState(problem=BEHIND)
    except OSError as error:
        return FileState(problem=_unreadable(error))


def file_state_in(folder: int, name: str, object_format: str) -> FileState:
    """Look at a name in an open folder."""
    try:
        descriptor = open_in(folder, name)
    except FileNotFoundError:
        return ABSENT
    except (OSError, ToolRefusedError) as error:
        return _unopened(folder, name, error)
    try:
        return open_file_state(descriptor, object_format)
    except OSError as error:
        return FileState(problem=_unreadable(error), identity=_identity(os.fstat(descriptor)))
    finally:
        os.close(descriptor)


def open_file_state(
    descriptor: int, object_format: str, largest: int = MAX_FILE_BYTES
) -> FileState:
    """Look at a file that is open for reading, from its beginning."""
    status = os.fstat(descriptor)
    identity = _identity(status)
    if status.st_size > largest:
        return FileState(None, TOO_LARGE, identity, status.st_nlink)
    # If the file is written meanwhile, the digest is of no real content: it matches no blob.
    digest = hashlib.new(object_format, b"blob %d\0" % status.st_size, usedforsecurity=False)
    at = 0
    while block := os.pread(descriptor, BLOCK, at):
        at += len(block)
        digest.update(block)
        if at > largest:
            return FileState(None, TOO_LARGE, identity, status.st_nlink)
    return FileState(digest.hexdigest(), "", identity, status.st_nlink)


def _unopened(folder: int, name: str, error: Exception) -> FileState:
    """Say what it is that could not be opened; it may be gone by now."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return ABSENT
    except OSError as unseen:
        return FileState(problem=_unreadable(unseen))
    strange = not isinstance(error, OSError) or error.errno == errno.ELOOP
    problem = STRANGE if strange else _unreadable(error)
    return FileState(None, problem, _identity(status), status.st_nlink)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _unreadable(error: Exception) -> str:
    return f"unreadable ({error.strerror})" if isinstance(error, OSError) else "unreadable"
