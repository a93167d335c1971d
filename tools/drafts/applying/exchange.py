"""Replace, make or remove one file, so that a concurrent save is never lost.

Looking first and renaming then would lose a save in between. So the two files change places, and
what came out is looked at: where it is not what was expected, it is put back. Whatever came out in
the end is kept in the run's folder.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import fsync

from rooftree.errors import ToolRefusedError
from tools.drafts.applying.attributes import FileAttributes
from tools.drafts.applying.backup_folder import BackupFolder
from tools.drafts.applying.file_location import FileLocation
from tools.drafts.applying.file_operations import FileOperations
from tools.drafts.file_state import FileState, file_state_in

CHANGED = "was changed by somebody at this moment"
REMOVED = "was removed by somebody at this moment"
MADE = "was made by somebody at this moment"
MAX_SAVES = 16
"""How often one file is restored before an endlessly saving program is left alone."""


@dataclass(frozen=True, slots=True)
class FileExchange:
    """What brings one file from one content to another; every answer says why it did not."""

    object_format: str
    backups: BackupFolder
    means: FileOperations

    def replace(self, place: FileLocation, data: bytes, old: str) -> tuple[str, tuple[str, ...]]:
        """Put a content in the place of another; the file's attributes stay."""
        try:
            attributes = place.attributes()
        except FileNotFoundError:
            return REMOVED, ()
        with self._moment("write", place):
            lost = place.write_part(data, attributes)
        with self._moment("name", place):
            self.means.move(place.folder, place.part, place.folder, place.beside)
        ours = self._see(place)
        try:
            with self._moment("exchange", place):
                self.means.exchange(place.folder, place.beside, place.name)
        except FileNotFoundError:
            self._keep(place)
            return REMOVED, lost
        came = self._see(place)
        right = came.holds(old) and came.links == 1 and _came_with(place) == attributes
        if not right:
            self._put_back(place, ours, came)
        fsync(place.folder)
        self._keep(place)
        return "" if right else CHANGED, lost

    def make(
        self, place: FileLocation, data: bytes, attributes: FileAttributes | None
    ) -> tuple[str, tuple[str, ...]]:
        """Make a file where none is; what stands there is never replaced, whatever it is."""
        with self._moment("write", place):
            lost = place.write_part(data, attributes)
        try:
            with self._moment("name", place):
                self.means.move(place.folder, place.part, place.folder, place.name)
        except FileExistsError:
            return MADE, lost
        finally:
            place.remove_part()
        fsync(place.folder)
        return "", lost

    def remove(self, place: FileLocation, old: str) -> str:
        """Remove a file that still holds what it is expected to."""
        try:
            with self._moment("move aside", place):
                self.means.move(place.folder, place.name, place.folder, place.beside)
        except FileNotFoundError:
            return ""  # another process has removed it, and nothing is left to do
        came = self._see(place)
        right = came.holds(old) and came.links == 1
        if not right:
            self._give_back(place)
        fsync(place.folder)
        self._keep(place)
        return "" if right else CHANGED

    def _put_back(self, place: FileLocation, placed: FileState, came: FileState) -> None:
        """Exchange until what comes out is what was put in: then what is in place is the newest."""
        for _ in range(MAX_SAVES):
            try:
                with self._moment("put back", place):
                    self.means.exchange(place.folder, place.beside, place.name)
            except FileNotFoundError:
                return  # it was removed since, and is not brought back: what came out is kept
            out = self._see(place)
            if out == placed:
                return
            placed, came = came, out

    def _give_back(self, place: FileLocation) -> None:
        try:
            with self._moment("put back", place):
                self.means.move(place.folder, place.beside, place.folder, place.name)
        except FileExistsError:
            return  # a newer one was made since; what was moved aside is kept

    def _keep(self, place: FileLocation) -> None:
        with self._moment("keep", place):
            self.backups.move_in(place)

    def _see(self, place: FileLocation) -> FileState:
        with self._moment("look", place):
            return file_state_in(place.folder, place.beside, self.object_format)

    @contextmanager
    def _moment(self, name: str, place: FileLocation) -> Iterator[None]:
        """Tell what begins, and what has ended."""
        self.means.at(f"before {name}", place.path)
        yield
        self.means.at(f"after {name}", place.path)


def _came_with(place: FileLocation) -> FileAttributes | None:
    try:
        return place.attributes(beside=True)
    except (OSError, ToolRefusedError):
        return None
