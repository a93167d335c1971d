"""Verify a draft by the project's own commands: it must parse, and the project's tests must pass.

Every execution happens in the sandbox on a copy with the draft on top, and the copy is put back
afterwards. What could not be run is said; it never counts as passed.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from indexing.secrets.redact import MARKER
from rooftree.errors import SandboxUnavailableError
from tools.drafts.draft import Draft
from tools.drafts.workspace import Workspace
from tools.once import Memo, NoMemo
from tools.projects.commands import OperationRun, ProjectCommands, readable, variants
from tools.projects.detection.nearest_tests import nearest_tests
from tools.projects.draft_runs import DraftRuns, key_of, run_in_turn
from tools.projects.environments.installed import installed_version
from tools.projects.environments.python import PythonInterpreter
from tools.projects.environments.setups import SuiteSetups
from tools.projects.operations import Project, ProjectOperation
from tools.projects.results.missing_dependencies import missing_dependencies
from tools.projects.results.report_files import as_tap, reports_in
from tools.projects.results.reports import (
    LIKE_PYTEST,
    PYTEST_BROKEN,
    REPORTING,
    SuiteResults,
    merged,
    read_report,
    runner_of,
)
from tools.projects.results.test_places import placed
from tools.projects.results.trace import (
    FILE,
    LineTrace,
    TracedLine,
    lines_run,
    trace_json,
    trace_of,
)
from tools.projects.suite import PythonSuite, is_inside
from tools.sandbox.process.execution import (
    WORKSPACE,
    Command,
    Execution,
    ExecutionLimits,
    Executor,
)

TRACE_SECONDS = 60.0


@dataclass(slots=True)
class Checks:
    """The tests of one project, in one workspace; one execution at a time."""

    executor: Executor
    workspace: Workspace
    project: Project
    limits: ExecutionLimits = field(default_factory=ExecutionLimits)
    toolchains: tuple[Path, ...] = ()
    memo: Memo = field(default_factory=NoMemo)
    seconds: float = field(default=0.0, init=False)
    refused: str = field(default="", init=False)
    """Why none of the tests that Python runs can be run."""
    notes: list[str] = field(default_factory=list, init=False)
    """What a person has to know of how the tests are run, a sentence each."""
    gaps: list[str] = field(default_factory=list, init=False)
    """Tests that cannot be run although others are, a sentence each."""
    setups: SuiteSetups = field(init=False)
    commands: ProjectCommands = field(init=False)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    """Held by who uses the workspace."""
    _runs: DraftRuns = field(init=False)

    def __post_init__(self) -> None:
        root = self.workspace.snapshot.root
        self.setups = SuiteSetups(self.executor, self.workspace.root, root, self.project, self.memo)
        self.commands = ProjectCommands(
            self.executor, self.workspace, self.limits, self.toolchains, self.notes
        )
        self._runs = DraftRuns(self.workspace, self.memo, self.turn)

    def restrict_to(self, paths: Sequence[str]) -> None:
        """Run from now on the tests that concern these files, and note which are left out."""
        self.project, left_out = nearest_tests(self.project, paths)
        if left_out and left_out not in self.notes:
            self.notes.append(left_out)

    async def operation(self) -> ProjectOperation | None:
        """Return the first operation that runs tests here; None where none can."""
        return next(iter(await self.operations()), None)

    async def operations(self) -> tuple[ProjectOperation, ...]:
        """Return what runs the tests: one operation, or one for each way to run Python's tests.

        Where a person configured some, all of those.
        """
        tests = [one for one in self.project.operations if one.kind == "test"]
        configured = [one for one in tests if one.configured]
        if configured:
            return tuple([one for one in configured if await self.commands.can_run(one)])
        for operation in tests:
            if operation.needs_python:
                return await self._of_python()
            if await self.commands.can_run(operation):
                return (operation,)
        return ()

    async def _of_python(self) -> tuple[ProjectOperation, ...]:
        try:
            found = await self.setups.operations()
        except SandboxUnavailableError as error:
            self.refused = str(error)
            return ()
        self.notes += [one for one in self.setups.notes() if one not in self.notes]
        self.gaps += [one for one in self.setups.gaps() if one not in self.gaps]
        return found

    async def _usual(self) -> ProjectOperation:
        operation = await self.operation()
        if operation is None:
            why = self.refused or self.commands.why_none(self.project.operations)
            raise SandboxUnavailableError(why)
        return operation

    async def tests(
        self, draft: Draft, tests: tuple[str, ...] = (), seconds: float = math.inf
    ) -> SuiteResults:
        """Run these tests, or all; SandboxUnavailableError where there is no way to run any."""
        first = await self._usual()
        if not first.configured:
            return await self.run(draft, first, tests, seconds)
        parts: list[SuiteResults] = []
        for operation in await self.operations():
            mine = _inside(tests, operation.folder)
            if mine or not tests:
                spent = sum(one.execution.seconds for one in parts)
                parts.append(await self.run(draft, operation, mine, seconds - spent))
        return merged(parts) if parts else await self.run(draft, first, tests, seconds)

    async def alone(self, draft: Draft, tests: tuple[str, ...]) -> SuiteResults:
        """Run these tests again, with as few beside them as the runner can be told to run.

        Where it can be told nothing this is another run all the same: the limit that is named
        here keeps it apart from what is remembered of a run of all.
        """
        return await self.run(draft, await self._usual(), tests, self.limits.seconds)

    async def run(
        self,
        draft: Draft,
        operation: ProjectOperation,
        tests: tuple[str, ...] = (),
        seconds: float = math.inf,
    ) -> SuiteResults:
        """Run one operation on the draft, for no longer than its limits and these seconds."""
        if not operation.needs_python:
            return await self._run_one(draft, operation, None, _named(tests), seconds)
        if operation.kind != "test":
            return await self._run_tool(draft, operation, seconds)
        parts: list[SuiteResults] = []
        for suite, mine in self._suites(_named(tests)):
            try:
                chosen = await self.setups.operation(suite)
            except SandboxUnavailableError:
                continue  # the notes tell it
            spent = sum(one.execution.seconds for one in parts)
            parts.append(await self._run_one(draft, chosen, suite, mine, seconds - spent))
        if not parts:
            await self.setups.operations()
            raise SandboxUnavailableError("tests not run: none of those named can be run here")
        return merged(parts)

    async def _run_tool(
        self, draft: Draft, operation: ProjectOperation, seconds: float
    ) -> SuiteResults:
        """Run what checks Python code, by the interpreter that runs the tests of the root."""
        await self.tool_python(operation)
        whole = replace(self.setups.with_tests()[0], folder=operation.folder)
        return await self._run_one(draft, operation, whole, (), seconds)

    async def with_arguments(
        self, draft: Draft, operation: ProjectOperation, argv: tuple[str, ...], seconds: float
    ) -> Execution:
        """Run the program of an operation on less than all; the caller remembers what it said."""
        suite = None
        if operation.needs_python:
            if not self.setups.with_tests():
                raise SandboxUnavailableError("no Python of the project is known")
            await self.tool_python(operation)
            suite = replace(self.setups.with_tests()[0], folder=operation.folder)
        elif not await self.commands.can_run(operation):
            raise SandboxUnavailableError(self.commands.lacks(operation))
        async with self._runs.holding(draft):
            return await self._executed(OperationRun(operation, argv, suite, seconds))

    async def tool_python(self, operation: ProjectOperation) -> PythonInterpreter:
        """Return the Python that has a tool; SandboxUnavailableError where that has it not."""
        python = (await self.setups.live(self.setups.with_tests()[0])).python
        tool = operation.argv[operation.argv.index("-m") + 1]
        if tool not in python.modules:
            raise SandboxUnavailableError(
                f"{tool} is not installed in {python.name}, which runs the tests; install it there"
            )
        return python

    async def python_versions(self, package: str) -> tuple[str | None, ...]:
        """Return the version of a package that each suite's tests run with, each once.

        "" is none, and None is not known.
        """
        found: list[str | None] = []
        for suite in self.setups.with_tests():
            try:
                python = (await self.setups.live(suite)).python
            except SandboxUnavailableError:
                continue  # its tests are not run, which the notes tell
            root = self.workspace.root
            found.append(await installed_version(self.executor, root, python, package))
        return tuple(dict.fromkeys(found))

    def _suites(self, tests: tuple[str, ...]) -> list[tuple[PythonSuite, tuple[str, ...]]]:
        """Return each suite of which something is to be run, with the tests that are named."""
        if not tests:
            return [(suite, ()) for suite in self.setups.with_tests()]
        found = []
        for suite in self.project.suites:
            mine = tuple(one for one in tests if suite.holds(one.partition("::")[0]))
            if mine:
                found.append((suite, mine))
        return found

    async def _run_one(
        self,
        draft: Draft,
        operation: ProjectOperation,
        suite: PythonSuite | None,
        tests: tuple[str, ...],
        seconds: float,
    ) -> SuiteResults:
        has_names = suite is not None and operation.kind == "test"
        wanted = suite.arguments(tests, operation.runner) if has_names and suite else tests
        argv, *others = variants(operation, wanted)
        run = OperationRun(operation, argv, suite, seconds)
        results = await self._reported(draft, run)
        if others and _never_began(results):
            # The project's own configuration may name plugins and modules that are not here.
            again = await self._reported(draft, replace(run, argv=others[0]))
            results = again if again.outcomes else results
        return results

    async def _reported(self, draft: Draft, run: OperationRun) -> SuiteResults:
        execution = await self._runs.execution(draft, run.words, lambda: self._executed(run))
        self.seconds += execution.seconds
        operation = run.operation

        # Foreign code may print up to the limit; reading that must not block the event loop.
        def read() -> SuiteResults:
            results = read_report(operation.runner, execution, readable(run.argv))
            if run.suite is not None:
                return results.named(run.suite.named)
            self._note_missing(operation, execution)
            if operation.runner in LIKE_PYTEST:
                return results.named(lambda test: f"{operation.folder}/{test}".lstrip("/"))
            return placed(results, draft, operation.folder)

        return await asyncio.to_thread(read)

    def _note_missing(self, operation: ProjectOperation, execution: Execution) -> None:
        """Say which packages a command lacked, and how a person gets them."""
        if execution.succeeded:
            return
        program, files = operation.argv[0], self.workspace.snapshot.files
        lacks = missing_dependencies(program, operation.folder, execution.output, files)
        if lacks and lacks not in self.gaps:
            self.gaps.append(lacks)

    async def _executed(self, run: OperationRun) -> Execution:
        operation = run.operation
        if run.suite is not None:
            python = (await self.setups.live(run.suite)).python
            suite = self.commands.of_suite(run, run.suite, python)
            commands: tuple[Command, ...] = (*await self.commands.before(run), suite)
        else:
            commands = await self.commands.of_operation(run)
        execution = await run_in_turn(self.executor, commands)
        if operation.is_quiet and execution.succeeded and execution.output.strip():
            execution = replace(execution, exit_code=1)
        reports = operation.runner in REPORTING
        sniffed = operation.runner == "other" and runner_of(execution.output) == "other"
        if not reports and not sniffed:
            return execution
        # It names no tests as it prints; it may have left them in files.
        known, root = self.workspace.snapshot.files, self.workspace.root
        told = await asyncio.to_thread(reports_in, root, known, operation.folder)
        if not told and not reports:
            return execution
        return replace(execution, output=execution.output + as_tap(told))

    async def trace(self, draft: Draft, tests: tuple[str, ...]) -> LineTrace | None:
        """Run tests and tell which lines each ran; None where it cannot be told."""
        return trace_of(await self._trace(draft, tests))

    async def lines_run(self, draft: Draft, tests: tuple[str, ...]) -> frozenset[TracedLine] | None:
        """Return the lines that passing tests run; None where it cannot be told."""
        return lines_run(await self._trace(draft, tests))

    async def suspicion(self, draft: Draft, tests: tuple[str, ...]) -> dict[TracedLine, float]:
        """Trace failing tests together with those beside them; empty where it cannot be told."""
        files = tuple(dict.fromkeys(test.partition("::")[0] for test in tests))
        trace = await self.trace(draft, files)
        return trace.suspicion() if trace is not None else {}

    async def _trace(self, draft: Draft, tests: tuple[str, ...]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        operation = await self.operation()
        if operation is None or not operation.needs_python:
            return told
        for suite, mine in self._suites(_named(tests)):
            part = await self._trace_of(draft, suite, mine)
            for test, lines in part.items() if isinstance(part, dict) else ():
                told[suite.named(test)] = lines
        return told

    async def _trace_of(self, draft: Draft, suite: PythonSuite, tests: tuple[str, ...]) -> Any:
        try:
            operation = await self.setups.operation(suite)
        except SandboxUnavailableError:
            return None
        argv = variants(operation, suite.arguments(tests, operation.runner))[-1]
        run = OperationRun(operation, argv, suite)

        async def work() -> Any:
            async with self._runs.holding(draft):
                python = (await self.setups.live(suite)).python
                limited = replace(run, seconds=TRACE_SECONDS)
                command = self.commands.of_suite(limited, suite, python, f"{WORKSPACE}/{FILE}")
                await self.executor.run(command)
                return await asyncio.to_thread(trace_json, self.workspace.root)

        return await self.memo.once("trace", key_of(draft, run.words), work)


def _named(tests: tuple[str, ...]) -> tuple[str, ...]:
    """Return names that a runner knows: of one whose parameter was redacted, all parameters."""
    known = (one.partition("[")[0] if MARKER.search(one) else one for one in tests)
    return tuple(dict.fromkeys(known))


def _inside(tests: tuple[str, ...], folder: str) -> tuple[str, ...]:
    """Return those of the tests that are of a folder, or of no known one."""
    return tuple(one for one in tests if is_inside(one, folder) or "/" not in one)


def _never_began(results: SuiteResults) -> bool:
    """Say whether pytest ended on its own before it came to any test, or to a file of tests."""
    execution = results.execution
    return not results.outcomes and execution.exit_code in PYTEST_BROKEN
