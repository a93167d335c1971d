"""Backups of what was moved out of the user's tree: in the run's folder, each under its own name.

The file itself is moved there and not its content, so that a program which still has it open
writes to what is kept. At the end every one is looked at once more; what is in it then and is none
of the change's contents is the user's work, and is reported.
"""

import errno
import fcntl
import os
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from rooftree.confined_files import open_in
from rooftree.errors import StorageError, ToolRefusedError
from rooftree.paths import private_folder
from tools.drafts.applying.attributes import FileAttributes
from tools.drafts.applying.file_location import OWN, FileLocation
from tools.drafts.applying.file_operations import FileOperations
from tools.drafts.file_state import BLOCK, FileState, file_state_in, open_file_state
from tools.drafts.snapshot import open_folder

KEPT = "kept"
POLL = 0.005
NO_LEASE = frozenset([errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOLCK, errno.ENOSYS])


@dataclass(frozen=True, slots=True)
class BackupFolder:
    """The files that one run has moved out of the tree."""

    run: Path
    object_format: str
    means: FileOperations

    @property
    def folder(self) -> Path:
        return self.run / KEPT

    def prepare(self) -> None:
        """Make the folder while nothing has come out of the tree yet."""
        private_folder(self.folder)

    def move_in(self, place: FileLocation) -> bool:
        """Move what is beside a file here; False where it cannot be moved, so that it stays.

        That is so on another file system, and it must not end what is going on: it is tried again.
        """
        try:
            with open_folder(private_folder(self.folder)) as ours:
                self.means.move(place.folder, place.beside, ours, self._free(place))
                os.fsync(place.folder)
                os.fsync(ours)
        except FileNotFoundError:
            return True
        except (OSError, StorageError):
            return False
        return True

    def move_or_copy_in(self, place: FileLocation, contents: frozenset[str]) -> bool:
        """Move it here; from another file system, copy it where it is the user's work.

        False where it has to stay: it is no file, a program still writes to it, or no room is left.
        """
        if self.move_in(place):
            return True
        try:
            descriptor = open_in(place.folder, place.beside)
        except FileNotFoundError:
            return True
        except (OSError, ToolRefusedError):
            return False
        try:
            if not self.wait_for_writers(descriptor, time.monotonic() + self.means.patience):
                return False
            try:
                seen = self._copied(place, descriptor, contents)
            except (OSError, StorageError):
                return False
            os.unlink(place.beside, dir_fd=place.folder)
            os.fsync(place.folder)
            # It cannot be opened any more; this check finds any write in between.
            if self._see(descriptor) != seen:
                self._copied(place, descriptor, contents)
        finally:
            os.close(descriptor)
        return True

    def names_of(self, key: str) -> list[str]:
        """Return the names of what was in one file's place, the oldest first."""
        try:
            names = [one.name for one in self.folder.iterdir() if one.name.startswith(f"{key}.")]
        except FileNotFoundError:
            return []
        return sorted(names, key=_number)

    def state_of(self, name: str, deadline: float) -> tuple[FileState, bool]:
        """Look at one of them, and say whether a program is still writing to it."""
        with open_folder(self.folder) as ours:
            try:
                descriptor = open_in(ours, name)
            except (OSError, ToolRefusedError):
                return file_state_in(ours, name, self.object_format), False
            try:
                busy = not self.wait_for_writers(descriptor, deadline)
                return self._see(descriptor), busy
            finally:
                os.close(descriptor)

    def attributes(self, name: str) -> FileAttributes:
        """Return what one of them has kept of the file that it was."""
        with open_folder(self.folder) as ours:
            return FileAttributes.of_file(ours, name)

    def wait_for_writers(self, descriptor: int, deadline: float) -> bool:
        """Wait until no process has a file open for writing any more; False where one still has.

        A lease for reading is given only then, and maps count as open. It is given back at once.
        Where there are no leases this cannot be known, and there is no wait.
        """
        if not hasattr(fcntl, "F_SETLEASE"):
            return True
        while True:
            try:
                # Who opens it meanwhile would have us ended by SIGIO; this signal does nothing.
                fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
                fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
            except OSError as error:
                if error.errno in NO_LEASE:
                    return True
                if time.monotonic() >= deadline:
                    return False
                time.sleep(POLL)
            else:
                return True

    def _copied(self, place: FileLocation, descriptor: int, contents: frozenset[str]) -> FileState:
        """Copy a file that holds none of the change's contents; return what was copied of it."""
        seen = self._see(descriptor)
        if seen.blob in contents:
            return seen
        with open_folder(private_folder(self.folder)) as folder:
            name = self._free(place)
            flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            opened = os.open(name, flags, OWN, dir_fd=folder)
            with ExitStack() as failed, os.fdopen(opened, "w+b") as copy:
                failed.callback(os.unlink, name, dir_fd=folder)
                at = 0
                while block := os.pread(descriptor, BLOCK, at):
                    at += copy.write(block)
                copy.flush()
                os.fsync(opened)
                copied = self._see(opened)
                failed.pop_all()
            os.fsync(folder)
        return replace(copied, identity=seen.identity)

    def _see(self, descriptor: int) -> FileState:
        """Look at a file of any size: who wrote much to it is to be told, too."""
        return open_file_state(descriptor, self.object_format, sys.maxsize)

    def _free(self, place: FileLocation) -> str:
        """Return a name that tells which file it was, and is short enough for any file system."""
        number = max([_number(name) for name in self.names_of(place.key)], default=-1) + 1
        return f"{place.key}.{number}-{place.name[-40:]}"


def _number(name: str) -> int:
    return int(name.partition(".")[2].partition("-")[0])
