"""The half-made files of one pull: grown as `.part`, hashed while written, kept when right.

`<staging>/parts/` holds what is unfinished and survives an interruption; `<staging>/ready/` holds
only files whose sha256 was right. It knows nothing of where bytes come from.
"""

import hashlib
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from models.weights.catalogue import WeightsEntry, WeightsFile
from rooftree.confined_files import open_regular
from rooftree.errors import WeightsError
from rooftree.paths import private_folder

BLOCK = 1 << 20
SPARE_BYTES = 64 * 1024 * 1024
"""Free space that a pull leaves, so that logs and databases can still be written."""

PullStage = Literal["wait", "download", "unpack", "verify"]


class SourceError(WeightsError):
    """One source could not deliver; the next one is tried."""


class WrongContentError(SourceError):
    """The bytes are all there and are not the pinned ones."""


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is: bytes of all files of the entry, and who is being asked."""

    stage: PullStage
    source: str
    done: int
    total: int


class PartFile:
    """One unfinished file, appended to and hashed as it grows."""

    def __init__(self, path: Path, expected: WeightsFile) -> None:
        self.path = path
        self.expected = expected
        self._digest = hashlib.sha256()
        self._done = 0
        self._handle: BinaryIO | None = None

    @property
    def size(self) -> int:
        """The bytes that are already there, from this pull or an interrupted one."""
        if self._handle is not None:
            return self._done
        return self.path.stat().st_size if self.path.exists() else 0

    def resume_at(self, offset: int, hashed: Callable[[], None]) -> None:
        """Make `offset` the end of the file; bytes of an earlier pull are read to be hashed."""
        if self._handle is not None and self._done == offset:
            return
        self.close()
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b")
        self._handle = handle
        self._digest, self._done = hashlib.sha256(), 0
        while self._done < offset and (block := handle.read(min(BLOCK, offset - self._done))):
            self._digest.update(block)
            self._done += len(block)
            hashed()
        handle.seek(self._done)
        handle.truncate()

    def write(self, block: bytes) -> None:
        if self._handle is None:
            raise SourceError(f"{self.expected.name} was not opened before it was written")
        if self._done + len(block) > self.expected.size:
            raise SourceError(f"sends more than the {self.expected.size} bytes that are pinned")
        self._handle.write(block)
        self._digest.update(block)
        self._done += len(block)

    def close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            with handle:
                handle.flush()
                os.fsync(handle.fileno())

    def settle(self, ready: Path) -> None:
        """Move the finished file to `ready`, or throw it away when its hash is wrong."""
        self.close()
        found = self._digest.hexdigest()
        if found != self.expected.sha256:
            self.path.unlink()
            raise WrongContentError(
                f"{self.expected.name} has sha256 {found[:16]}…, "
                f"expected {self.expected.sha256[:16]}…; it was thrown away"
            )
        ready.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.replace(ready)
        sync_folder(ready.parent)


class Staging:
    """Everything that one entry needs, as far as it is there."""

    def __init__(
        self, folder: Path, entry: WeightsEntry, listener: Callable[[PullProgress], None]
    ) -> None:
        self.folder = private_folder(folder)
        self.entry = entry
        self.source = ""
        self._listener = listener
        self._parts: dict[str, PartFile] = {}
        self.ready = self.folder / "ready"
        self.ready.mkdir(mode=0o700, exist_ok=True)

    def missing(self) -> list[WeightsFile]:
        return [file for file in self.entry.files if not self.has(file)]

    def has(self, file: WeightsFile) -> bool:
        path = self.ready / file.name
        return path.is_file() and path.stat().st_size == file.size

    def part(self, file: WeightsFile) -> PartFile:
        if file.name not in self._parts:
            self._parts[file.name] = PartFile(self.folder / "parts" / file.name, file)
        return self._parts[file.name]

    def begin(self, file: WeightsFile, offset: int) -> PartFile:
        """Open a file's part so that it ends at `offset`."""
        part = self.part(file)
        part.resume_at(offset, lambda: self.report("verify"))
        return part

    def finish(self, file: WeightsFile) -> None:
        """Check a part that has all its bytes and keep it."""
        self.part(file).settle(self.ready / file.name)
        self._parts.pop(file.name)
        self.report("verify")

    def settle_complete(self) -> None:
        """Keep or throw away parts that an interruption left with all of their bytes."""
        for file in self.missing():
            part = self.part(file)
            if part.size > file.size:
                part.path.unlink()
            elif part.size == file.size:
                self.begin(file, file.size)
                with suppress(WrongContentError):  # the source is asked again, from the start
                    self.finish(file)

    def has_parts(self) -> bool:
        """Tell whether bytes are there that an earlier source or pull left."""
        return any(self.part(file).size for file in self.missing())

    def bytes_to_come(self) -> int:
        return sum(max(0, file.size - self.part(file).size) for file in self.missing())

    def report(self, stage: PullStage, arrived: int = 0) -> None:
        """Tell the listener how many bytes are there; `arrived` are not in a part yet."""
        total = self.entry.size
        done = min(total - self.bytes_to_come() + arrived, total)
        self._listener(PullProgress(stage, self.source, done, total))

    def close(self) -> None:
        for part in self._parts.values():
            part.close()


def check_space(folder: Path, needed: int) -> None:
    """Refuse to begin what the disk cannot hold."""
    free = shutil.disk_usage(folder).free
    if free < needed + SPARE_BYTES:
        raise WeightsError(
            f"{str(folder)!r} has {free // 1_000_000} MB free and the weights need "
            f"{(needed + SPARE_BYTES) // 1_000_000} MB more; free some space or move state.folder"
        )


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_sha256(path: Path) -> str:
    """Hash a file in blocks."""
    with open_regular(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
