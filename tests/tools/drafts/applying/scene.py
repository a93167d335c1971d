"""A repository, a change of it, and somebody who saves at one moment while it is applied."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from rooftree.errors import RooftreeError
from rooftree.git.commands import open_worktree
from tests.support import git_repository, write_files
from tools.drafts.apply import apply, finish, undo
from tools.drafts.applying.file_operations import SYSTEM, FileOperations
from tools.drafts.applying.journal import JOURNAL, Journal
from tools.drafts.draft import Draft
from tools.drafts.snapshot import Snapshot, take_snapshot

FILES: dict[str, str | bytes] = {"a.py": "a = 1\n", "pkg/b.py": "b = 2\n", "z.py": "z = 1\n"}
MINE = b"an hour's work\n"
TARGETS = {"replaced": "a.py", "removed": "pkg/b.py", "made": "new/c.py"}
ENDS = {
    "replaced": (b"a = 1\n", b"a = 2\n"),
    "removed": (b"b = 2\n", None),
    "made": (None, b"c\n"),
}


@dataclass(slots=True)
class Scene:
    """One repository and one run of it."""

    repo: Path
    run: Path
    snapshot: Snapshot
    means: FileOperations = field(default_factory=lambda: replace(SYSTEM, patience=0.0))

    @classmethod
    def make(cls, folder: Path, state: Path | None = None) -> "Scene":
        repo, run = git_repository(folder, FILES), (state or folder) / "run"
        (run / "blobs").mkdir(parents=True)
        return cls(repo, run, take_snapshot(open_worktree(repo), run / "blobs"))

    def again(self) -> None:
        """Make everything what it was at first."""
        for path in [*TARGETS.values(), "z.py"]:
            (self.repo / path).unlink(missing_ok=True)
        write_files(self.repo, FILES)
        if (self.repo / "new").exists():
            (self.repo / "new").rmdir()
        (self.run / JOURNAL).unlink(missing_ok=True)
        for kept in [*(self.run / "kept").glob("*"), *self.repo.rglob(".*rooftree*")]:
            kept.unlink()

    def draft(self, *kinds: str) -> Draft:
        draft = Draft(self.snapshot)
        for kind in kinds:
            draft = draft.with_content(TARGETS[kind], ENDS[kind][1])
        # The last file of the change, whose turn comes after the others.
        return draft.with_content("z.py", b"z = 2\n")

    def apply(self, draft: Draft) -> Journal:
        return apply(draft, draft.digest, self.run, self.means)

    def undo(self) -> Journal:
        return undo(self.snapshot, self.journal(), self.run, self.means)

    def finish(self) -> Journal:
        return finish(self.snapshot, self.journal(), self.run, self.means)

    def journal(self) -> Journal:
        journal = Journal.load(self.run)
        assert journal is not None
        return journal

    def told(self, act: Callable[[], Journal]) -> str:
        """Do something and return all that a person is told of it."""
        try:
            return "\n".join(act().notes)
        except RooftreeError as error:
            return str(error)

    def content(self, path: str) -> bytes | None:
        place = self.repo / path
        return place.read_bytes() if place.exists() else None

    def strays(self) -> list[str]:
        """Return the names of what applying has left in the tree."""
        return [one.name for one in self.repo.rglob(".*rooftree*")]

    def find(self, data: bytes, told: str) -> str:
        """Say where somebody's bytes are: in the tree, in a file that was named, or lost."""
        for path in [*TARGETS.values(), "z.py"]:
            if self.content(path) == data:
                return "in the tree"
        places = [*(self.run / "kept").glob("*"), *self.repo.rglob(".*rooftree*")]
        named = [one for one in places if one.read_bytes() == data and one.name in told]
        return "kept and named" if named else f"lost or untold: {told!r}"


@dataclass(slots=True)
class Saver:
    """Somebody who saves one file at one moment, in one of the ways in which programs do."""

    place: Path
    way: str
    when: int = -1
    """The number of the moment; never where it is negative."""
    data: bytes = MINE
    saved: bool = False
    moments: list[str] = field(default_factory=list)
    _held: int | None = None

    def open(self) -> None:
        """Open the file before anything begins, for those who write late."""
        if self.way == "held" and self.place.exists():
            self._held = os.open(self.place, os.O_WRONLY)

    def close(self) -> None:
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def at(self, moment: str, path: str) -> None:
        if len(self.moments) == self.when:
            self.saved = self.save()
        self.moments.append(f"{moment} {path}")

    def save(self) -> bool:
        """Save now; False where this way of saving finds nothing to do."""
        ways = {
            "rename": self._by_rename,
            "in place": self._in_place,
            "held": self._late,
            "create": self._anew,
            "delete": self._removed,
        }
        return ways[self.way]()

    def _by_rename(self) -> bool:
        self.place.parent.mkdir(exist_ok=True)
        other = self.place.with_name("editor.tmp")
        other.write_bytes(self.data)
        other.replace(self.place)
        return True

    def _in_place(self) -> bool:
        if not self.place.exists():
            return False
        with self.place.open("r+b") as handle:
            handle.truncate()
            handle.write(self.data)
        return True

    def _late(self) -> bool:
        if self._held is None:
            return False
        os.ftruncate(self._held, 0)
        os.pwrite(self._held, self.data, 0)
        self.close()
        return True

    def _anew(self) -> bool:
        if self.place.exists():
            return False
        self.place.parent.mkdir(exist_ok=True)
        self.place.write_bytes(self.data)
        return True

    def _removed(self) -> bool:
        self.place.unlink(missing_ok=True)
        return True
