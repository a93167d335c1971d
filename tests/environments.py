"""Virtual environments of made-up projects: real ones, with pytest in them or without.

Nothing is fetched: pytest is taken from where the tests themselves run.
"""

import atexit
import os
import shutil
import sys
import tempfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tests.hostile.users import PACKAGES

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"


def environment(place: Path) -> Path:
    """Make what `python -m venv --without-pip` makes, without starting a program for it."""
    base = Path(sys.base_prefix)
    packages_of(place).mkdir(parents=True)
    (place / "bin").mkdir()
    for name in ("python", "python3", VERSION):
        (place / "bin" / name).symlink_to(base / "bin" / VERSION)
    settings = f"home = {base / 'bin'}\ninclude-system-site-packages = false\nversion = 3\n"
    (place / "pyvenv.cfg").write_text(settings)
    return place


def packages_of(place: Path) -> Path:
    """Return where an environment's packages lie."""
    return place / "lib" / VERSION / "site-packages"


def with_pytest(place: Path) -> Path:
    """Make an environment in which pytest is installed."""
    shutil.copytree(
        _packages(), packages_of(environment(place)), copy_function=os.link, dirs_exist_ok=True
    )
    return place


@cache
def _packages() -> Path:
    """Copy pytest and what it needs once; environments share the files."""
    folder = Path(tempfile.mkdtemp(prefix="rooftree-tests-pytest-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in PACKAGES:
        found = find_spec(name)
        assert found is not None
        assert found.origin is not None
        origin = Path(found.origin)
        if origin.name == "__init__.py":
            shutil.copytree(origin.parent, folder / name)
        else:
            shutil.copy(origin, folder)
    return folder
