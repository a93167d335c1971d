"""Tell what a project can have done: each command, what runs it, what lacks, and what to do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING, Literal

from rooftree.errors import SandboxUnavailableError
from server.operations.operation import Call, Operation, RepositoryRequest, Response

if TYPE_CHECKING:
    from tools.projects.checks import Checks
    from tools.projects.configuration.choice import ProjectChoice
    from tools.projects.operations import ProjectOperation
    from tools.projects.suite import PythonSuite


class ProjectRequest(RepositoryRequest):
    """Whose commands are meant."""


class FoundOperation(Response):
    """One thing that a project can have done."""

    name: str
    kind: Literal["setup", "test", "lint", "format", "build"]
    folder: str
    command: tuple[str, ...]
    """The argument list; `python` stands for the interpreter that `toolchain` names."""
    before: tuple[tuple[str, ...], ...]
    """Commands that prepare the copy for it."""
    runner: str
    """As what its output is read; `other` is found out by the output."""
    configured: bool
    """Whether a person said it, and not the project's files."""
    runs: bool | None
    """Whether what it starts is there; null where nothing can contain commands here."""
    toolchain: str
    """The program or the interpreter that runs it; empty where that is not known."""
    lacks: str
    """What is missing, and what to do."""


class ProjectSectionResponse(Response):
    """The `[project]` of `.rooftree.toml`."""

    state: Literal["none", "wrong", "unconfirmed", "confirmed"]
    commands: tuple[str, ...]


class ProjectResponse(Response):
    """What was found; of several tests of one folder the first that runs is run."""

    repo: str
    operations: tuple[FoundOperation, ...]
    section: ProjectSectionResponse
    notes: tuple[str, ...]
    gaps: tuple[str, ...]
    """What of the tests cannot be run, or does not count, a sentence each."""


async def run(call: Call, request: ProjectRequest) -> ProjectResponse:
    from rooftree.git.commands import open_worktree
    from server.services.projects import look_at_project

    host = call.host
    worktree = await asyncio.to_thread(open_worktree, host.place(request.repo))
    async with look_at_project(host.config, worktree) as look:
        choice, checks = look.choice, look.checks
        if checks is None:
            unknown = [_found(one) for one in choice.project.operations]
            return _response(str(worktree.root), unknown, choice, (look.no_checks,), ())
        operations = [one async for one in _looked_for(checks)]
        gaps = [*checks.gaps, *checks.setups.gaps()]
        notes = [*checks.setups.notes(), *checks.notes]
        return _response(str(worktree.root), operations, choice, notes, gaps)


PROJECT = Operation("project", ProjectRequest, ProjectResponse, "execute", run, method="GET")


def _response(
    root: str,
    operations: Sequence[FoundOperation],
    choice: "ProjectChoice",
    notes: Sequence[str],
    gaps: Sequence[str],
) -> ProjectResponse:
    lines = choice.section.lines() if choice.section is not None else ()
    return ProjectResponse(
        repo=root,
        operations=tuple(operations),
        section=ProjectSectionResponse(state=choice.state, commands=lines),
        notes=tuple(dict.fromkeys(notes)),
        gaps=tuple(dict.fromkeys([*choice.notes, *gaps])),
    )


def _found(
    operation: "ProjectOperation",
    *,
    folder: str | None = None,
    runs: bool | None = None,
    toolchain: str = "",
    lacks: str = "",
) -> FoundOperation:
    from tools.projects.commands import readable
    from tools.projects.operations import exact_argv

    return FoundOperation(
        name=operation.name,
        kind=operation.kind,
        folder=operation.folder if folder is None else folder,
        command=readable(exact_argv(operation)),
        before=operation.before,
        runner=operation.runner,
        configured=operation.configured,
        runs=runs,
        toolchain=toolchain,
        lacks=lacks,
    )


async def _looked_for(checks: "Checks") -> AsyncIterator[FoundOperation]:
    """Yield each operation with whether it runs; Python's tests by their suites."""
    python_tests = False
    for one in checks.project.operations:
        if not one.needs_python:
            runs = await checks.commands.can_run(one)
            found, lacks = checks.commands.found(one), checks.commands.lacks(one)
            yield _found(one, runs=runs, toolchain=found, lacks=lacks)
        elif one.kind != "test":
            yield await _python_tool(checks, one)
        elif not python_tests:
            python_tests = True
            for suite in checks.setups.with_tests():
                yield await _python_suite(checks, one, suite)


async def _python_suite(
    checks: "Checks", operation: "ProjectOperation", suite: "PythonSuite"
) -> FoundOperation:
    try:
        chosen = await checks.setups.operation(suite)
        python = (await checks.setups.live(suite)).python
    except SandboxUnavailableError as error:
        return _found(operation, folder=suite.folder, runs=False, lacks=str(error))
    return _found(chosen, folder=suite.folder, runs=True, toolchain=python.name)


async def _python_tool(checks: "Checks", operation: "ProjectOperation") -> FoundOperation:
    try:
        python = await checks.tool_python(operation)
    except SandboxUnavailableError as error:
        return _found(operation, runs=False, lacks=str(error))
    return _found(operation, runs=True, toolchain=python.name)
