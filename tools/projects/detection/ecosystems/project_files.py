"""What detection looks at: the names of a repository's files, and the few that say how to test."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tools.drafts.snapshot import Snapshot
from tools.projects.operations import OperationKind, ProjectOperation

MAX_FOLDERS = 200
"""Packages of one repository that are looked at."""
NOT_OURS = frozenset({"node_modules", "vendor", "third_party", "testdata", "fixtures", "deps"})
MAX_READ = 256 << 10
"""Characters of a file that are looked into."""


@dataclass(frozen=True)
class ProjectFiles:
    """The files of one repository."""

    snapshot: Snapshot

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(self.snapshot.files)

    def folders_with(self, *markers: str) -> list[str]:
        """Return the folders that hold a file of such a name, the root first."""
        found = {
            name.removesuffix(marker).rstrip("/")
            for marker in markers
            for name in self.names
            if f"/{name}".endswith(f"/{marker}")
        }
        return self._ours(found)

    def folders_ending(self, *endings: str) -> list[str]:
        """Return the folders that hold a file whose name ends so, the root first."""
        return self._ours(
            {name.rpartition("/")[0] for name in self.names if name.endswith(endings)}
        )

    def _ours(self, folders: Iterable[str]) -> list[str]:
        """Leave out what is copied or a sample."""
        ours = (one for one in folders if NOT_OURS.isdisjoint(one.split("/")))
        return sorted(ours, key=lambda one: (one.count("/") + bool(one), one))[:MAX_FOLDERS]

    def has(self, folder: str, *names: str) -> bool:
        """Say whether a folder holds one of these files."""
        return any(f"{folder}/{name}".lstrip("/") in self.names for name in names)

    def has_up(self, folder: str, *names: str) -> bool:
        """Say whether a folder, or one that it lies in, holds one of these files."""
        return any(self.has(one, *names) for one in upwards(folder))

    def text(self, folder: str, name: str) -> str:
        return self.snapshot.text(f"{folder}/{name}".lstrip("/"))[:MAX_READ]

    def below(self, folder: str, *endings: str) -> bool:
        """Say whether a file in or below a folder ends so."""
        inside = f"{folder}/" if folder else ""
        return any(name.startswith(inside) and name.endswith(endings) for name in self.names)


def upwards(folder: str) -> Iterator[str]:
    """Yield a folder and those that it lies in, to the root."""
    while folder:
        yield folder
        folder = folder.rpartition("/")[0]
    yield ""


def outermost(folders: Iterable[str]) -> list[str]:
    """Return the folders that lie in none of the others: a build goes into its modules itself."""
    found: list[str] = []
    for folder in folders:
        if not any(not one or folder.startswith(f"{one}/") for one in found):
            found.append(folder)
    return found


def operation(
    name: str,
    kind: OperationKind,
    argv: Sequence[str],
    folder: str,
    **more: Any,
) -> ProjectOperation:
    """Return an operation that is run in a folder, and is named by it."""
    named = f"{name} ({folder})" if folder else name
    return ProjectOperation(named, kind, tuple(argv), folder=folder, **more)
