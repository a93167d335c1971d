"""Verify a draft by the project's own commands: it must parse, and the project's tests must pass.

Every execution happens in the sandbox on a copy with the draft on top, and the copy is put back
afterwards. What could not be run is said; it never counts as passed.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from indexing.secrets.redact import MARKER, redact
from rooftree.errors import SandboxUnavailableError
from tools.drafts.draft import Draft
from tools.drafts.workspace import Workspace
from tools.once import Memo, NoMemo
from tools.projects.detection.nearest_tests import nearest_tests
from tools.projects.environments.setups import SuiteSetups
from tools.projects.narrowed import narrowed
from tools.projects.operations import Project, ProjectOperation
from tools.projects.results.reports import (
    PYTEST_BROKEN,
    SuiteResults,
    merged,
    read_report,
    runner_of,
)
from tools.projects.results.runners.junit import as_tap, reports_in
from tools.projects.results.test_places import placed
from tools.projects.results.trace import (
    FILE,
    FOLDER,
    PLUGIN,
    LineTrace,
    TracedLine,
    lines_run,
    trace_json,
    trace_of,
)
from tools.projects.suite import PythonSuite
from tools.projects.toolchains.host_machine import HostMachine, ToolchainAccess
from tools.projects.toolchains.toolchain_access import not_installed, toolchain_access
from tools.sandbox.process.execution import WORKSPACE, Command, Execution, ExecutionLimits, Executor

TRACE_SECONDS = 60.0
WITHOUT_OPTIONS = ("-o", "addopts=", "-o", "filterwarnings=")


@dataclass(slots=True)
class Checks:
    """The commands of one project, in one workspace; one execution at a time."""

    executor: Executor
    workspace: Workspace
    project: Project
    limits: ExecutionLimits = field(default_factory=ExecutionLimits)
    toolchains: tuple[Path, ...] = ()
    memo: Memo = field(default_factory=NoMemo)
    executions: int = field(default=0, init=False)
    seconds: float = field(default=0.0, init=False)
    refused: str = field(default="", init=False)
    """Why none of the tests that Python runs can be run."""
    notes: list[str] = field(default_factory=list, init=False)
    """What a person has to know of how the tests are run, a sentence each."""
    gaps: list[str] = field(default_factory=list, init=False)
    """Tests that cannot be run although others are, a sentence each."""
    setups: SuiteSetups = field(init=False)
    _means: dict[tuple[str, str], ToolchainAccess] = field(default_factory=dict, init=False)
    _lacking: dict[str, str] = field(default_factory=dict, init=False)
    """Why operations cannot be run, by their names."""
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)
    """Held by who uses the workspace: a model may ask for several runs at once."""

    def __post_init__(self) -> None:
        root = self.workspace.snapshot.root
        self.setups = SuiteSetups(self.executor, self.workspace.root, root, self.project, self.memo)

    def focus(self, paths: Sequence[str]) -> None:
        """Run from now on the tests that concern these files, and note which are left out."""
        self.project, left_out = nearest_tests(self.project, paths)
        if left_out and left_out not in self.notes:
            self.notes.append(left_out)

    async def operation(self, kind: str = "test") -> ProjectOperation | None:
        """Return the first operation of a kind that can be run here; None where none can."""
        return next(iter(await self.operations(kind)), None)

    async def operations(self, kind: str = "test") -> tuple[ProjectOperation, ...]:
        """Return what a kind of operation runs: one, or one for each way to run Python's tests."""
        for operation in self.project.operations:
            if operation.kind != kind:
                continue
            if operation.needs_python:
                return await self._of_python()
            if await self._can_run(operation):
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

    async def tests(
        self, draft: Draft, tests: tuple[str, ...] = (), seconds: float = math.inf
    ) -> SuiteResults:
        """Run these tests, or all; SandboxUnavailableError where there is no way to run any."""
        operation = await self.operation()
        if operation is None:
            if self.refused:
                raise SandboxUnavailableError(self.refused)
            raise SandboxUnavailableError(self._why_none())
        return await self.run(draft, operation, tests, seconds)

    async def alone(self, draft: Draft, tests: tuple[str, ...]) -> SuiteResults:
        """Run these tests again, with as few beside them as the runner can be told to run.

        Where it can be told nothing this is another run all the same: the limit that is named
        here keeps it apart from what is remembered of a run of all.
        """
        operation = await self.operation()
        if operation is None:
            raise SandboxUnavailableError(self._why_none())
        return await self.run(draft, narrowed(operation, tests), tests, self.limits.seconds)

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
        wanted = suite.arguments(tests, operation.runner) if suite is not None else tests
        argv, *others = variants(operation, wanted)
        results = await self._reported(draft, operation, suite, argv, seconds)
        if others and _never_began(results):
            # The project's own configuration may name plugins and modules that are not here.
            argv = others[0]
            again = await self._reported(draft, operation, suite, argv, seconds)
            results = again if again.outcomes else results
        return results

    async def _reported(
        self,
        draft: Draft,
        operation: ProjectOperation,
        suite: PythonSuite | None,
        argv: tuple[str, ...],
        seconds: float,
    ) -> SuiteResults:
        execution = await self._execute(draft, operation, suite, argv, seconds)

        # Foreign code may print up to the limit; reading that must not block the event loop.
        def read() -> SuiteResults:
            results = read_report(operation.runner, execution, readable(argv))
            if suite is not None:
                return results.named(suite.named)
            return placed(results, draft, operation.folder)

        return await asyncio.to_thread(read)

    async def trace(self, draft: Draft, tests: tuple[str, ...]) -> LineTrace | None:
        """Run tests and tell which lines each ran; None where it cannot be told."""
        return trace_of(await self._trace(draft, tests))

    async def lines_run(self, draft: Draft, tests: tuple[str, ...]) -> frozenset[TracedLine] | None:
        """Return the lines that passing tests run; None where it cannot be told."""
        return lines_run(await self._trace(draft, tests))

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
        key = _key(draft, _placed(argv, suite.folder))
        return await self.memo.once("trace", key, lambda: self._traced(draft, suite, argv))

    async def suspicion(self, draft: Draft, tests: tuple[str, ...]) -> dict[TracedLine, float]:
        """Trace failing tests together with those beside them; empty where it cannot be told."""
        files = tuple(dict.fromkeys(test.partition("::")[0] for test in tests))
        trace = await self.trace(draft, files)
        return trace.suspicion() if trace is not None else {}

    async def _traced(self, draft: Draft, suite: PythonSuite, argv: tuple[str, ...]) -> Any:
        extra = {"ROOFTREE_TRACE": f"{WORKSPACE}/{FILE}"}
        async with self._turn:
            await run_in_thread(self.workspace.put, draft.changes)
            try:
                command = await self._python_command(suite, argv, extra)
                await self._run(_within(command, TRACE_SECONDS))
                return await asyncio.to_thread(trace_json, self.workspace.root)
            finally:
                await run_in_thread(self.workspace.reset)

    async def _execute(
        self,
        draft: Draft,
        operation: ProjectOperation,
        suite: PythonSuite | None,
        argv: tuple[str, ...],
        seconds: float,
    ) -> Execution:
        async def work() -> Any:
            async with self._turn:
                await run_in_thread(self.workspace.put, draft.changes)
                try:
                    if suite is not None:
                        command = await self._python_command(suite, argv, {})
                    else:
                        command = await self._command(operation, argv)
                    execution = await self._run(_within(command, seconds))
                    if operation.runner == "other":
                        execution = await asyncio.to_thread(self._with_reports, execution)
                    return await asyncio.to_thread(execution_json, execution)
                finally:
                    await run_in_thread(self.workspace.reset)

        cut = () if seconds == math.inf else (f"{seconds:g} s",)
        folder = suite.folder if suite is not None else operation.folder
        key = _key(draft, (*_placed(argv, folder), *cut))
        told = await self.memo.once("execution", key, work)
        execution = Execution(**told)
        self.executions += 1
        self.seconds += execution.seconds
        return execution

    def _with_reports(self, execution: Execution) -> Execution:
        """Return an execution with what it left in JUnit's files, where it named no tests."""
        if runner_of(execution.output) != "other":
            return execution
        told = reports_in(self.workspace.root, self.workspace.snapshot.files)
        return replace(execution, output=execution.output + as_tap(told))

    async def _run(self, command: Command) -> Execution:
        return await self.executor.run(command)

    async def _python_command(
        self, suite: PythonSuite, argv: tuple[str, ...], extra: dict[str, str]
    ) -> Command:
        """Return how a suite is run: in its folder, by its Python, with the copy's own packages."""
        python = (await self.setups.live(suite)).python.python
        folders = [f"{WORKSPACE}/{one}".rstrip("/") for one in suite.imports]
        environment = {
            **suite.variables,
            **extra,
            "ROOFTREE_ROOT": WORKSPACE,
            "ROOFTREE_ALIASES": ":".join(map(str, python.aliases)),
            "PYTHONPATH": ":".join([*folders, str(FOLDER)]),
            "PYTHONHASHSEED": "0",
        }
        return Command(
            tuple(python.program if part == "{python}" else part for part in argv),
            self.workspace.root,
            folder=suite.folder,
            toolchains=tuple(dict.fromkeys([*self.toolchains, *python.toolchains, FOLDER])),
            aliases=python.aliases,
            environment=environment,
            limits=self.limits,
        )

    async def _command(self, operation: ProjectOperation, argv: tuple[str, ...]) -> Command:
        means = await self._needs(operation)
        return Command(
            argv,
            self.workspace.root,
            folder=operation.folder,
            toolchains=tuple(dict.fromkeys([*self.toolchains, *means.toolchains])),
            shown=means.shown,
            environment={**means.variables(), **operation.environment},
            # Runtimes with their own heap reserve address space far beyond what they use.
            limits=replace(self.limits, address_bytes=0),
        )

    async def _can_run(self, operation: ProjectOperation) -> bool:
        means = await self._needs(operation)
        command = Command(
            ("sh", "-c", 'command -v "$1"', "sh", operation.argv[0]),
            self.workspace.root,
            writable=False,
            toolchains=(*self.toolchains, *means.toolchains),
            environment=means.variables(),
        )
        if not means.lacks and (await self.executor.run(command)).succeeded:
            return True
        self._lacking[operation.name] = means.lacks or not_installed(operation)
        return False

    async def _needs(self, operation: ProjectOperation) -> ToolchainAccess:
        """Return what an operation that is no Python's has to be shown; it is looked for once."""
        key = (operation.argv[0], operation.folder)
        if key not in self._means:
            snapshot, shares = self.workspace.snapshot, self.executor.shares_host
            self._means[key] = await asyncio.to_thread(
                lambda: toolchain_access(
                    operation, snapshot, HostMachine.of(snapshot.root), shares_host=shares
                )
            )
            self.notes += [one for one in self._means[key].notes if one not in self.notes]
        return self._means[key]

    def _why_none(self) -> str:
        """Say why no test can be run, where none can."""
        tests = [one for one in self.project.operations if one.kind == "test"]
        lacking = [self._lacking[one.name] for one in tests if one.name in self._lacking]
        if lacking and not any(one.needs_python for one in tests):
            return f"tests not run: {'; '.join(lacking)}"
        return (
            "no tests can be run: none of the project's test commands works in the sandbox; "
            "give it an environment with the project's dependencies (sandbox.toolchains, or "
            "a .venv in the repository)"
        )


async def run_in_thread(work: Callable[..., object], *arguments: object) -> None:
    """Do work on a workspace in a thread; who is cancelled waits until it is done.

    A copy may hold many files, and no other task may use it while they are checked.
    """
    running = asyncio.ensure_future(asyncio.to_thread(work, *arguments))
    cancelled: asyncio.CancelledError | None = None
    while not running.done():
        try:
            await asyncio.wait({running})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    running.result()


def execution_json(execution: Execution) -> dict[str, Any]:
    """Return an execution as it may be kept: what foreign code printed may hold secrets."""
    told = replace(execution, output=redact(execution.output), errors=redact(execution.errors))
    return asdict(told)


def _named(tests: tuple[str, ...]) -> tuple[str, ...]:
    """Return names that a runner knows: of one whose parameter was redacted, all parameters."""
    known = (one.partition("[")[0] if MARKER.search(one) else one for one in tests)
    return tuple(dict.fromkeys(known))


def _within(command: Command, seconds: float) -> Command:
    limits = replace(command.limits, seconds=min(command.limits.seconds, seconds))
    return replace(command, limits=limits)


def _never_began(results: SuiteResults) -> bool:
    """Say whether pytest ended on its own before it came to any test, or to a file of tests."""
    execution = results.execution
    return not results.outcomes and execution.exit_code in PYTEST_BROKEN


def variants(
    operation: ProjectOperation, tests: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], ...]:
    """Return all commands that one operation may be run as, the usual one first.

    pytest's own are: without the options of the project, where those keep it from beginning, and
    with a plugin of ours that notes which lines run.
    """
    argv = operation.command(tests)
    if operation.runner != "pytest":
        return (argv,)
    return argv, (*argv, *WITHOUT_OPTIONS), (*argv, "-p", PLUGIN, *WITHOUT_OPTIONS)


def readable(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command as it is told to people: which Python it takes is found in the sandbox."""
    return tuple("python" if part == "{python}" else part for part in argv)


def _key(draft: Draft, argv: tuple[str, ...]) -> str:
    return "\0".join((draft.digest, *argv))


def _placed(argv: tuple[str, ...], folder: str) -> tuple[str, ...]:
    """Return a command with the folder that it is run in, where that is not the root."""
    return (*argv, f"in {folder}") if folder else argv
