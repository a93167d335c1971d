"""All files of a change, applied or undone one by one, and the messages about it at the end."""

import os
import time
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from rooftree.confined_files import folder_beneath
from rooftree.errors import StorageError, ToolRefusedError
from rooftree.paths import cannot_write
from tools.drafts.applying.atomic_renames import CANNOT
from tools.drafts.applying.attributes import FileAttributes
from tools.drafts.applying.backup_folder import BackupFolder
from tools.drafts.applying.exchange import CHANGED, FileExchange
from tools.drafts.applying.file_location import FileLocation, key_of, opened
from tools.drafts.applying.file_operations import SYSTEM, FileOperations
from tools.drafts.applying.journal import Journal, JournalStep
from tools.drafts.file_state import FileState, file_state_in
from tools.drafts.snapshot import Snapshot

SECOND_NAME = "has a second name"
EDITED = "was edited by somebody"
GONE = "is not there any more"
THERE = "is there already"


@dataclass(slots=True)
class ApplyRun:
    """One pass over the steps of a journal; what could not be done is in `left` and `notes`."""

    snapshot: Snapshot
    journal: Journal
    run: Path
    means: FileOperations = SYSTEM
    left: dict[str, str] = field(default_factory=dict)
    """The files that were left as they are, with the sentence that says why."""
    notes: list[str] = field(default_factory=list)
    brought: set[str] = field(default_factory=set)

    def apply_all(self, state: str, *, whole: bool = False) -> None:
        """Apply every file (`applied`) or undo it (`undone`).

        Files edited meanwhile are left as they are. With `whole`, the first such file ends it.
        """
        self._backups.prepare()
        for step in self.journal.steps:
            if not self.apply_step(step, state) and whole:
                return

    def apply_step(self, step: JournalStep, state: str) -> bool:
        """Apply or undo one file; False where it was left as it is."""
        reason = self._apply(step, *_ends(step, state))
        if reason:
            self.left[step.path] = reason
        else:
            self.brought.add(step.path)
        return not reason

    def recheck(self, state: str) -> None:
        """Find what was saved after a file's turn, in the tree and in what came out of it."""
        self.means.at("before compare", "")
        for step in self.journal.steps:
            _, wanted = _ends(step, state)
            if step.path not in self.left and not self.snapshot.current_state(step.path).holds(
                wanted
            ):
                self._leave(step, CHANGED)
        deadline = time.monotonic() + self.means.patience
        for step in self.journal.steps:
            self._settle(step)
            self._compare(step, deadline)
        self.means.at("after compare", "")

    def finished_journal(self, state: str, otherwise: str) -> Journal:
        """Return the journal of what was reached; `otherwise` where a file can still be brought."""
        waiting = any(
            one.path not in self.brought
            and self.snapshot.current_state(one.path).holds(_ends(one, state)[0])
            for one in self.journal.steps
        )
        reached = otherwise if waiting else state
        return self.journal.with_state(reached, tuple(self.left), self.messages())

    def messages(self) -> tuple[str, ...]:
        """Return a sentence for each thing that a person has to know."""
        return tuple(dict.fromkeys([*self.left.values(), *self.notes]))

    def _apply(self, step: JournalStep, old: str | None, new: str | None) -> str:
        """Change one file from one content to another; say why where that was not done."""
        try:
            with self._opened(step, make=old is None) as place:
                reason = self._apply_content(step, place, old, new)
        except FileNotFoundError:
            reason = GONE if new is not None else ""
        except ToolRefusedError as error:
            return str(error)
        except OSError as error:
            raise _explained(step.path, error) from error
        return f"{step.path!r} {reason}; it was left as it is" if reason else ""

    def _apply_content(
        self, step: JournalStep, place: FileLocation, old: str | None, new: str | None
    ) -> str:
        if not self._clean(step, place):
            return f"has {place.beside!r} beside it, which another program may still write to"
        seen = file_state_in(place.folder, place.name, self.snapshot.object_format)
        if seen.holds(new):
            return ""
        reason = _unexpected(seen, old)
        if reason:
            return reason
        exchange = FileExchange(self.snapshot.object_format, self._backups, self.means)
        if new is None:
            reason = exchange.remove(place, str(old))
            if not reason:
                self._prune(step)
            return reason
        data = self._content(step, new)
        if old is None:
            return self._make(step, place, exchange, data)
        reason, lost = exchange.replace(place, data, old)
        self._note_lost(step, lost)
        return reason

    def _make(
        self, step: JournalStep, place: FileLocation, exchange: FileExchange, data: bytes
    ) -> str:
        """Make a file; one that was there before gets back what is known of its attributes."""
        if step.before is None:
            return exchange.make(place, data, None)[0]
        try:
            reason, lost = exchange.make(place, data, self._former(step, place))
        except ToolRefusedError:
            reason, lost = exchange.make(place, data, FileAttributes.of_mode(step.mode))
            lost = ("owner", *lost)
        self._note_lost(step, lost)
        return reason

    def _former(self, step: JournalStep, place: FileLocation) -> FileAttributes:
        """Return the attributes that a removed file had: it lies in the run's folder."""
        for name in reversed(self._backups.names_of(place.key)):
            if self._backups.state_of(name, 0.0)[0].holds(step.before):
                return self._backups.attributes(name)
        return FileAttributes.of_mode(step.mode)

    def _clean(self, step: JournalStep, place: FileLocation) -> bool:
        """Move what a crash left beside a file to the backups; it may be the user's work."""
        place.remove_part()
        contents = frozenset(one for one in (step.before, step.after) if one is not None)
        return self._backups.move_or_copy_in(place, contents)

    def _settle(self, step: JournalStep) -> None:
        """See that nothing of ours stays in the tree, or say that it does."""
        try:
            with self._opened(step, make=False) as place:
                if not self._clean(step, place):
                    beside = PurePosixPath(step.path).with_name(place.beside)
                    self.notes.append(
                        f"what came out of {step.path!r} is in {str(beside)!r}: another program "
                        "still writes to it, or it cannot be copied; move it away yourself"
                    )
        except (FileNotFoundError, ToolRefusedError):
            return
        except OSError as error:
            raise _explained(step.path, error) from error

    def _compare(self, step: JournalStep, deadline: float) -> None:
        """Check once more what was replaced: a late write is the user's work."""
        for name in self._backups.names_of(self._key(step)):
            seen, busy = self._backups.state_of(name, deadline)
            place = str(self._backups.folder / name)
            if seen.blob is None or seen.blob not in (step.before, step.after):
                self.notes.append(f"what somebody wrote to {step.path!r} is kept in {place!r}")
            if busy:
                self.notes.append(
                    f"another program still has the {step.path!r} open that was replaced; what it "
                    f"writes goes to {place!r} and not into the tree"
                )

    def _content(self, step: JournalStep, blob: str) -> bytes:
        data = self.snapshot.stored_bytes(blob)
        if data is None:
            raise StorageError(
                f"the content of {step.path!r} is no longer kept; look into the run's folder"
            )
        return data

    def _prune(self, step: JournalStep) -> None:
        """Remove the folders that are empty now: git knows none, and those of ours were new."""
        ours = self.journal.folders if step.before is None else None
        for parent in PurePosixPath(step.path).parents[:-1]:
            if ours is not None and str(parent) not in ours:
                return
            with suppress(OSError), folder_beneath(self.snapshot.root, str(parent)) as folder:
                os.rmdir(parent.name, dir_fd=folder)

    def _leave(self, step: JournalStep, why: str) -> None:
        self.left[step.path] = f"{step.path!r} {why}; it was left as it is"

    def _note_lost(self, step: JournalStep, lost: tuple[str, ...]) -> None:
        if lost:
            names = ", ".join(lost)
            self.notes.append(f"of the attributes of {step.path!r} these were not kept: {names}")

    @property
    def _backups(self) -> BackupFolder:
        return BackupFolder(self.run, self.snapshot.object_format, self.means)

    def _key(self, step: JournalStep) -> str:
        return key_of(f"{self.journal.digest} {self.run.name}", step.path)

    def _opened(self, step: JournalStep, *, make: bool) -> AbstractContextManager[FileLocation]:
        return opened(self.snapshot.root, step.path, self._key(step), make=make)


def _ends(step: JournalStep, state: str) -> tuple[str | None, str | None]:
    """Return what a file holds and what it shall hold on the way to a state."""
    return (step.before, step.after) if state == "applied" else (step.after, step.before)


def _unexpected(seen: FileState, old: str | None) -> str:
    """Say what stands there if it is not what the change had found there."""
    if not seen.holds(old):
        what = f" ({seen.problem})" if seen.problem else ""
        if old is None:
            return f"{THERE}{what}"
        return GONE if seen.absent else f"{EDITED}{what}"
    return SECOND_NAME if seen.links > 1 else ""


def _explained(path: str, error: OSError) -> StorageError:
    if error.errno in CANNOT:
        return StorageError(
            f"the file system of {path!r} cannot exchange two files in one step, without which a "
            "save of yours could be lost; apply the diff of `rooftree runs show` yourself"
        )
    return cannot_write(path, error)
