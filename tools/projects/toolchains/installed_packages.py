"""Packages that the user installed into the checkout, and git does not have.

A folder of them is shown where it lies beside the file that names it and is a folder of its own. A
link could lead to any folder of the machine, so none is followed.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from tools.drafts.snapshot import Snapshot
from tools.sandbox.process.execution import WORKSPACE, ReadOnlyMount

MAX_FOLDERS = 64

Shown = tuple[tuple[ReadOnlyMount, ...], tuple[str, ...]]
"""The folders that are shown, and what is said of those that are not."""


def installed_packages(snapshot: Snapshot, marker: str, packages: str, command: str) -> Shown:
    """Return the folders `packages` beside each `marker`; `command` makes one anew."""
    shown, notes = [], []
    root = Path(os.path.realpath(snapshot.root))
    for folder in _folders(snapshot.files, marker):
        path = f"{folder}/{packages}".lstrip("/")
        place = root / path
        if not os.path.lexists(place) or _is_of_repository(snapshot, path):
            continue  # what git has of it is in the copy
        if Path(os.path.realpath(place)) == place and place.is_dir():
            shown.append(ReadOnlyMount(place, f"{WORKSPACE}/{path}"))
        else:
            notes.append(
                f"{path!r} is a link, or lies behind one, and is not shown to the tests; install "
                f"the packages there (`{command}`)"
            )
    return tuple(shown), tuple(notes)


def _folders(names: Iterable[str], marker: str) -> list[str]:
    marked = (name for name in names if name.rpartition("/")[2] == marker)
    folders = {"", *(name.rpartition("/")[0] for name in marked)}
    return sorted(folders, key=lambda one: (one.count("/"), one))[:MAX_FOLDERS]


def _is_of_repository(snapshot: Snapshot, path: str) -> bool:
    inside = f"{path}/"
    return any(
        name == path or name.startswith(inside)
        for names in (snapshot.files, snapshot.links)
        for name in names
    )
