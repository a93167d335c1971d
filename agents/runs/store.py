"""The folders of runs: one each, private, with a timestamp and random suffix, removable as a whole.

`run.json` says what a run is and how it ended; `steps.jsonl` is its log, `events.jsonl` what it
told, `snapshot.json` and `blobs/` what it started from, `applied.json` what was applied.
"""

import json
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NoReturn

from rooftree.errors import StorageError, UsageError
from rooftree.paths import StateFolder, private_folder
from rooftree.state_files import locked
from rooftree.telemetry.events import Event
from rooftree.text.unknown_names import near_names
from tools.drafts.snapshot import Snapshot, write_whole

RunStatus = Literal[
    "running",
    "verified",
    "verified_by_own_tests",
    "verified_as_rename",
    "verified_as_move",
    "verified_as_upgrade",
    "unverified",
    "failed",
    "reviewed",
    "incomplete",
    "answered",
    "not_found",
    "could_not_look",
    "cancelled",
    "error",
]
PROVED: tuple[RunStatus, ...] = (
    "verified",
    "verified_by_own_tests",
    "verified_as_rename",
    "verified_as_move",
    "verified_as_upgrade",
)
"""How a change ends that is applied unasked where a person wished it."""
CHANGED: tuple[RunStatus, ...] = (*PROVED, "unverified", "failed")
"""How a change ends that came to its end."""
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")


def status_text(status: str, summary: str) -> str:
    """Return how a run ended in words; a proof by its own tests says that, and of how many."""
    if status in ("verified_as_rename", "verified_as_move", "verified_as_upgrade"):
        what = status.rpartition("_")[2]
        return f"verified as {'an' if what == 'upgrade' else 'a'} {what}"
    if status != "verified_by_own_tests":
        return status.replace("_", " ")
    title = summary.partition(":")[0]
    return title if title.startswith("verified by its own ") else "verified by its own new tests"


@dataclass(frozen=True, slots=True)
class StoredRun:
    """What is told of a run in a list."""

    kind: str
    task: str
    repo: str
    commit: str | None
    model: str
    id: str = ""
    started: str = ""
    status: RunStatus = "running"
    summary: str = ""
    applied: bool = False
    finished: str = ""
    spending: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    replay_of: str = ""
    notes: list[str] = field(default_factory=list)
    """What was told when its change was applied or taken back."""
    owner: str = ""
    """The id of the API key that asked for it; empty for the user of this machine.

    Runs of older versions kept a key's name, which two keys can share: they are the user's now.
    """
    repo_id: str = ""
    """The same for all worktrees of one repository; empty in runs of older versions."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The folder of one run."""

    path: Path

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def steps(self) -> Path:
        return self.path / "steps.jsonl"

    @property
    def events(self) -> Path:
        return self.path / "events.jsonl"

    @property
    def blobs(self) -> Path:
        return private_folder(self.path / "blobs")

    @property
    def workspace(self) -> Path:
        return self.path / "workspace"

    def record(self) -> StoredRun:
        """Return what is known of the run; StorageError where that cannot be read."""
        try:
            told = json.loads((self.path / "run.json").read_text("utf-8"))
            return StoredRun(**told)
        except (OSError, ValueError, TypeError) as error:
            raise StorageError(f"the run in {str(self.path)!r} cannot be read: {error}") from error

    def save(self, record: StoredRun) -> StoredRun:
        self._write("run.json", record.as_json())
        return record

    def end(
        self, status: RunStatus, summary: str, spending: dict[str, Any], applied: bool
    ) -> StoredRun:
        """Write down how the run ended."""
        return self.save(
            replace(
                self.record(),
                status=status,
                summary=summary,
                spending=spending,
                applied=applied,
                finished=_now(),
            )
        )

    def save_outcome(self, told: dict[str, Any]) -> None:
        """Keep the whole outcome, its diff too."""
        self._write("outcome.json", told)

    def _write(self, name: str, value: dict[str, Any]) -> None:
        write_whole(self.path / name, json.dumps(value, indent=2).encode("utf-8", "replace"))

    def outcome(self) -> dict[str, Any]:
        """Return the whole outcome; an empty one where the run has not ended."""
        try:
            told = json.loads((self.path / "outcome.json").read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def save_snapshot(self, snapshot: Snapshot) -> None:
        snapshot.save(self.path / "snapshot.json")

    def snapshot(self) -> Snapshot | None:
        """Return what the run started from; None where it had not come so far."""
        place = self.path / "snapshot.json"
        return Snapshot.load(place, self.blobs) if place.exists() else None

    def note(self, event: Event) -> None:
        """Keep an event; a full disk must not end a run for the sake of its telling."""
        try:
            with self.events.open("a", encoding="utf-8", errors="replace") as handle:
                handle.write(json.dumps(event.as_json()) + "\n")
        except OSError:
            return

    def stored_events(self) -> Iterator[dict[str, Any]]:
        """Yield the events that were kept."""
        if not self.events.exists():
            return
        for line in self.events.read_text("utf-8").split("\n"):
            try:
                yield json.loads(line)
            except ValueError:
                continue

    def size(self) -> int:
        """Return how many bytes its files hold."""
        files = (one for one in self.path.rglob("*") if one.is_file() and not one.is_symlink())
        return sum(one.stat().st_size for one in files)

    def remove(self) -> int:
        """Remove the run as a whole; return how many bytes that were."""
        size = self.size()
        shutil.rmtree(self.path, ignore_errors=True)
        return size

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run: two processes must not go on with one; UsageError where another does."""

        def refuse() -> NoReturn:
            raise UsageError(f"run {self.id} is being worked on by another process")

        with locked(self.path / "lock", refuse):
            yield


@dataclass(frozen=True, slots=True)
class RunStore:
    """All runs of one state folder."""

    state: StateFolder

    def create(self, begun: StoredRun) -> RunFolder:
        """Make the folder of a new run, with all that it takes to go on with it."""
        now = datetime.now(UTC)
        name = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        folder = RunFolder(private_folder(self.state.runs() / name))
        try:
            folder.save(replace(begun, id=name, started=_now()))
        except StorageError:
            with suppress(OSError):
                folder.path.rmdir()  # else something without a record stands where the runs are
            raise
        return folder

    def open(self, name: str) -> RunFolder:
        """Return a run by its id, or by a beginning that only it has."""
        names = [folder.name for folder in self._folders()]
        found = [one for one in names if one.startswith(name)]
        if len(found) != 1 or not name:
            known = "no run begins" if not found else f"{len(found)} runs begin"
            near = near_names(name, names) if not found else []
            meant = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(
                f"{known} with {name[:60]!r}{meant}; `rooftree runs list --all` shows all"
            )
        return RunFolder(self.state.runs() / found[0])

    def all(self) -> list[StoredRun]:
        """Return what is known of all runs, the newest first; damaged ones are left out."""
        records = []
        for folder in reversed(self._folders()):
            try:
                records.append(RunFolder(folder).record())
            except StorageError:
                continue
        return records

    def _folders(self) -> list[Path]:
        folders = (path for path in self.state.runs().iterdir() if _ID.fullmatch(path.name))
        return sorted(folders)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
