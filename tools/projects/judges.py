"""Files that decide what the tests say: a change that touches one of them cannot prove itself.

They are the tests that were there with all that lies beside them, what configures the runner, and
new modules that the runner would import instead of its own. A new test is none: who adds one
proves nothing by it, and takes nothing away. What the code under test does to the runner from
within, when it is imported, is not seen here.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from tools.projects.names import TEST_FOLDERS, is_test_file

CONFIGURATIONS = frozenset(
    [
        *("conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini"),
        *("setup.cfg", "pyproject.toml", ".coveragerc", "package.json", "makefile", "cargo.toml"),
        *("go.mod", "pom.xml"),
    ]
)
BEGINNINGS = ("jest.config.", "vitest.config.", "karma.conf.", ".mocharc", "babel.config.")
INSTALLED = frozenset({"node_modules", "site-packages", ".venv", "venv"})
RUNNERS = frozenset(
    {"pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "exceptiongroup"}
)


def judges(paths: Iterable[str], known: Mapping[str, object]) -> tuple[str, ...]:
    """Return those of the changed paths that decide what the tests say; `known` were there."""
    return tuple(path for path in paths if _decides(path, is_new=path not in known))


def _decides(path: str, *, is_new: bool) -> bool:
    *folders, name = path.lower().split("/")
    if name in CONFIGURATIONS or name.startswith(BEGINNINGS) or not INSTALLED.isdisjoint(folders):
        return True
    if is_new:
        # A helper in a folder of tests is found before the module under test of the same name.
        return _shadows(path) or (not TEST_FOLDERS.isdisjoint(folders) and not is_test_file(path))
    return is_test_file(path) or not TEST_FOLDERS.isdisjoint(folders)


def _shadows(path: str) -> bool:
    """Say whether a new file is a module that Python finds before one of the runner's."""
    place = PurePosixPath(path.removeprefix("src/"))
    if place.suffix != ".py":
        return False
    module, *inner = place.with_suffix("").parts
    return (not inner or inner == ["__init__"]) and (
        module in RUNNERS or module in sys.stdlib_module_names
    )
