"""Which tests a Python project has, told by its files: suites, and what each needs to be run.

Which interpreter runs them, and with which runner, is for `setup` to find.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from tools.drafts.snapshot import Snapshot
from tools.projects.detection.python_settings import PythonSettings, read_settings
from tools.projects.operations import ProjectOperation
from tools.projects.results.reports import RunnerName
from tools.projects.suite import PythonSuite, is_inside
from tools.projects.test_file_names import TEST_FOLDERS, is_test_file

PYTEST_OPTIONS = (
    *("-q", "--no-header", "--color=no", "--tb=short"),
    # One file of tests that cannot be read must not keep all others from being run.
    *("-r", "fEpsxX", "-p", "no:cacheprovider", "--continue-on-collection-errors"),
    # Nor must a project's own `-x`: what has not run has not passed.
    "--maxfail=0",
)
RUNNERS: Mapping[RunnerName, tuple[str, ...]] = {
    "pytest": ("-m", "pytest", *PYTEST_OPTIONS),
    "django": ("manage.py", "test", "--noinput", "--testrunner", "rooftree_django.Runner"),
    "unittest": ("-m", "rooftree_unittest"),
}
PYTHON_FILES = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini", "requirements.txt"}
)
CONFIGURED_BY = ("pytest.ini", "pyproject.toml", "setup.cfg", "setup.py", "tox.ini")
NO_PARTS = TEST_FOLDERS | {"docs", "examples", "example", "fixtures", "vendor", "node_modules"}
"""Folders in which a configuration is a sample, and no part of the project."""
MAX_PARTS = 16
_IMPORTS_PYTEST = re.compile(r"^(?:import|from) pytest\b", re.MULTILINE)
_PYTESTS = re.compile(r"^(?:(?:async )?def test|class Test\w*+:)", re.MULTILINE)
_UNITTESTS = re.compile(r"^class \w++\(\w", re.MULTILINE)
_METHOD = re.compile(r"^[ \t]++(?:async )?def test", re.MULTILINE)


def is_python(names: frozenset[str]) -> bool:
    """Say whether a project is built or tested as Python."""
    marked = not PYTHON_FILES.isdisjoint(names)
    return marked or any(name.endswith(".py") and is_test_file(name) for name in names)


def python_operations(names: frozenset[str]) -> Iterator[ProjectOperation]:
    """Yield what a project with Python's files can have done; `setup` chooses among them."""
    if not any(name.endswith(".py") for name in names):
        return
    has_django = any(PurePosixPath(name).name == "manage.py" for name in names)
    for runner, words in RUNNERS.items():
        if runner != "django" or has_django:
            argv = ("{python}", *words, "{tests}")
            yield ProjectOperation(runner, "test", argv, runner, selects=True, needs_python=True)


def python_suites(snapshot: Snapshot) -> tuple[PythonSuite, ...]:
    """Return the suites of a project, the root's first; none where it has no Python."""
    python = [name for name in sorted(snapshot.files) if name.endswith(".py")]
    if not python:
        return ()
    tests = [name for name in python if is_test_file(name)]
    parts = _parts(snapshot, tests)
    found = [_suite(snapshot, folder, tests, parts) for folder in ("", *parts)]
    return tuple(one for one in found if one.tests) or (found[0],)


def _parts(snapshot: Snapshot, tests: Iterable[str]) -> tuple[str, ...]:
    """Return the folders below the root that their own configuration makes suites."""
    found: dict[str, None] = {}
    root = read_settings(snapshot, "")
    for test in tests:
        for folder in map(str, PurePosixPath(test).parents[:-1]):
            if not NO_PARTS.isdisjoint(folder.split("/")):
                continue
            if _is_part(snapshot, folder, root):
                found[folder] = None
                break
    return tuple(sorted(found)) if len(found) <= MAX_PARTS else ()


def _is_part(snapshot: Snapshot, folder: str, root: PythonSettings) -> bool:
    """Say whether tests are run from a folder: it has Django's script, or configures itself.

    Where the root configures pytest, a folder that is merely built apart is tested from the root.
    """
    there = {name for name in (*CONFIGURED_BY, "manage.py") if f"{folder}/{name}" in snapshot.files}
    if not there:
        return False
    settings = read_settings(snapshot, folder)
    if settings.configures_pytest or ("manage.py" in there and _is_django(snapshot, folder)):
        return True
    return not root.configures_pytest and settings.is_package


def _suite(
    snapshot: Snapshot, folder: str, tests: Sequence[str], parts: Sequence[str]
) -> PythonSuite:
    below = tuple(one for one in parts if one != folder and is_inside(one, folder))
    bare = PythonSuite(folder, parts=below)
    mine = tuple(test for test in tests if bare.holds(test))
    needs: list[str] = []
    can: list[str] = []
    for test in mine:
        text = snapshot.text(test)
        imports = _IMPORTS_PYTEST.search(text) is not None
        if imports or _PYTESTS.search(text):
            needs.append(test)
        if not imports and _UNITTESTS.search(text) and _METHOD.search(text):
            can.append(test)
    settings, src = read_settings(snapshot, folder), f"{folder}/src/".lstrip("/")
    has_src = any(name.startswith(src) and name.endswith(".py") for name in snapshot.files)
    inner = [src.rstrip("/")] if has_src else []
    return replace(
        bare,
        tests=mine,
        needs_pytest=tuple(needs),
        by_unittest=tuple(can),
        manage=_is_django(snapshot, folder),
        imports=tuple(dict.fromkeys([*settings.imports, *inner, folder, ""])),
        variables=settings.variables,
    )


def _is_django(snapshot: Snapshot, folder: str) -> bool:
    text = snapshot.content(f"{folder}/manage.py".lstrip("/")) or b""
    return b"DJANGO_SETTINGS_MODULE" in text or b"execute_from_command_line" in text
