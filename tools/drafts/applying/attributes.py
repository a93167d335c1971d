"""What a file's replacement keeps of it: owner, group, mode and extended attributes."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from rooftree.confined_files import open_in
from rooftree.errors import ToolRefusedError

OF_CONTENT = frozenset(["security.ima", "security.evm"])
"""Checksums of the old content, which the system makes anew; they would lock the new one."""
OF_ACCESS = frozenset(["system.posix_acl_access", "system.nfs4_acl"])
"""Who may read and write; without them the file is another one to others."""


@dataclass(frozen=True, slots=True)
class FileAttributes:
    """Those of one file."""

    owner: int
    group: int
    mode: int
    extended: tuple[tuple[str, bytes], ...] = ()

    @classmethod
    def of(cls, descriptor: int) -> "FileAttributes":
        status = os.fstat(descriptor)
        mode = stat.S_IMODE(status.st_mode)
        return cls(status.st_uid, status.st_gid, mode, tuple(_extended(descriptor)))

    @classmethod
    def of_file(cls, folder: int, name: str) -> "FileAttributes":
        """Return those of a regular file in an open folder."""
        descriptor = open_in(folder, name)
        try:
            return cls.of(descriptor)
        finally:
            os.close(descriptor)

    @classmethod
    def of_mode(cls, mode: int) -> "FileAttributes":
        """Return those of which only the mode is known; the owner is who makes the file."""
        return cls(-1, -1, mode)

    def give(self, descriptor: int, path: str) -> tuple[str, ...]:
        """Give them to a file of ours; return the extended ones that could not be given.

        What decides who may read the file is given, or the file is refused. The owner comes first,
        for a change of it takes bits of the mode and capabilities away.
        """
        now = FileAttributes.of(descriptor)
        with _refused("owner or group", path):
            if (self.owner, self.group) != (now.owner, now.group):
                os.fchown(descriptor, self.owner, self.group)
        with _refused("access list", path):
            # A new file has that of its folder, which the old one need not have had.
            for name in {name for name, _ in now.extended} & OF_ACCESS:
                os.removexattr(descriptor, name)
            for name, value in self.extended:
                if name in OF_ACCESS:
                    os.setxattr(descriptor, name, value)
        with _refused("mode", path):
            os.fchmod(descriptor, self.mode)
        return tuple(
            name
            for name, value in self.extended
            if name not in OF_ACCESS
            and (name, value) not in now.extended
            and not _is_set(descriptor, name, value)
        )


@contextmanager
def _refused(what: str, path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ToolRefusedError(
            f"the {what} of {path!r} cannot be kept ({error.strerror}), so it was not touched; "
            "apply the change as the file's owner"
        ) from error


def _is_set(descriptor: int, name: str, value: bytes) -> bool:
    try:
        os.setxattr(descriptor, name, value)
    except OSError:
        return False
    return True


def _extended(descriptor: int) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    if not hasattr(os, "listxattr"):
        return found
    names: list[str] = []
    with suppress(OSError):  # a file system that has none says so by an error
        names = sorted(os.listxattr(descriptor))
    for name in names:
        if name not in OF_CONTENT:
            with suppress(OSError):
                found.append((name, os.getxattr(descriptor, name)))
    return found
