"""The one place that decides which interpreter runs a project's tests, and with which runner.

Review, change and doctor ask here, and tell what is decided. The project's own environment comes
first, and of the runners the one that runs most of the project's tests: pytest, where it is
installed, runs unittest's as well; Django's tests need their own. What the interpreter that runs
rooftree has installed does not matter (docs/decisions/0015-whose-python.md).
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rooftree.errors import SandboxUnavailableError, UsageError
from tools.projects.environments.python import PythonInterpreter, candidates, probe_python
from tools.projects.environments.unusable_environments import unusable
from tools.projects.operations import Project, ProjectOperation
from tools.projects.results.reports import RunnerName
from tools.projects.suite import PythonSuite
from tools.sandbox.process.execution import Executor

NAMED = 3
"""Files that a sentence names."""


@dataclass(frozen=True, slots=True)
class SuiteSetup:
    """Which Python runs the tests of a suite, and with which runner."""

    suite: PythonSuite
    operation: ProjectOperation
    python: PythonInterpreter
    notes: tuple[str, ...] = ()
    """What a person has to know of it, a sentence each."""
    gaps: tuple[str, ...] = ()
    """Tests that it cannot run, a sentence each."""

    @property
    def description(self) -> str:
        """Say it in words."""
        version = ".".join(self.python.version.split(".")[:2])
        where = f" in {self.suite.folder}" if self.suite.folder else ""
        return (
            f"tests{where} run by {self.python.name} (Python {version}) "
            f"with {_NAMES[self.operation.runner]}"
        )


_NAMES: Mapping[RunnerName, str] = {
    "pytest": "pytest",
    "unittest": "unittest",
    "django": "Django's manage.py test",
}


async def find_setup(
    executor: Executor,
    workspace: Path,
    root: Path,
    project: Project,
    suite: PythonSuite,
    environ: Mapping[str, str] = os.environ,
) -> SuiteSetup:
    """Decide for one suite; SandboxUnavailableError says why none of its tests can be run."""
    seen: list[PythonInterpreter] = []
    silent: list[str] = []
    shares = executor.shares_host
    looked = unusable(root, suite.folder, environ) if shares else ()
    try:
        for python in candidates(executor, root, environ, suite.folder):
            found = await probe_python(executor, workspace, python)
            if found is None:
                if python.own or not shares:
                    silent.append(f"{python.name} does not run")
                continue
            seen.append(found)
            operation = _by(project, _whole(suite, found))
            if operation is not None:
                elsewhere = () if python.own else looked
                return _setup(suite, found, operation, seen, (*silent, *elsewhere))
    except UsageError as error:
        raise SandboxUnavailableError(f"tests not run: {error}") from error
    for one in seen:
        operation = _by(project, _part(suite, one))
        if operation is not None:
            return _setup(suite, one, operation, seen, (*silent, *looked))
    why = _why_none(suite, seen, (*silent, *looked), in_image=not shares)
    raise SandboxUnavailableError(f"tests not run: {why}")


def _whole(suite: PythonSuite, found: PythonInterpreter) -> RunnerName | None:
    """Return the runner by which a Python can run all tests of a suite; None where none can."""
    has_pytest = "pytest" in found.modules
    if suite.manage:
        # pytest without its plugin for Django has neither settings nor a database.
        if has_pytest and (suite.needs_pytest or "pytest_django" in found.modules):
            return "pytest"
        return "django" if "django" in found.modules and not suite.needs_pytest else None
    if has_pytest:
        return "pytest"
    return "unittest" if suite.by_unittest and not suite.needs_pytest else None


def _part(suite: PythonSuite, found: PythonInterpreter) -> RunnerName | None:
    """Return the runner that runs those tests that do not need pytest."""
    if suite.manage:
        return "django" if "django" in found.modules and suite.by_unittest else None
    return "unittest" if suite.by_unittest or not suite.tests else None


def _by(project: Project, runner: RunnerName | None) -> ProjectOperation | None:
    return next((one for one in project.operations if one.runner == runner), None)


def _setup(
    suite: PythonSuite,
    found: PythonInterpreter,
    operation: ProjectOperation,
    seen: list[PythonInterpreter],
    unused: Sequence[str],
) -> SuiteSetup:
    notes = [found.note] if found.note else []
    if unused:
        notes.append(
            f"{_list(unused)}, so {found.name} runs the tests; it may lack what the "
            f"project needs, so make {_place(suite)} anew"
        )
    passed_over = [one.name for one in seen[: seen.index(found)] if one.own]
    if passed_over:
        notes.append(f"{_list(passed_over)} lacks what runs the tests, so {found.name} does")
    files = suite.needs_pytest
    gaps: tuple[str, ...] = ()
    if operation.runner != "pytest" and files:
        more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
        named = f"{', '.join(files[:NAMED])}{more}"
        gaps = (f"not run, as they are pytest's and {_without(seen)} pytest: {named}",)
    return SuiteSetup(suite, operation, found, tuple(notes), gaps)


def _why_none(
    suite: PythonSuite, seen: list[PythonInterpreter], unused: Sequence[str], *, in_image: bool
) -> str:
    told = f" ({_list(unused)})" if unused else ""
    if not seen:
        there = "in the image" if in_image else "of the project or of the system"
        advice = "name an image that has it" if in_image else f"make {_place(suite)}"
        return f"no Python {there} was found{told}; {advice}"
    what = "Django" if suite.manage and not suite.needs_pytest else "pytest"
    advice = f"install {what} in the image" if in_image else f"make {_place(suite)} with it"
    return f"this project's tests are {what}'s, and {_without(seen)} {what}{told}; {advice}"


def _place(suite: PythonSuite) -> str:
    return f"{suite.folder}/.venv".lstrip("/")


def _without(seen: list[PythonInterpreter]) -> str:
    """Say that none of these Pythons has something."""
    first, *others = (one.name for one in seen)
    return f"neither {' nor '.join([first, *others])} has" if others else f"{first} has no"


def _list(names: Sequence[str]) -> str:
    return " and ".join(names)
