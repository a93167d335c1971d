"""What a person may take for the environment that his tests run in, and why they do not.

It is told where the tests run elsewhere: there the project's dependencies may be missing, and a
test that fails by that tells nothing of a change.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from tools.projects.environments.python import ENVIRONMENTS, is_ours
from tools.sandbox.process.toolchains import is_environment

CONDA = "conda-meta"
MARKS = ("bin", "Scripts", CONDA)
"""What an environment has in it, whoever made it."""


def unusable(root: Path, folder: str, environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return what is no environment of Python's though it looks like one, and why, in words."""
    found = [*_in_folders(root, folder), *_active(environ)]
    return tuple(dict.fromkeys(found))


def _in_folders(root: Path, folder: str) -> Iterator[str]:
    for base in dict.fromkeys((root / folder, root)):
        for name in ENVIRONMENTS:
            place = base / name
            looks_so = name == ENVIRONMENTS[0] or any(
                os.path.lexists(place / mark) for mark in MARKS
            )
            if looks_so and os.path.lexists(place) and not is_environment(place):
                yield f"{str(place.relative_to(root))!r} {_why(place)}"


def _active(environ: Mapping[str, str]) -> Iterator[str]:
    active, conda = environ.get("VIRTUAL_ENV", ""), environ.get("CONDA_PREFIX", "")
    if active and not (active.startswith("/") and is_environment(Path(active))):
        yield f"VIRTUAL_ENV, {active!r}, {_why(Path(active))}"
    if conda and not is_environment(Path(conda)) and not is_ours(Path(conda)):
        yield f"CONDA_PREFIX, {conda!r}, {_why(Path(conda))}"


def _why(place: Path) -> str:
    if not place.is_absolute():
        return "is no absolute path"
    if (place / CONDA).is_dir():
        return "is conda's, whose environments are not used"
    if not place.exists():
        return "leads nowhere" if place.is_symlink() else "is not there"
    return "has no pyvenv.cfg" if place.is_dir() else "is a file and no environment"
