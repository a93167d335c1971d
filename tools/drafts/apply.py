"""Apply an approved change to the user's tree: exactly that change, atomically, and undoably.

Who approves names the digest of the draft. Before anything is written, every file must still hold
what the draft was made for; the old contents are kept and the journal is on disk first, so that a
crash in the middle can be finished or taken back, and what was finished can be undone. What
others have saved is never overwritten, at any time (`tools.drafts.applying`): where he edited
a file of a change that was cut off, that file is left as it is and named, and the others go on.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from rooftree.errors import StorageError, ToolRefusedError
from rooftree.paths import cannot_write
from tools.drafts.applying.apply_run import ApplyRun
from tools.drafts.applying.file_location import opened
from tools.drafts.applying.file_operations import SYSTEM, FileOperations
from tools.drafts.applying.journal import Journal, JournalStep
from tools.drafts.approval_view import undisplayable_file
from tools.drafts.draft import Draft
from tools.drafts.snapshot import Snapshot, sync_folder

DIFF = "use the diff of `rooftree runs show`"


def apply(draft: Draft, approved: str, folder: Path, means: FileOperations = SYSTEM) -> Journal:
    """Apply a draft; `approved` is the digest that was approved, `folder` that of the run."""
    if draft.digest != approved:
        raise ToolRefusedError("what was approved is not what would be applied; approve it again")
    if unseen := undisplayable_file(draft):
        raise ToolRefusedError(unseen)
    for path in draft.paths:
        _check(draft.snapshot.root, path)
    _refuse_changed(draft)
    journal = begin(draft, folder)
    course = ApplyRun(draft.snapshot, journal, folder, means)
    try:
        course.apply_all("applied", whole=True)
    except StorageError as error:
        raise StorageError(_taken_back(course, str(error))) from error
    if course.left:
        raise ToolRefusedError(_taken_back(course, *course.left.values()))
    return _end(course, "applied", "applying")


def begin(draft: Draft, folder: Path) -> Journal:
    """Keep old and new contents and write down what is to be done with them."""
    root = draft.snapshot.root
    above = {str(one) for path in draft.paths for one in PurePosixPath(path).parents[:-1]}
    folders = tuple(sorted(one for one in above if not os.path.lexists(root / one)))
    journal = Journal(draft.digest, "applying", tuple(_steps(draft)), folders)
    sync_folder(draft.snapshot.store)
    journal.save(folder)
    return journal


def finish(
    snapshot: Snapshot, journal: Journal, folder: Path, means: FileOperations = SYSTEM
) -> Journal:
    """Bring every file to its new content, from wherever a crash left it.

    Files that were edited since are left as they are and named. What is applied already stays
    as it is, whatever was made of it since.
    """
    if journal.state == "applied":
        return journal
    course = ApplyRun(snapshot, journal, folder, means)
    course.apply_all("applied")
    return _end(course, "applied", "applying")


def undo(
    snapshot: Snapshot, journal: Journal, folder: Path, means: FileOperations = SYSTEM
) -> Journal:
    """Bring every file back; what was applied whole and edited since is refused as a whole.

    What was cut off, or is there in part only, is taken back but for the files that somebody
    edited: they are named, and no half of a change remains.
    """
    if journal.state == "undone":
        raise ToolRefusedError("this change has been undone already")
    if journal.state == "applied" and not journal.left:
        _refuse_edited(snapshot, journal)
    journal.with_state("undoing").save(folder)
    course = ApplyRun(snapshot, journal, folder, means)
    course.apply_all("undone")
    return _end(course, "undone", "undoing")


def _end(course: ApplyRun, state: str, otherwise: str) -> Journal:
    """Look at everything once more, and write down what was reached."""
    course.recheck(state)
    done = course.finished_journal(state, otherwise)
    done.save(course.run)
    return done


def _taken_back(course: ApplyRun, *why: str) -> str:
    """Take back what a change that cannot be applied whole has written; say what came of it."""
    back = ApplyRun(course.snapshot, course.journal, course.run, course.means)
    for step in course.journal.steps:
        with suppress(StorageError):
            back.apply_step(step, "undone")
    with suppress(StorageError):
        back.recheck("undone")
    ended = back.finished_journal("undone", "applying")
    ended.save(course.run)
    so = "nothing was applied" if ended.state == "undone" else "it is applied in part"
    told = [one for path, one in back.left.items() if path not in course.left]
    return "; ".join(dict.fromkeys([*why, so, *told, *course.notes, *back.notes]))


def _refuse_changed(draft: Draft) -> None:
    """Refuse a draft where a file holds something else than what it was made for."""
    snapshot, told = draft.snapshot, []
    for path in draft.paths:
        seen, expected = snapshot.current_state(path), snapshot.blob(path)
        if not seen.holds(expected):
            there = "" if expected is not None else "it was not there, or not looked at"
            why = ", ".join(one for one in (seen.problem, there) if one)
            told.append(f"{path} ({why})" if why else path)
    if told:
        raise ToolRefusedError(
            f"{', '.join(told[:5])} changed since the change began, so nothing was applied; "
            "run the change again"
        )


def _refuse_edited(snapshot: Snapshot, journal: Journal) -> None:
    edited = [
        step.path
        for step in journal.steps
        if not any(
            snapshot.current_state(step.path).holds(one) for one in (step.after, step.before)
        )
    ]
    if edited:
        raise ToolRefusedError(
            f"{', '.join(edited[:5])} changed since, so nothing was undone; "
            f"undo those edits first, or {DIFF}"
        )


def _steps(draft: Draft) -> Iterator[JournalStep]:
    """Keep old and new contents, and say what to do with them."""
    snapshot = draft.snapshot
    for path in draft.paths:
        before, after = snapshot.content(path), draft.changes[path]
        yield JournalStep(
            path,
            None if before is None else snapshot.store_bytes(before),
            None if after is None else snapshot.store_bytes(after),
            _mode(snapshot, path),
        )


def _mode(snapshot: Snapshot, path: str) -> int:
    """Return the mode that a file has now, or the one that it would be made with."""
    status = _status(snapshot.root, path)
    return snapshot.mode(path) if status is None else stat.S_IMODE(status.st_mode)


def _status(root: Path, path: str) -> os.stat_result | None:
    """Look at what stands at a path, through no link; None where nothing does."""
    with suppress(FileNotFoundError), opened(root, path, "") as place:
        return os.stat(place.name, dir_fd=place.folder, follow_symlinks=False)
    return None


def _check(root: Path, path: str) -> None:
    """Refuse, before anything is written, what could not be written when its turn comes."""
    try:
        status = _status(root, path)
    except OSError as error:
        raise cannot_write(path, error) from error
    if status is None:
        return
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise ToolRefusedError(
            f"{path!r} is a link, has a second name or is no regular file; it was not touched"
        )
