"""What a repository held when a change began: names and blob ids, and the bytes of what git lacks.

It is enough to make the same files again later: after a crash, for a replay, or to tell whether
a file has been edited meanwhile. What the index may not look into is not in it.
"""

import errno
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from indexing.files.discover import discover
from indexing.files.skip_reasons import NOT_REGULAR, SYMLINK, TOO_LARGE, UNREADABLE, VANISHED
from rooftree.confined_files import FileContent, is_relative, read_beneath
from rooftree.errors import RepositoryError, StorageError, ToolRefusedError
from rooftree.git.commands import Worktree, blob_hash, run_git
from rooftree.paths import cannot_write
from rooftree.sparse_files import write_with_holes
from rooftree.state_files import replacing
from tools.drafts.file_state import MAX_FILE_BYTES, FileState, file_state

PRIVATE = 0o600
MAX_STORED_BYTES = 512 << 20
"""Bytes of files that git does not have; more is not kept, and the snapshot says so."""
PLAIN, EXECUTABLE = 0o644, 0o755


class SnapshotEntry(NamedTuple):
    """One file; JSON has it as a list."""

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

    def text(self, path: str) -> str:
        """Return a file's text, whatever its bytes; empty where there was no such file."""
        return (self.content(path) or b"").decode("utf-8", "replace")

    def mode(self, path: str) -> int:
        entry = self.files.get(path)
        return EXECUTABLE if entry is not None and entry.executable else PLAIN

    def current_state(self, path: str) -> FileState:
        """Say what stands in the tree now."""
        return file_state(self.root, path, self.object_format)

    def blob(self, path: str) -> str | None:
        """Return the blob id that a file had; None where there was no such file."""
        entry = self.files.get(path)
        return entry.blob if entry is not None else None

    def store_bytes(self, data: bytes) -> str:
        """Keep bytes in the store and return their blob id."""
        blob = blob_hash(data, self.object_format)
        _store(self.store, blob, data)
        return blob

    def stored_bytes(self, blob: str) -> bytes | None:
        """Return bytes that were kept; None where they are not, or not the same any more."""
        data = self._from_store(blob)
        return data if data is not None and blob_hash(data, self.object_format) == blob else None

    def as_json(self) -> dict[str, Any]:
        return {
            "root": str(self.root),
            "commit": self.commit,
            "object_format": self.object_format,
            "files": dict(self.files),
            "links": dict(self.links),
            "left_out": dict(self.left_out),
            "complete": self.complete,
        }

    def save(self, path: Path) -> None:
        write_json(path, self.as_json())

    @classmethod
    def load(cls, path: Path, store: Path) -> "Snapshot":
        try:
            told = read_json(path)
            files = {
                name: SnapshotEntry(blob, bool(x)) for name, (blob, x) in told["files"].items()
            }
            root = Path(told.pop("root"))
            return cls(**{**told, "root": root, "files": files, "store": store})
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


def take_snapshot(worktree: Worktree, store: Path) -> Snapshot:
    """Read every file of a worktree once, and keep the bytes of those that HEAD does not have."""
    found = discover(worktree, largest_file_bytes=MAX_FILE_BYTES)
    known, kept_bytes = _blobs_of_head(worktree), 0
    files: dict[str, SnapshotEntry] = {}
    links: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for candidate in found.candidates:
        read = read_file(worktree.root, candidate.path)
        if isinstance(read, str):
            left_out[candidate.path] = read
            continue
        blob = blob_hash(read.data, worktree.object_format)
        files[candidate.path] = SnapshotEntry(blob, bool(read.mode & stat.S_IXUSR))
        kept_bytes += 0 if blob in known else read.size
        if blob not in known and kept_bytes <= MAX_STORED_BYTES:
            _store(store, blob, read.data)
    for skip in found.skipped:
        target = _target(worktree.root, skip.path) if skip.reason == SYMLINK else None
        if target is None:
            left_out[skip.path] = skip.reason
        else:
            links[skip.path] = target
    form, complete = worktree.object_format, kept_bytes <= MAX_STORED_BYTES
    return Snapshot(worktree.root, worktree.commit, form, files, links, left_out, store, complete)


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
    """Write a file, for its owner alone, so that a crash leaves the old one or the new one.

    The new one stays.
    """
    try:
        with replacing(path, PRIVATE) as file:
            write_with_holes(file.fileno(), data)
            os.fsync(file.fileno())
    except OSError as error:
        raise cannot_write(path, error) from error


def write_json(path: Path, told: Any) -> None:
    """Write a file of JSON as `write_whole` does; names that are not UTF-8 keep their bytes."""
    write_whole(path, json.dumps(told).encode("utf-8", "surrogateescape"))


def read_json(path: Path) -> Any:
    """Return what `write_json` wrote; OSError or ValueError where it is none."""
    return json.loads(path.read_bytes().decode("utf-8", "surrogateescape"))


@contextmanager
def open_folder(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """See to it that the names in a folder stay when the power goes."""
    try:
        with open_folder(folder) as descriptor:
            os.fsync(descriptor)
    except OSError as error:
        raise cannot_write(folder, error) from error


def _store(store: Path, blob: str, data: bytes) -> None:
    place = store / blob
    if not place.exists():
        write_whole(place, data)


def _blobs_of_head(worktree: Worktree) -> frozenset[str]:
    if worktree.common_dir is None or worktree.commit is None:
        return frozenset()
    try:
        return frozenset(blob for _, blob, _ in tree_entries(worktree.root, worktree.commit))
    except RepositoryError:
        return frozenset()


def tree_entries(root: Path, commit: str) -> Iterator[tuple[str, str, str]]:
    """Yield mode, blob and path of each file of a commit."""
    answer = run_git(root, "ls-tree", "-r", "-z", "--full-tree", commit)
    if answer.code != 0:
        raise RepositoryError(f"git cannot list the files of {commit[:12]}: {answer.error}")
    for entry in filter(None, answer.output.split(b"\0")):
        head, _, name = entry.partition(b"\t")
        mode, _, blob = head.decode("ascii").split(" ")
        yield mode, blob, name.decode("utf-8", "surrogateescape")


def leads_inside(path: str, target: str) -> bool:
    """Say whether a link at a root-relative path leads to what is below the root too."""
    inside = os.path.normpath(os.path.join(os.path.dirname(path), target))  # noqa: PTH118, PTH120 - text, not a place
    return not target.startswith("/") and inside.split("/")[0] != ".."


def _target(root: Path, path: str) -> str | None:
    """Return where a link points, if that is below the root too."""
    try:
        target = str((root / path).readlink()) if is_relative(path) else "/"
    except OSError:
        return None
    return target if leads_inside(path, target) else None
