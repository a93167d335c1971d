"""Folders outside /usr that a program needs to run: interpreters and virtual environments.

They are shown to contained programs read-only, so what is named here is shown to foreign code: a
`pyvenv.cfg` inside a repository may name any folder, and only what looks like an installation of
Python, and holds nobody's home or state, is believed.
"""

import os
import sys
from pathlib import Path

from rooftree.errors import UsageError
from tools.sandbox.execution import Executor

SYSTEM = Path("/usr")


def own_python() -> tuple[Path, ...]:
    """Return what rooftree's own interpreter needs: its environment and the one under it."""
    folders = (Path(sys.prefix), Path(sys.base_prefix))
    return _outside_system(folders)


def python_of(executor: Executor) -> tuple[str, tuple[Path, ...]]:
    """Return rooftree's own interpreter as an executor finds it, and what it has to be shown."""
    return (sys.executable, own_python()) if executor.shares_host else ("python3", ())


def of_environment(venv: Path) -> tuple[Path, ...]:
    """Return what a virtual environment needs; raises UsageError where it is none."""
    settings = _settings(venv / "pyvenv.cfg")
    home = Path(settings.get("home", ""))
    if not home.is_absolute():
        raise UsageError(
            f"{str(venv)!r} is no virtual environment: its pyvenv.cfg names no absolute `home`; "
            "make one with `python -m venv`"
        )
    base = Path(os.path.realpath(home)).parent
    if not is_python(base):
        raise UsageError(
            f"{str(venv)!r} names {str(base)!r} as its Python, which is no installation of Python"
        )
    return _outside_system((Path(os.path.realpath(venv)), base))


def is_python(prefix: Path) -> bool:
    """Say whether a folder is an installation of Python and nobody's home besides."""
    try:
        standard = [found for found in (prefix / "lib").glob("python3*/os.py") if found.is_file()]
        homes = {Path.home().resolve(), Path("/home"), Path("/root"), Path("/")}
    except (OSError, RuntimeError):
        return False
    holds_home = any(home == prefix or home.is_relative_to(prefix) for home in homes)
    return bool(standard) and not holds_home


def _outside_system(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    """Leave out what every contained program sees anyway, and what lies in another of them."""
    wanted = [folder for folder in dict.fromkeys(folders) if not folder.is_relative_to(SYSTEM)]
    return tuple(
        folder
        for folder in wanted
        if not any(folder != other and folder.is_relative_to(other) for other in wanted)
    )


def _settings(path: Path) -> dict[str, str]:
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return {}
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}
