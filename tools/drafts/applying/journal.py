"""The journal of applying a change: its steps, their progress, and their failures."""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

from rooftree.errors import StorageError
from tools.drafts.snapshot import read_json, sync_folder, write_json

JOURNAL = "applied.json"
DONE = frozenset(["applied", "undone"])


class JournalStep(NamedTuple):
    """One file: the blobs it had and shall have; None where there is no file. A list in JSON."""

    path: str
    before: str | None
    after: str | None
    mode: int
    """The mode that the file had; that of a new one is for the user's umask to decide."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The steps of one change, on disk before the first of them."""

    digest: str
    state: str
    """One of applying, applied, undoing, undone."""
    steps: tuple[JournalStep, ...]
    folders: tuple[str, ...] | None = None
    """The folders that were made for new files; None where that was not written down."""
    left: tuple[str, ...] = ()
    """Files that were edited meanwhile, so that they were neither applied nor undone."""
    notes: tuple[str, ...] = ()
    """What a person has to know: why a file was left, and where what he wrote is kept."""

    def with_state(
        self, state: str, left: tuple[str, ...] = (), notes: tuple[str, ...] = ()
    ) -> "Journal":
        return replace(self, state=state, left=left, notes=notes)

    def save(self, folder: Path) -> None:
        write_json(folder / JOURNAL, asdict(self))
        sync_folder(folder)

    @classmethod
    def load(cls, folder: Path) -> "Journal | None":
        """Return the journal of a run; None where nothing was applied."""
        try:
            told = read_json(folder / JOURNAL)
            steps = tuple(JournalStep(*step) for step in told["steps"])
            # Journals of earlier versions end after the steps.
            folders = told.get("folders")
            return cls(
                told["digest"],
                told["state"],
                steps,
                None if folders is None else tuple(folders),
                tuple(told.get("left", ())),
                tuple(told.get("notes", ())),
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StorageError(f"the journal in {str(folder)!r} cannot be read: {error}") from error
