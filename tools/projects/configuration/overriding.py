"""Puts what a person configured in the place of what was detected, by kind and folder."""

from collections.abc import Iterator
from dataclasses import replace

from tools.projects.configuration.section import ConfiguredSuite, ProjectSection
from tools.projects.operations import KINDS, TESTS, OperationKind, Project, ProjectOperation
from tools.projects.suite import is_inside
from tools.projects.test_file_names import is_test_file


def overridden(project: Project, section: ProjectSection, files: frozenset[str]) -> Project:
    """Return a project that has a section's operations, before those that it leaves alone."""
    own = tuple(one for suite in section.suites for one in configured_operations(suite))
    left = tuple(
        _prepared(one, section)
        for one in project.operations
        if not any(_takes(new, one) for new in own)
    )
    python_tests = any(one.needs_python and one.kind == "test" for one in left)
    tests = project.test_files
    if any(one.kind == "test" for one in own):
        tests = tuple(sorted(name for name in files if is_test_file(name)))
    return replace(
        project,
        operations=(*own, *left),
        suites=project.suites if python_tests else (),
        test_files=tests,
    )


def _takes(new: ProjectOperation, old: ProjectOperation) -> bool:
    """Say whether an operation stands in the place of another, whose folder is its own or inside.

    Python's runners are found for the whole repository: only the root's tests replace them.
    """
    if new.kind != old.kind:
        return False
    return not new.folder if old.needs_python else is_inside(old.folder, new.folder)


def _prepared(operation: ProjectOperation, section: ProjectSection) -> ProjectOperation:
    """Return an operation with the setup of its folder before it."""
    for suite in section.suites:
        setup = suite.commands.get("setup")
        inside = (
            not suite.folder
            if operation.needs_python
            else is_inside(operation.folder, suite.folder)
        )
        if setup is not None and inside and operation.kind != "setup":
            return replace(operation, before=(setup, *operation.before))
    return operation


def configured_operations(suite: ConfiguredSuite) -> Iterator[ProjectOperation]:
    """Yield a suite's operations; its setup is run before each of the others, in the same copy."""
    setup = suite.commands.get("setup")
    for kind in KINDS:
        argv = suite.commands.get(kind)
        if argv is None:
            continue
        yield ProjectOperation(
            _name(kind, suite.folder),
            kind,
            argv,
            suite.runner if kind == "test" else "other",
            selects=TESTS in argv,
            folder=suite.folder,
            before=(setup,) if setup is not None and kind != "setup" else (),
            configured=True,
        )


def with_test_command(project: Project, argv: tuple[str, ...], files: frozenset[str]) -> Project:
    """Return a project whose tests are run by a command that a person typed."""
    suite = ConfiguredSuite("", "other", {"test": argv})
    return overridden(project, ProjectSection((suite,)), files)


def _name(kind: OperationKind, folder: str) -> str:
    return f"configured {kind} ({folder})" if folder else f"configured {kind}"
