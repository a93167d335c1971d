"""Which tests and checks a project has, told by its files: named operations with fixed arguments.

The arguments are ours and never a string that the project or a model wrote; what its files may
decide is which of them there are.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from tools.projects.reports import Runner
from tools.snapshot import Snapshot

Kind = Literal["test", "lint", "build"]

PYTEST_OPTIONS = (
    *("-q", "--no-header", "--color=no", "--tb=short"),
    # One file of tests that cannot be read must not keep all others from being run.
    *("-r", "fEpsxX", "-p", "no:cacheprovider", "--continue-on-collection-errors"),
    # Nor must a project's own `-x`: what has not run has not passed.
    "--maxfail=0",
)
_TEST_FILE = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|tests?)\.py$")
PYTHON_FILES = frozenset(
    {"pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini", "requirements.txt"}
)
TEST_FOLDERS = frozenset({"test", "tests", "__tests__", "spec"})
_MAKE_TARGET = re.compile(r"^(test|check|lint)\s*:(?!=)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a project can have done: `{tests}` in its arguments stands for test names."""

    name: str
    kind: Kind
    argv: tuple[str, ...]
    runner: Runner = "other"
    selects: bool = False
    """Whether single tests can be named."""
    needs_python: bool = False

    def command(self, tests: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the arguments, with these tests or with all."""
        if self.needs_python:
            # Where none is left, the runner is to refuse them rather than to run all others.
            tests = tuple(one for one in tests if not _is_other_file(one)) or tests
        if self.runner == "unittest":
            tests = tuple(map(_dotted, tests))
        filled: list[str] = []
        for part in self.argv:
            filled += tests if part == "{tests}" else (part,)
        return tuple(filled)


@dataclass(frozen=True, slots=True)
class Project:
    """What was found in a repository; operations of one kind are in the order of preference."""

    operations: tuple[Operation, ...]
    test_files: tuple[str, ...]
    """Those that its runner can be given: data that lie beside tests are none."""
    import_folders: tuple[str, ...] = ("",)
    """Where Python finds the project's own packages, relative to its root."""

    @property
    def has_tests(self) -> bool:
        """Whether it has tests as far as its files tell; Rust's stand in the code itself."""
        apart = any(one.runner in ("go", "cargo") for one in self.operations)
        return bool(self.test_files) or apart

    def first(self, kind: Kind) -> Operation | None:
        return next((one for one in self.operations if one.kind == kind), None)

    def named(self, name: str) -> Operation | None:
        return next((one for one in self.operations if one.name == name), None)


def _is_other_file(test: str) -> bool:
    """Say whether a test is named by a file that no runner of Python's can be given."""
    suffix = PurePosixPath(test).suffix
    is_path = "/" in test or test.endswith("_test.go")
    return is_path and ".py" not in test and suffix != "" and is_test_file(test)


def _dotted(test: str) -> str:
    """Return a test's name as unittest wants it: `tests/test_a.py::A::test_b` by its module."""
    path, *names = test.split("::")
    module = path.removesuffix(".py").replace("/", ".") if path.endswith(".py") else path
    return ".".join([module, *names])


def detect(snapshot: Snapshot) -> Project:
    """Look at a snapshot's names, and into the few files that say how to test."""
    names = frozenset(snapshot.files)
    python = list(_python(names))
    others = [*_node(snapshot, names), *_by_marker(names), *_make(snapshot, names)]
    # A script or two in a project of another language are not what its tests are about.
    first = _is_python(names) or not any(one.kind == "test" for one in others)
    operations = [*python, *others] if first else [*others, *python]
    python_only = bool(python) and first
    tests = tuple(
        sorted(
            name
            for name in names
            if is_test_file(name) and (name.endswith(".py") or not python_only)
        )
    )
    has_src = any(name.startswith("src/") and name.endswith(".py") for name in names)
    return Project(tuple(operations), tests, ("src", "") if has_src else ("",))


def is_test_file(path: str) -> bool:
    """Say whether a file holds tests or what they read, by its name and where it lies."""
    if _TEST_FILE.search(path):
        return True
    folders, _, name = path.rpartition("/")
    in_tests = not TEST_FOLDERS.isdisjoint(folders.split("/"))
    stem = name.partition(".")[0]
    other = name.endswith(("_test.go", "Test.java", "Tests.cs", "_spec.rb", "_test.exs"))
    script = ".test." in name or ".spec." in name
    return other or script or (in_tests and not name.endswith(".py") and stem not in ("", "README"))


def _is_python(names: frozenset[str]) -> bool:
    """Say whether a project is built or tested as Python."""
    marked = not PYTHON_FILES.isdisjoint(names)
    return marked or any(name.endswith(".py") and is_test_file(name) for name in names)


def _python(names: frozenset[str]) -> Iterator[Operation]:
    if not any(name.endswith(".py") for name in names):
        return
    python = "{python}"
    pytest = (python, "-m", "pytest", *PYTEST_OPTIONS, "{tests}")
    unittest = (python, "-m", "unittest", "-v", "{tests}")
    # pytest runs unittest's tests as well; without it, unittest is always there.
    yield Operation("pytest", "test", pytest, "pytest", selects=True, needs_python=True)
    yield Operation("unittest", "test", unittest, "unittest", selects=True, needs_python=True)


def _node(snapshot: Snapshot, names: frozenset[str]) -> Iterator[Operation]:
    if "package.json" not in names:
        return
    try:
        scripts = json.loads(_text(snapshot, "package.json")).get("scripts", {})
    except (ValueError, AttributeError, RecursionError):
        return
    if isinstance(scripts, dict):
        if "test" in scripts:
            yield Operation("npm test", "test", ("npm", "test", "--silent"))
        if "lint" in scripts:
            yield Operation("npm lint", "lint", ("npm", "run", "lint", "--silent"))


def _by_marker(names: frozenset[str]) -> Iterator[Operation]:
    if "go.mod" in names:
        yield Operation("go test", "test", ("go", "test", "-v", "./..."), "go")
        yield Operation("go vet", "lint", ("go", "vet", "./..."))
    if "Cargo.toml" in names:
        yield Operation("cargo test", "test", ("cargo", "test", "--offline"), "cargo")
    if "pom.xml" in names:
        yield Operation("maven test", "test", ("mvn", "-o", "-q", "test"))


def _make(snapshot: Snapshot, names: frozenset[str]) -> Iterator[Operation]:
    if "Makefile" not in names:
        return
    for target in dict.fromkeys(_MAKE_TARGET.findall(_text(snapshot, "Makefile"))):
        kind: Kind = "lint" if target == "lint" else "test"
        yield Operation(f"make {target}", kind, ("make", target))


def _text(snapshot: Snapshot, path: str) -> str:
    return (snapshot.content(path) or b"").decode("utf-8", "replace")
