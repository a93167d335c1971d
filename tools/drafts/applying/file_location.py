"""One file's folder, held open and reached through no link, and our temporary names beside it.

The names follow from the change, the run and the path, so that a later run cleans up. A
`part` was never in the file's place, and can be removed; what is `beside` may be what came out of
it, and is never removed unseen.
"""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rooftree.confined_files import folder_beneath
from rooftree.errors import ToolRefusedError
from rooftree.sparse_files import write_with_holes
from tools.drafts.applying.attributes import FileAttributes

NEW = 0o666
"""The mode of a new file before the umask."""
OWN = 0o600


@dataclass(frozen=True, slots=True)
class FileLocation:
    """Where one file of a change stands."""

    folder: int
    path: str
    key: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def part(self) -> str:
        return f".{self.key}.rooftree-part"

    @property
    def beside(self) -> str:
        return f".{self.key}.rooftree"

    def attributes(self, *, beside: bool = False) -> FileAttributes:
        """Return the attributes of the file that stands there, or of the one beside."""
        return FileAttributes.of_file(self.folder, self.beside if beside else self.name)

    def write_part(self, data: bytes, attributes: FileAttributes | None) -> tuple[str, ...]:
        """Write a content beside the file, and see it on disk before it can be moved."""
        self.remove_part()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        mode = NEW if attributes is None else OWN
        descriptor = os.open(self.part, flags, mode, dir_fd=self.folder)
        with ExitStack() as failed, os.fdopen(descriptor, "wb"):
            failed.callback(self.remove_part)
            write_with_holes(descriptor, data)
            lost = () if attributes is None else attributes.give(descriptor, self.path)
            os.fsync(descriptor)
            failed.pop_all()
        return lost

    def remove_part(self) -> None:
        with suppress(FileNotFoundError):
            os.unlink(self.part, dir_fd=self.folder)


def key_of(change: str, path: str) -> str:
    """Return the key of our temporary names beside a file."""
    whole = f"{change} {path}".encode("utf-8", "surrogateescape")
    return hashlib.sha256(whole).hexdigest()[:16]


@contextmanager
def opened(root: Path, path: str, key: str, *, make: bool = False) -> Iterator[FileLocation]:
    """Open a file's folder; FileNotFoundError where there is none, refused behind a link."""
    try:
        with folder_beneath(root, path, make=make) as folder:
            yield FileLocation(folder, path, key)
    except OSError as error:
        if error.errno not in (errno.ENOTDIR, errno.ELOOP):
            raise
        raise ToolRefusedError(f"{path!r} lies behind a link; it was not touched") from error
