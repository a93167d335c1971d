"""What lies outside /usr and a program needs to run: interpreters and virtual environments.

It is shown to contained programs read-only, so what is named here is shown to foreign code. A
`pyvenv.cfg` inside a repository may name any folder, so only what looks like an installation of
Python, holds no home folder and is no part of the repository is trusted; and of an installation no
more is shown than Python looks into.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from rooftree.confined_files import read_beneath
from rooftree.errors import ToolRefusedError, UsageError
from tools.sandbox.process.execution import Executor

SYSTEM = Path("/usr")
SETTINGS = "pyvenv.cfg"
MAX_SETTINGS_BYTES = 64 << 10
PARTS = (SETTINGS, "bin", "lib", "lib64", "include", "share")
"""What Python and its packages look into; beside them users keep sources, caches and projects."""


def own_python() -> tuple[Path, ...]:
    """Return what rooftree's own interpreter needs: its environment and the one under it."""
    prefixes = dict.fromkeys((Path(sys.prefix), Path(sys.base_prefix)))
    return _outside_system(part for prefix in prefixes for part in _parts(prefix))


def python_of(executor: Executor) -> tuple[str, tuple[Path, ...]]:
    """Return rooftree's own interpreter as an executor finds it, and what it has to be shown."""
    return (sys.executable, own_python()) if executor.shares_host else ("python3", ())


def is_environment(place: Path) -> bool:
    """Say whether a folder, or what a link leads to, calls itself a virtual environment."""
    return os.path.lexists(place / SETTINGS)


def of_environment(venv: Path, ground: frozenset[str] = frozenset()) -> tuple[Path, ...]:
    """Return what a virtual environment needs; raises UsageError where it is none.

    `ground` are the folders of the repository: its files may not pass for an installation of
    Python, and none of them is shown but the environment's own.
    """
    real = Path(os.path.realpath(venv))
    home = Path(_settings(real).get("home", ""))
    if not home.is_absolute() or "\0" in str(home):
        raise UsageError(
            f"{str(venv)!r} is no virtual environment: its pyvenv.cfg names no absolute `home`; "
            "make one with `python -m venv`"
        )
    base = Path(os.path.realpath(home)).parent
    if not is_python(base) or lies_on(base, ground) or holds(base, ground):
        raise UsageError(
            f"{str(venv)!r} names {str(base)!r} as its Python, which is no installation of Python "
            "outside the repository; make one with `python -m venv`"
        )
    # Its program may go to the Python by way of a link, which has to be there as well.
    bases = dict.fromkeys((base, Path(os.path.normpath(home)).parent))
    parts = (part for one in bases for part in _parts(one) if _leads_into(part, base))
    return _outside_system([*_own_parts(venv, real), *parts])


def is_python(prefix: Path) -> bool:
    """Say whether a folder is an installation of Python and no home folder."""
    try:
        standard = [found for found in (prefix / "lib").glob("python3*/os.py") if found.is_file()]
    except OSError:
        return False
    return bool(standard) and not holds_home(prefix)


def holds_home(prefix: Path) -> bool:
    """Say whether a folder is a home folder, or has one in it."""
    try:
        homes = {Path.home().resolve(), Path("/home"), Path("/root"), Path("/")}
    except (OSError, RuntimeError):
        return True
    return any(home == prefix or home.is_relative_to(prefix) for home in homes)


def lies_on(place: Path, ground: frozenset[str]) -> bool:
    """Say whether a folder is one of the repository's, or lies in one."""
    return any(place.is_relative_to(one) for one in ground)


def holds(place: Path, ground: frozenset[str]) -> bool:
    """Say whether a folder is one of the repository's, or has one in it."""
    return any(Path(one).is_relative_to(place) for one in ground)


def _parts(prefix: Path) -> Iterator[Path]:
    yield from (prefix / name for name in PARTS if os.path.lexists(prefix / name))


def _leads_into(part: Path, base: Path) -> bool:
    """Say whether what is at a place belongs to an installation, or to the system.

    Only `bin` has to be a Python's for `home` to name it: beside a link to that lies anything.
    """
    real = Path(os.path.realpath(part))
    return real.is_relative_to(base) or real.is_relative_to(SYSTEM)


def _own_parts(venv: Path, real: Path) -> Iterator[Path]:
    """Yield the parts of an environment; what is shown of it may not be a link to elsewhere."""
    for part in _parts(real):
        if not Path(os.path.realpath(part)).is_relative_to(real):
            raise UsageError(
                f"{part.name!r} in {str(venv)!r} leads out of it; make the environment anew with "
                "`python -m venv`"
            )
        yield part


def _outside_system(folders: Iterator[Path] | list[Path]) -> tuple[Path, ...]:
    """Leave out what every contained program sees anyway, and what lies in another of them."""
    wanted = [folder for folder in dict.fromkeys(folders) if not folder.is_relative_to(SYSTEM)]
    return tuple(
        folder
        for folder in wanted
        if not any(folder != other and folder.is_relative_to(other) for other in wanted)
    )


def _settings(real: Path) -> dict[str, str]:
    """Read an environment's settings; what is no regular file, such as a FIFO, has none."""
    try:
        text = read_beneath(real, SETTINGS, MAX_SETTINGS_BYTES).data.decode("utf-8", "replace")
    except (OSError, ToolRefusedError):
        return {}
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}
