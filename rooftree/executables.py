"""Find the machine's programs on PATH, and never one that a repository brings along.

PATH often names folders of the project at hand (`node_modules/.bin`, `.venv/bin`, a `bin` that
direnv added), and the repository's author wrote what lies there: a `git` among it would be
run by a user who only wants to read the repository. So entries inside the repository's folders are
dropped, whatever their owner. It knows where git keeps its folders, and asks no git for it: this is
decided before git runs first.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from rooftree.confined_files import read_beneath
from rooftree.errors import ToolRefusedError

MAX_POINTER_BYTES = 8192
"""Bytes of a file that says where another folder is."""
PARTS_OF_GIT = ("HEAD", "objects", "refs")
"""What makes a folder one of git's."""
MAX_STEPS = 4096
"""Folders and links on the way to a program; links that turn in a circle have no end."""


def repository_folders(folder: Path, *, outer: bool = True) -> frozenset[str]:
    """Return the folders whose content belongs to the repository around a folder, and itself.

    These are, by their real paths: every worktree around it (a repository may lie in another, which
    is left out without `outer`), the folders that their `.git` leads to, and all worktrees of the
    same repository. The root of the file system is left out: below it lie the machine's own
    programs too.
    """
    named = Path(os.path.abspath(folder))  # noqa: PTH100 - as it was named, links and all
    real = Path(os.path.realpath(folder))
    ground = {str(named), str(real)}
    for start in (named, real):
        for around in (start, *start.parents):
            if os.path.lexists(around / ".git"):
                ground |= {str(around), *map(str, _repository(_git_folder(around)))}
                if not outer:
                    break
            # Where git compares commits, it runs in its own folder, whose worktrees lie elsewhere.
            if all(os.path.lexists(around / part) for part in PARTS_OF_GIT):
                ground |= {str(around), *map(str, _repository(around))}
    return frozenset(ground - {os.sep})


def trusted_path(path: str, ground: frozenset[str]) -> str:
    """Return a PATH without entries that are relative or lie inside those folders."""
    entries = (entry for entry in path.split(os.pathsep) if entry.startswith("/"))
    return os.pathsep.join(entry for entry in entries if not _lies_on(entry, ground))


def find_program(name: str, path: str, ground: frozenset[str]) -> str | None:
    """Return the first program of that name on a trusted PATH that is no link to that ground."""
    for entry in path.split(os.pathsep):
        found = shutil.which(name, path=entry) if entry else None
        if found is not None and not _lies_on(found, ground):
            return found
    return None


def _lies_on(place: str, ground: frozenset[str]) -> bool:
    """Say whether the way to a place leads over that ground, wherever it ends."""
    return any(way == one or way.startswith(f"{one}/") for way in _ways(place) for one in ground)


def _ways(place: str) -> Iterator[str]:
    """Yield a place as it is named, and whatever is passed on the way that its links lead.

    Its end alone does not tell whose it is: `~/code/shop/bin`, where `~/code` is a link, ends
    wherever the repository has its `bin` lead.
    """
    yield os.path.normpath(place)
    here, ahead = "/", place.split("/")[::-1]
    for _ in range(MAX_STEPS):
        if not ahead:
            return
        # All links up to here are resolved, so that `..` means the folder that it is written in.
        here = os.path.normpath(f"{here}/{ahead.pop()}")
        yield here
        with suppress(OSError):
            target = os.readlink(here)  # noqa: PTH115 - text
            ahead += target.split("/")[::-1]
            here = "/" if target.startswith("/") else os.path.normpath(f"{here}/..")


def _repository(git_folder: Path | None) -> Iterator[Path]:
    """Yield the folders of git that belong to one, and every worktree of the same repository."""
    if git_folder is None:
        return
    common = _pointed_to(git_folder, "commondir") or git_folder
    yield from (git_folder, common)
    # A submodule's lies deeper, and the worktree around it is that of the repository it is part of.
    yield from (place.parent for place in (common, *common.parents) if place.name == ".git")
    with suppress(OSError):
        for linked in os.scandir(common / "worktrees"):
            pointer = _pointed_to(Path(linked.path), "gitdir")
            if pointer is not None:
                yield pointer.parent


def _git_folder(worktree: Path) -> Path | None:
    """Return the folder that `.git` is, or that it names as a file."""
    place = Path(os.path.realpath(worktree / ".git"))
    return place if place.is_dir() else _pointed_to(place.parent, place.name, "gitdir:")


def _pointed_to(folder: Path, name: str, mark: str = "") -> Path | None:
    """Return the real path that a small file names, relative to its folder; None where it does not.

    What stands there may be anything, such as a FIFO that never answers.
    """
    try:
        told = os.fsdecode(read_beneath(folder, name, MAX_POINTER_BYTES).data)
        named = told.removeprefix(mark).strip()
        return Path(os.path.realpath(folder / named)) if named else None
    except (OSError, ValueError, ToolRefusedError):
        return None
