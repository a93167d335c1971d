"""What a project can have done, as named operations with fixed arguments."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal

from tools.projects.results.reports import RunnerName
from tools.projects.suite import PythonSuite
from tools.projects.test_file_names import is_test_file

OperationKind = Literal["test", "lint", "build"]
_PLAIN = re.compile(r"\w++")


@dataclass(frozen=True, slots=True)
class ProjectOperation:
    """One thing that a project can have done: `{tests}` in its arguments stands for test names."""

    name: str
    kind: OperationKind
    argv: tuple[str, ...]
    runner: RunnerName = "other"
    selects: bool = False
    """Whether single tests can be named."""
    needs_python: bool = False
    folder: str = ""
    """Where it is run, relative to the root: beside the file that tells of it."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def command(self, tests: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the arguments, with these tests or with all."""
        if self.needs_python:
            # Where none is left, the runner is to refuse them rather than to run all others.
            tests = tuple(one for one in tests if not _is_other_file(one)) or tests
        if self.runner == "django":
            tests = tuple(map(_dotted, tests))
        filled: list[str] = []
        for part in self.argv:
            filled += tests if part == "{tests}" else (part,)
        return tuple(filled)

    def narrowed(self, tests: Sequence[str]) -> "ProjectOperation":
        """Return it for these tests, `path::name` each, and perhaps some beside them.

        What a runner cannot be told leaves the command as it is: it runs all.
        """
        if self.runner == "go":
            # A subtest is run by the test that it is in.
            names = [test.partition("::")[2].partition("/")[0] for test in tests]
            told: tuple[str, ...] = (f"-run=^({'|'.join(dict.fromkeys(names))})$",)
            place = self.argv.index("./...") if "./..." in self.argv else 0
        elif self.runner == "cargo":
            names = [test.rpartition("::")[2] for test in tests]
            told, place = ("--", *dict.fromkeys(names)), len(self.argv)
        else:
            return self
        if not names or not place or not all(_PLAIN.fullmatch(one) for one in names):
            return self
        return replace(self, argv=(*self.argv[:place], *told, *self.argv[place:]))


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
        apart = any(one.runner in ("go", "cargo") for one in self.operations)
        return bool(self.test_files) or apart

    def named(self, name: str) -> ProjectOperation | None:
        return next((one for one in self.operations if one.name == name), None)


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
