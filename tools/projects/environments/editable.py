"""Packages that an environment has from the repository itself ("editable" installs).

What pip leaves in the environment for them names folders of the user's own tree, which no test ever
sees: at their places the sandbox shows the copy in which tests run.
"""

import os
import re
from pathlib import Path

from rooftree.confined_files import read_beneath
from rooftree.errors import ToolRefusedError, UsageError
from tools.sandbox.process.execution import WORKSPACE
from tools.sandbox.process.mount_points import can_stand_at

MAX_POINTER_BYTES = 1 << 20
POINTERS = ("*.pth", "*.egg-link", "__editable__*.py", "_*editable*.py")
"""Path files; and the finders that setuptools, hatch, scikit-build and meson write."""
ENDS = (b"/", b"\n", b"\r", b"'", b'"')
"""What follows a folder's name where it is not the beginning of another's."""
_IN_A_NAME = re.compile(rb"[\w./~-]")
"""What a folder's name follows where it is the end of another's."""


def aliases_of(environment: Path, root: Path, ground: frozenset[str]) -> tuple[Path, ...]:
    """Return those folders of a repository that an environment's packages are looked for in.

    `ground` are the folders that belong to the repository; the outermost worktrees are returned.
    Raises UsageError for one in whose place the copy cannot be shown: what is installed from there
    would be tested as it is on the machine, without the change.
    """
    told = b"\n".join([*_pointers(environment), b""])
    named = [one for one in sorted(ground) if _is_worktree(one, root) and _is_named(one, told)]
    outermost = [
        Path(one)
        for one in named
        if not any(one != other and one.startswith(f"{other}/") for other in named)
    ]
    for one in outermost:
        if one != Path(WORKSPACE) and not can_stand_at(one):
            raise UsageError(
                f"{str(environment)!r} has packages installed from {str(one)!r}, a folder of the "
                "system at which tests cannot be shown a copy; move the repository elsewhere, and "
                "install them anew"
            )
    return tuple(one for one in outermost if one != Path(WORKSPACE))


def _is_worktree(folder: str, root: Path) -> bool:
    """Say whether a folder is one; files of the repository may pass for git's and name others."""
    return folder in (str(root), os.path.realpath(root)) or os.path.lexists(f"{folder}/.git")


def _is_named(folder: str, told: bytes) -> bool:
    name = os.fsencode(folder)
    begin = told.find(name)
    while begin >= 0:
        before, after = told[max(begin - 1, 0) : begin], told[begin + len(name) :][:1]
        if after in ENDS and not _IN_A_NAME.fullmatch(before):
            return True
        begin = told.find(name, begin + 1)
    return False


def _pointers(environment: Path) -> list[bytes]:
    found = []
    for packages in environment.glob("lib/python3*/site-packages"):
        for pattern in POINTERS:
            for place in sorted(packages.glob(pattern)):
                try:
                    found.append(read_beneath(packages, place.name, MAX_POINTER_BYTES).data)
                except (OSError, ToolRefusedError):
                    continue
    return found
