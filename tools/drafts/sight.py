"""What stands at a name now: nothing, a file of some content, or something that cannot be read.

These are three things. Who takes the second or third for nothing overwrites it.
"""

import errno
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from rooftree.confine import folder_beneath, open_in
from rooftree.errors import ToolRefusedError

LARGEST_FILE = 32 << 20
BLOCK = 1 << 20
TOO_LARGE = f"larger than {LARGEST_FILE >> 20} MiB"
STRANGE = "a link or no regular file"
BEHIND = "behind a link or a file"


@dataclass(frozen=True, slots=True)
class Sight:
    """One look at one name; two are equal where the same file holds the same bytes."""

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


ABSENT = Sight()


def see(root: Path, path: str, object_format: str) -> Sight:
    """Look at a path below a root, through no link."""
    try:
        with folder_beneath(root, path) as folder:
            return see_in(folder, path.rpartition("/")[2], object_format)
    except FileNotFoundError:
        return ABSENT
    except NotADirectoryError:
        return Sight(problem=BEHIND)
    except OSError as error:
        return Sight(problem=_unreadable(error))


def see_in(folder: int, name: str, object_format: str) -> Sight:
    """Look at a name in an open folder."""
    try:
        descriptor = open_in(folder, name)
    except FileNotFoundError:
        return ABSENT
    except (OSError, ToolRefusedError) as error:
        return _unopened(folder, name, error)
    try:
        return see_open(descriptor, object_format)
    except OSError as error:
        return Sight(problem=_unreadable(error), identity=_identity(os.fstat(descriptor)))
    finally:
        os.close(descriptor)


def see_open(descriptor: int, object_format: str, largest: int = LARGEST_FILE) -> Sight:
    """Look at a file that is open for reading, from its beginning."""
    status = os.fstat(descriptor)
    identity = _identity(status)
    if status.st_size > largest:
        return Sight(None, TOO_LARGE, identity, status.st_nlink)
    # Where somebody writes meanwhile the digest is of a content that never was: no one's blob id.
    digest = hashlib.new(object_format, b"blob %d\0" % status.st_size, usedforsecurity=False)
    at = 0
    while block := os.pread(descriptor, BLOCK, at):
        at += len(block)
        digest.update(block)
        if at > largest:
            return Sight(None, TOO_LARGE, identity, status.st_nlink)
    return Sight(digest.hexdigest(), "", identity, status.st_nlink)


def _unopened(folder: int, name: str, error: Exception) -> Sight:
    """Say what it is that could not be opened; it may be gone by now."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return ABSENT
    except OSError as unseen:
        return Sight(problem=_unreadable(unseen))
    strange = not isinstance(error, OSError) or error.errno == errno.ELOOP
    problem = STRANGE if strange else _unreadable(error)
    return Sight(None, problem, _identity(status), status.st_nlink)


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _unreadable(error: Exception) -> str:
    return f"unreadable ({error.strerror})" if isinstance(error, OSError) else "unreadable"
