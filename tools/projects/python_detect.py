"""Which tests a Python project has, told by its files."""

from collections.abc import Iterator

from tools.projects.names import is_test_file
from tools.projects.operations import Operation

PYTEST_OPTIONS = (
    *("-q", "--no-header", "--color=no", "--tb=short"),
    # One file of tests that cannot be read must not keep all others from being run.
    *("-r", "fEpsxX", "-p", "no:cacheprovider", "--continue-on-collection-errors"),
    # Nor must a project's own `-x`: what has not run has not passed.
    "--maxfail=0",
)
PYTHON_FILES = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini", "requirements.txt"}
)


def import_folders(names: frozenset[str]) -> tuple[str, ...]:
    """Return where Python finds the project's own packages, relative to its root."""
    has_src = any(name.startswith("src/") and name.endswith(".py") for name in names)
    return ("src", "") if has_src else ("",)


def is_python(names: frozenset[str]) -> bool:
    """Say whether a project is built or tested as Python."""
    marked = not PYTHON_FILES.isdisjoint(names)
    return marked or any(name.endswith(".py") and is_test_file(name) for name in names)


def python_operations(names: frozenset[str]) -> Iterator[Operation]:
    """Yield what a project with Python's files can have done."""
    if not any(name.endswith(".py") for name in names):
        return
    python = "{python}"
    pytest = (python, "-m", "pytest", *PYTEST_OPTIONS, "{tests}")
    unittest = (python, "-m", "unittest", "-v", "{tests}")
    # pytest runs unittest's tests as well; without it, unittest is always there.
    yield Operation("pytest", "test", pytest, "pytest", selects=True, needs_python=True)
    yield Operation("unittest", "test", unittest, "unittest", selects=True, needs_python=True)
