"""What a project can have done, as named operations with fixed arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from tools.projects.programs.narrowing import Narrowing, narrowed
from tools.projects.results.reports import RunnerName
from tools.projects.suite import PythonSuite
from tools.projects.test_file_names import is_test_file

OperationKind = Literal["setup", "test", "lint", "format", "build"]
KINDS: tuple[OperationKind, ...] = ("setup", "test", "lint", "format", "build")
TESTS = "{tests}"
"""What stands in an operation's arguments for the names of tests."""
IN_CODE: tuple[RunnerName, ...] = ("go", "cargo", "ctest", "meson")
"""Runners of tests that no name of a file tells of."""


@dataclass(frozen=True, slots=True)
class ProjectOperation:
    """One thing that a project can have done: `{tests}` in its arguments stands for test names."""

    name: str
    kind: OperationKind
    argv: tuple[str, ...]
    runner: RunnerName = "other"
    selects: bool = False
    """Whether single tests and files of tests can be named."""
    needs_python: bool = False
    folder: str = ""
    """Where it is run, relative to the root: beside the file that tells of it."""
    environment: Mapping[str, str] = field(default_factory=dict)
    before: tuple[tuple[str, ...], ...] = ()
    """Commands that prepare the copy for it, run one after the other until one fails."""
    narrowing: Narrowing | None = None
    """How its runner is told to run single tests, where that is not by `{tests}`."""
    uses: tuple[str, ...] = ()
    """Programs that it starts in turn, which have to be there as well."""
    needs: tuple[str, ...] = ()
    """Paths that have to be there, in its folder or in the root, such as an installed runner."""
    is_quiet: bool = False
    """Whether whatever it prints is a fault: `gofmt -l` ends well also where it lists files."""
    configured: bool = False
    """Whether a person said what it is, and not the project's files."""

    @property
    def programs(self) -> tuple[str, ...]:
        """The programs that it starts, its own first."""
        return tuple(dict.fromkeys([self.argv[0], *(one[0] for one in self.before), *self.uses]))

    def command(self, tests: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the arguments, with these tests (perhaps some beside them) or with all.

        What a runner cannot be told leaves the command as it is: it runs all.
        """
        if TESTS not in self.argv:
            return narrowed(self.narrowing, self.argv, self.folder, tests)
        if self.needs_python:
            # Where none is left, the runner is to refuse them rather than to run all others.
            tests = tuple(one for one in tests if not _is_other_file(one)) or tests
        if self.runner == "django":
            tests = tuple(map(_dotted, tests))
        filled: list[str] = []
        for part in self.argv:
            filled += tests if part == TESTS else (part,)
        return tuple(filled)


@dataclass(frozen=True, slots=True)
class Project:
    """What was found in a repository; operations of one kind are in the order of preference."""

    operations: tuple[ProjectOperation, ...]
    test_files: tuple[str, ...]
    """Those that its runner can be given: data that lie beside tests are none."""
    suites: tuple[PythonSuite, ...] = ()
    """The tests that Python runs, by the folder that they are run from."""

    @property
    def has_tests(self) -> bool:
        """Whether it has tests as far as its files tell; Rust's stand in the code itself."""
        tests = (one for one in self.operations if one.kind == "test")
        return bool(self.test_files) or any(
            one.runner in IN_CODE or one.configured for one in tests
        )

    def named(self, name: str) -> ProjectOperation | None:
        return next((one for one in self.operations if one.name == name), None)


def exact_argv(operation: ProjectOperation, tests: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the argument list that an operation is run as, for these tests or for all.

    `{python}` in it stands for the interpreter that is found when it is run.
    """
    return operation.command(tests)


def _is_other_file(test: str) -> bool:
    """Say whether a test is named by a file that no runner of Python's can be given."""
    suffix = PurePosixPath(test).suffix
    is_path = "/" in test or test.endswith("_test.go")
    return is_path and ".py" not in test and suffix != "" and is_test_file(test)


def _dotted(test: str) -> str:
    """Return a test's name as Django wants it: `tests/test_a.py::A::test_b` by its module."""
    path, *names = test.split("::")
    module = path.removesuffix(".py").replace("/", ".") if path.endswith(".py") else path
    return ".".join([module, *names])
