"""Put an approved change into the user's tree: that very change, whole or not at all, undoably.

Who approves names the digest of the draft. Before anything is written, every file must still hold
what the draft was made for; the old contents are kept and the journal is on disk first, so that a
crash in the middle can be finished, and what was finished can be undone. What somebody else wrote
meanwhile is never overwritten: a file is replaced only while it holds what it is expected to.
"""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from rooftree.confine import check_relative
from rooftree.errors import StorageError, ToolRefusedError
from tools.approval_view import unshowable
from tools.draft import Draft
from tools.snapshot import Snapshot, write_whole

JOURNAL = "applied.json"
DRAFT = "draft.json"
NEW = 0o666
"""The mode of a new file before the umask."""


@dataclass(frozen=True, slots=True)
class Step:
    """One file: the blobs it had and shall have; None where there is no file."""

    path: str
    before: str | None
    after: str | None
    mode: int
    """The mode that the file had; that of a new one is for the user's umask to decide."""


@dataclass(frozen=True, slots=True)
class Journal:
    """What was to be applied, and how far that is."""

    digest: str
    state: str
    """One of applying, applied, undone."""
    steps: tuple[Step, ...]

    def save(self, folder: Path) -> None:
        steps = [[one.path, one.before, one.after, one.mode] for one in self.steps]
        told = {"digest": self.digest, "state": self.state, "steps": steps}
        write_whole(folder / JOURNAL, json.dumps(told).encode("utf-8", "surrogateescape"))

    @classmethod
    def load(cls, folder: Path) -> "Journal | None":
        """Return the journal of a run; None where nothing was applied."""
        try:
            data = (folder / JOURNAL).read_bytes()
        except FileNotFoundError:
            return None
        try:
            told = json.loads(data.decode("utf-8", "surrogateescape"))
            steps = tuple(Step(*step) for step in told["steps"])
            return cls(told["digest"], told["state"], steps)
        except (ValueError, KeyError, TypeError) as error:
            raise StorageError(f"the journal in {str(folder)!r} cannot be read: {error}") from error


def apply(draft: Draft, approved: str, folder: Path) -> Journal:
    """Apply a draft; `approved` is the digest that was approved, `folder` that of the run."""
    if draft.digest != approved:
        raise ToolRefusedError("what was approved is not what would be applied; approve it again")
    if unseen := unshowable(draft):
        raise ToolRefusedError(unseen)
    snapshot = draft.snapshot
    changed = [path for path in draft.paths if snapshot.current(path) != _blob(snapshot, path)]
    if changed:
        raise ToolRefusedError(
            f"{', '.join(changed[:5])} changed since the change began, so nothing was applied; "
            "run the change again"
        )
    for path in draft.paths:
        _check(snapshot.root, path)
    journal = Journal(approved, "applying", tuple(_steps(draft)))
    journal.save(folder)
    try:
        return finish(snapshot, journal, folder)
    except (ToolRefusedError, StorageError):
        _take_back(snapshot, journal, folder)
        raise


def save_draft(draft: Draft, folder: Path) -> None:
    """Keep a draft, so that it can be applied later."""
    snapshot = draft.snapshot
    told = {
        "digest": draft.digest,
        "allowed": sorted(draft.allowed),
        "changes": {
            path: None if data is None else snapshot.keep(data)
            for path, data in draft.changes.items()
        },
    }
    write_whole(folder / DRAFT, json.dumps(told).encode("utf-8", "surrogateescape"))


def load_draft(snapshot: Snapshot, folder: Path) -> Draft:
    """Return the draft of a run; StorageError where there is none, or another than was kept."""
    try:
        told = json.loads((folder / DRAFT).read_bytes().decode("utf-8", "surrogateescape"))
        draft = Draft(snapshot, {}, frozenset(told["allowed"]))
        for path, blob in told["changes"].items():
            data = None if blob is None else snapshot.kept(blob)
            if blob is not None and data is None:
                raise StorageError(f"the new content of {path!r} is no longer kept")
            draft = draft.with_content(path, data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(f"the run in {str(folder)!r} has no change to apply: {error}") from error
    if draft.digest != told["digest"]:
        raise StorageError(f"the change in {str(folder)!r} is not the one that was kept")
    return draft


def finish(snapshot: Snapshot, journal: Journal, folder: Path) -> Journal:
    """Bring every file to its new content, from wherever a crash left it.

    What is applied already stays as it is, whatever was made of it since.
    """
    if journal.state == "applied":
        return journal
    return _bring(snapshot, journal, folder, "applied", "nothing more was applied")


def undo(snapshot: Snapshot, journal: Journal, folder: Path) -> Journal:
    """Bring every file back; refuse where somebody has edited one since."""
    if journal.state == "undone":
        raise ToolRefusedError("this change has been undone already")
    return _bring(snapshot, journal, folder, "undone", "nothing was undone")


def _bring(snapshot: Snapshot, journal: Journal, folder: Path, state: str, so: str) -> Journal:
    """Bring every file forth or back, and write down that it is done."""
    _refuse_edited(snapshot, journal, so)
    for step in journal.steps:
        ends = (step.before, step.after) if state == "applied" else (step.after, step.before)
        _move(snapshot, journal, step, *ends)
    done = Journal(journal.digest, state, journal.steps)
    done.save(folder)
    return done


def _refuse_edited(snapshot: Snapshot, journal: Journal, so: str) -> None:
    edited = [
        step.path
        for step in journal.steps
        if snapshot.current(step.path) not in (step.after, step.before)
    ]
    if edited:
        raise ToolRefusedError(
            f"{', '.join(edited[:5])} changed since, so {so}; "
            "undo those edits first, or use the diff of `rooftree runs show`"
        )


def _take_back(snapshot: Snapshot, journal: Journal, folder: Path) -> None:
    """Bring back what a change that cannot be applied whole has written of itself."""
    for step in journal.steps:
        with suppress(ToolRefusedError, StorageError):
            _move(snapshot, journal, step, step.after, step.before)
    changed = [one for one in journal.steps if one.before != one.after]
    if not any(snapshot.current(one.path) == one.after for one in changed):
        Journal(journal.digest, "undone", journal.steps).save(folder)


def _steps(draft: Draft) -> Iterator[Step]:
    """Keep old and new contents, and say what to do with them."""
    snapshot = draft.snapshot
    for path in draft.paths:
        before, after = snapshot.content(path), draft.changes[path]
        yield Step(
            path,
            None if before is None else snapshot.keep(before),
            None if after is None else snapshot.keep(after),
            _mode(snapshot, path),
        )


def _mode(snapshot: Snapshot, path: str) -> int:
    """Return the mode that a file has now, or the one that it would be made with."""
    with suppress(FileNotFoundError), _folder_of(snapshot.root, path, make=False) as folder:
        status = os.stat(path.rpartition("/")[2], dir_fd=folder, follow_symlinks=False)
        return stat.S_IMODE(status.st_mode)
    return snapshot.mode(path)


def _blob(snapshot: Snapshot, path: str) -> str | None:
    entry = snapshot.files.get(path)
    return entry.blob if entry is not None else None


def _check(root: Path, path: str) -> None:
    """Refuse, before anything is written, what could not be written when its turn comes."""
    try:
        with _folder_of(root, path, make=False) as folder:
            _refuse_strange(folder, path, path.rpartition("/")[2])
    except FileNotFoundError:
        return
    except OSError as error:
        raise StorageError(f"cannot write {path!r}: {error.strerror}") from error


def _move(
    snapshot: Snapshot, journal: Journal, step: Step, old: str | None, new: str | None
) -> None:
    """Bring a file from one content to another; refuse where it holds neither."""
    if snapshot.current(step.path) == new:
        return
    try:
        if new is None:
            _unless_edited(snapshot, step, old)
            _delete(snapshot.root, step.path)
            return
        data = snapshot.kept(new)
        if data is None:
            raise StorageError(
                f"the content of {step.path!r} is no longer kept; look into the run's folder"
            )
        mode = None if step.before is None else step.mode
        name = hashlib.sha256(f"{journal.digest} {step.path}".encode("utf-8", "surrogateescape"))
        with _written_beside(snapshot.root, step.path, data, mode, name.hexdigest()[:16]) as put:
            _unless_edited(snapshot, step, old)
            put()
    except OSError as error:
        raise StorageError(f"cannot write {step.path!r}: {error.strerror}") from error


def _unless_edited(snapshot: Snapshot, step: Step, expected: str | None) -> None:
    """Look again at the last moment: what somebody has just saved is not lost."""
    if snapshot.current(step.path) != expected:
        raise ToolRefusedError(f"{step.path!r} changed at this moment; it was not touched")


@contextmanager
def _written_beside(
    root: Path, path: str, data: bytes, mode: int | None, name: str
) -> Iterator[Callable[[], None]]:
    """Write a temporary file beside a file, reached without following any link.

    What is yielded puts it in the file's place. The temporary one has the same name whenever one
    change is applied, so that a crash leaves none for good.
    """
    target, temporary = path.rpartition("/")[2], f".{name}.rooftree"
    with _folder_of(root, path, make=True) as folder:
        _refuse_strange(folder, path, target)
        with suppress(FileNotFoundError):
            os.unlink(temporary, dir_fd=folder)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(temporary, flags, NEW if mode is None else mode, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as handle:
                handle.write(data)
                if mode is not None:
                    os.fchmod(handle.fileno(), mode)
                handle.flush()
                os.fsync(handle.fileno())
            yield lambda: os.rename(temporary, target, src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)


def _delete(root: Path, path: str) -> None:
    name = path.rpartition("/")[2]
    try:
        with _folder_of(root, path, make=False) as folder:
            _refuse_strange(folder, path, name)
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    # A folder that holds nothing any more is nothing to git either.
    for parent in Path(path).parents[:-1]:
        with suppress(OSError), _folder_of(root, str(parent), make=False) as folder:
            os.rmdir(parent.name, dir_fd=folder)


def _refuse_strange(folder: int, path: str, name: str) -> None:
    """Refuse to replace what is no regular file of one name: a link may lead anywhere."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise ToolRefusedError(
            f"{path!r} is a link, has a second name or is no regular file; it was not touched"
        )


@contextmanager
def _folder_of(root: Path, path: str, *, make: bool) -> Iterator[int]:
    """Open the folder of a file, one component at a time, without following links."""
    parts = check_relative(path)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=folder)
            try:
                inner = os.open(part, flags, dir_fd=folder)
            except (NotADirectoryError, OSError) as error:
                if isinstance(error, FileNotFoundError):
                    raise
                raise ToolRefusedError(
                    f"{path!r} lies behind a link; it was not touched"
                ) from error
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)
