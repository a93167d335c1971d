"""What a repository held when a change began: names and blob ids, and the bytes of what git lacks.

It is enough to make the same files again later: after a crash, for a replay, or to tell whether
a file has been edited meanwhile. What the index may not look into is not in it.
"""

import errno
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexing.files.discover import discover
from indexing.files.skip_reasons import NOT_REGULAR, SYMLINK, TOO_LARGE, UNREADABLE, VANISHED
from rooftree.confined_files import FileContent, check_relative, open_beneath, read_beneath
from rooftree.errors import RepositoryError, StorageError, ToolRefusedError
from rooftree.git.commands import Worktree, blob_hash, run_git
from rooftree.paths import cannot_write
from rooftree.sparse_files import write_with_holes
from rooftree.state_files import replacing
from tools.drafts.file_state import MAX_FILE_BYTES, FileState, file_state

MAX_STORED_BYTES = 512 << 20
"""Bytes of files that git does not have; more is not kept, and the snapshot says so."""
PLAIN, EXECUTABLE = 0o644, 0o755


@dataclass(frozen=True, slots=True)
class SnapshotEntry:
    """One file."""

    blob: str
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of one moment."""

    root: Path
    commit: str | None
    object_format: str
    files: Mapping[str, SnapshotEntry]
    links: Mapping[str, str]
    left_out: Mapping[str, str]
    """What was not taken, and why; a folder's path ends in a slash."""
    store: Path
    """Where the bytes are that git does not have."""
    complete: bool = True
    """Whether all bytes can be had again; else only while the tree stays as it is."""

    def content(self, path: str) -> bytes | None:
        """Return a file's bytes as they were; None where there was no such file."""
        entry = self.files.get(path)
        if entry is None:
            return None
        for data in (self._from_tree(path), self._from_store(entry.blob)):
            if data is not None and blob_hash(data, self.object_format) == entry.blob:
                return data
        answer = run_git(self.root, "cat-file", "blob", entry.blob)
        if answer.code == 0 and blob_hash(answer.output, self.object_format) == entry.blob:
            return answer.output
        raise RepositoryError(
            f"{path!r} has changed since the change began and its old content is not kept; "
            "start the change anew"
        )

    def mode(self, path: str) -> int:
        entry = self.files.get(path)
        return EXECUTABLE if entry is not None and entry.executable else PLAIN

    def seen(self, path: str) -> FileState:
        """Say what stands in the tree now."""
        return file_state(self.root, path, self.object_format)

    def blob(self, path: str) -> str | None:
        """Return the blob id that a file had; None where there was no such file."""
        entry = self.files.get(path)
        return entry.blob if entry is not None else None

    def keep(self, data: bytes) -> str:
        """Keep bytes in the store and return their blob id."""
        blob = blob_hash(data, self.object_format)
        _keep(self.store, blob, data)
        return blob

    def kept(self, blob: str) -> bytes | None:
        """Return bytes that were kept; None where they are not, or not the same any more."""
        data = self._from_store(blob)
        return data if data is not None and blob_hash(data, self.object_format) == blob else None

    def as_json(self) -> dict[str, Any]:
        return {
            "root": str(self.root),
            "commit": self.commit,
            "object_format": self.object_format,
            "files": {path: [one.blob, one.executable] for path, one in self.files.items()},
            "links": dict(self.links),
            "left_out": dict(self.left_out),
            "complete": self.complete,
        }

    def save(self, path: Path) -> None:
        write_whole(path, json.dumps(self.as_json()).encode("utf-8", "surrogateescape"))

    @classmethod
    def load(cls, path: Path, store: Path) -> "Snapshot":
        try:
            told = json.loads(path.read_bytes().decode("utf-8", "surrogateescape"))
            return cls(
                Path(told["root"]),
                told["commit"],
                told["object_format"],
                {
                    name: SnapshotEntry(blob, bool(mode))
                    for name, (blob, mode) in told["files"].items()
                },
                told["links"],
                told["left_out"],
                store,
                told["complete"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StorageError(f"the snapshot {str(path)!r} cannot be read: {error}") from error

    def _from_tree(self, path: str) -> bytes | None:
        read = read_file(self.root, path)
        return read.data if isinstance(read, FileContent) else None

    def _from_store(self, blob: str) -> bytes | None:
        try:
            return (self.store / blob).read_bytes()
        except OSError:
            return None


@dataclass(slots=True)
class _Taking:
    """What has been taken so far."""

    worktree: Worktree
    store: Path
    known: frozenset[str]
    files: dict[str, SnapshotEntry] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    kept_bytes: int = 0
    complete: bool = True

    def take(self, path: str) -> None:
        blob = read_file(self.worktree.root, path)
        if isinstance(blob, str):
            self.left_out[path] = blob
            return
        name = blob_hash(blob.data, self.worktree.object_format)
        self.files[path] = SnapshotEntry(name, _is_executable(self.worktree.root, path))
        if name in self.known:
            return
        self.kept_bytes += blob.size
        if self.kept_bytes > MAX_STORED_BYTES:
            self.complete = False
        else:
            _keep(self.store, name, blob.data)


def take_snapshot(worktree: Worktree, store: Path) -> Snapshot:
    """Read every file of a worktree once, and keep the bytes of those that HEAD does not have."""
    found = discover(worktree, largest_file_bytes=MAX_FILE_BYTES)
    taking = _Taking(worktree, store, _blobs_of_head(worktree))
    for candidate in found.candidates:
        taking.take(candidate.path)
    links = {}
    for skip in found.skipped:
        target = _target(worktree.root, skip.path) if skip.reason == SYMLINK else None
        if target is None:
            taking.left_out[skip.path] = skip.reason
        else:
            links[skip.path] = target
    return Snapshot(
        worktree.root,
        worktree.commit,
        worktree.object_format,
        taking.files,
        links,
        taking.left_out,
        store,
        taking.complete,
    )


def read_file(root: Path, path: str) -> FileContent | str:
    """Read a regular file below a root whole, or return why not (`indexing.files.skip_reasons`)."""
    try:
        blob = read_beneath(root, path, MAX_FILE_BYTES)
    except FileNotFoundError:
        return VANISHED
    except ToolRefusedError:
        return NOT_REGULAR
    except OSError as error:
        strange = error.errno in (errno.ELOOP, errno.ENOTDIR)
        return NOT_REGULAR if strange else UNREADABLE
    return blob if blob.size <= MAX_FILE_BYTES else TOO_LARGE


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that a crash leaves the old one or the new one, and the new one stays."""
    try:
        with replacing(path) as file:
            write_with_holes(file.fileno(), data)
            os.fsync(file.fileno())
    except OSError as error:
        raise cannot_write(path, error) from error


def sync_folder(folder: Path) -> None:
    """See to it that the names in a folder stay when the power goes."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise cannot_write(folder, error) from error


def _keep(store: Path, blob: str, data: bytes) -> None:
    place = store / blob
    if not place.exists():
        write_whole(place, data)


def _blobs_of_head(worktree: Worktree) -> frozenset[str]:
    if worktree.common_dir is None or worktree.commit is None:
        return frozenset()
    answer = run_git(worktree.root, "ls-tree", "-r", "-z", "--full-tree", worktree.commit)
    if answer.code != 0:
        return frozenset()
    entries = answer.output.split(b"\0")
    return frozenset(
        entry.split(b"\t")[0].split()[-1].decode("ascii") for entry in entries if entry
    )


def _is_executable(root: Path, path: str) -> bool:
    try:
        descriptor = open_beneath(root, path)
    except (OSError, ToolRefusedError):
        return False
    try:
        return bool(os.fstat(descriptor).st_mode & 0o100)
    finally:
        os.close(descriptor)


def _target(root: Path, path: str) -> str | None:
    """Return where a link points, if that is below the root too."""
    try:
        check_relative(path)
        target = str((root / path).readlink())
    except (OSError, ToolRefusedError):
        return None
    inside = os.path.normpath(os.path.join(os.path.dirname(path), target))  # noqa: PTH118, PTH120 - text, not a place
    return None if target.startswith("/") or inside.split("/")[0] == ".." else target
