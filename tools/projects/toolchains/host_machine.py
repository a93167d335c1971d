"""The user's machine: which of its programs and folders a contained command may see.

A project's files never name a folder here. They may choose a version among those that are
installed, and no more; what lies on the repository's own ground is no part of the machine.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rooftree.confined_files import read_beneath
from rooftree.errors import ToolRefusedError
from rooftree.executables import find_program, repository_folders, trusted_path
from tools.sandbox.process.execution import ReadOnlyMount
from tools.sandbox.process.toolchains import SYSTEM, holds, holds_home, lies_on

PLACES = ("/usr/local/bin", "/usr/bin", "/bin")
"""Where every contained program looks for others."""
MAX_FILE_BYTES = 64 << 10
MAX_ENTRIES = 512
"""Folders of one cache or of one place for toolchains; a larger one is not looked through."""


@dataclass(frozen=True, slots=True)
class ToolchainAccess:
    """What the commands of one kind need beside what every contained program sees."""

    toolchains: tuple[Path, ...] = ()
    shown: tuple[ReadOnlyMount, ...] = ()
    path: tuple[str, ...] = ()
    """Folders of programs that come first on PATH."""
    environment: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    lacks: str = ""
    """Why the commands cannot be run at all."""
    aliases: tuple[Path, ...] = ()
    """Places of the machine at which packages look for the repository."""

    def with_more(self, other: "ToolchainAccess") -> "ToolchainAccess":
        """Return what both need; where they differ in a variable this one's holds."""
        return ToolchainAccess(
            tuple(dict.fromkeys([*self.toolchains, *other.toolchains])),
            tuple(dict.fromkeys([*self.shown, *other.shown])),
            tuple(dict.fromkeys([*self.path, *other.path])),
            {**other.environment, **self.environment},
            tuple(dict.fromkeys([*self.notes, *other.notes])),
            aliases=tuple(dict.fromkeys([*self.aliases, *other.aliases])),
        )

    def variables(self) -> dict[str, str]:
        """Return the environment, with PATH where it is another than everybody's."""
        path = {"PATH": ":".join((*self.path, *PLACES))} if self.path else {}
        return {**path, **self.environment}


@dataclass(frozen=True, slots=True)
class HostMachine:
    """The user's home and environment, and the folders that belong to the repository."""

    home: Path
    environ: Mapping[str, str]
    ground: frozenset[str] = frozenset()

    @classmethod
    def of(cls, root: Path) -> "HostMachine":
        """Look at this machine from a repository."""
        # A home folder in git puts its toolchains inside an outer repository: not in this one.
        return cls(Path(os.path.expanduser("~")), os.environ, repository_folders(root, outer=False))  # noqa: PTH111

    def named(self, variable: str, default: str) -> Path:
        """Return the folder that a variable of the user names, or one of his home."""
        told = self.environ.get(variable, "")
        return Path(told) if told.startswith("/") else self.home / default

    def may_show(self, place: Path) -> bool:
        """Say whether a folder, by its real path, is neither the repository's nor a home."""
        shared = {self.home, self.home / ".local", Path("/usr/local")}
        if place in {Path(os.path.realpath(one)) for one in shared} or holds_home(place):
            return False
        return not lies_on(place, self.ground) and not holds(place, self.ground)

    def program(self, name: str) -> Path | None:
        """Return the real path of the program that the user's own PATH finds first."""
        path = trusted_path(self.environ.get("PATH", ""), self.ground)
        found = find_program(name, path, self.ground)
        return Path(os.path.realpath(found)) if found is not None else None

    def installation(
        self, name: str, known: Iterable[Path], is_one: Callable[[Path], bool]
    ) -> Path | None:
        """Return the folder of an installation that has a program in its `bin`.

        The user's PATH decides; where it leads to a program that only starts another, as those of
        rustup, volta and asdf do, or to none, the places are looked at where they are kept.
        """
        first = self.program(name)
        if first is not None and first.is_relative_to(SYSTEM):
            return first.parent.parent
        tried = [first.parent.parent] if first is not None else []
        for place in (*tried, *known):
            real = Path(os.path.realpath(place))
            if is_one(real) and self.may_show(real):
                return real
        return None

    def folders(self, place: Path) -> Iterator[Path]:
        """Yield the folders in a place, in the order of their names; of too many, none."""
        try:
            found = sorted(one.name for one in os.scandir(place) if one.is_dir())
        except OSError:
            return
        if len(found) <= MAX_ENTRIES:
            yield from (place / name for name in found)

    def read(self, folder: Path, name: str) -> str:
        """Return the text of a small file of the user; "" where there is none."""
        try:
            return read_beneath(folder, name, MAX_FILE_BYTES).data.decode("utf-8", "replace")
        except (OSError, ValueError, ToolRefusedError):
            return ""


def access(
    prefix: Path | None,
    names: Iterable[str],
    shown: Sequence[ReadOnlyMount] = (),
    environment: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> ToolchainAccess:
    """Return what an installation needs: its parts, and its programs where not on every PATH.

    With no installation it is what else has to be shown.
    """
    found: tuple[Path, ...] = ()
    path: tuple[str, ...] = ()
    if prefix is not None and not prefix.is_relative_to(SYSTEM):
        places = (prefix / name for name in names)
        # What is there and does not lead out of it.
        found = tuple(one for one in places if one.exists() and is_inside(one, prefix))
    if prefix is not None and str(prefix / "bin") not in PLACES:
        path = (str(prefix / "bin"),)
    return ToolchainAccess(found, tuple(shown), path, environment or {}, tuple(notes))


def is_inside(place: Path, real: Path) -> bool:
    """Say whether a place leads into a folder that is known by its real path."""
    return Path(os.path.realpath(place)).is_relative_to(real)
