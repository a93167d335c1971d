"""How an operation of a project, or a suite of its Python tests, is run: as which command."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from tools.drafts.workspace import Workspace
from tools.projects.environments.python import PythonInterpreter
from tools.projects.operations import ProjectOperation
from tools.projects.results.trace import FOLDER, PLUGIN
from tools.projects.suite import PythonSuite
from tools.projects.toolchains.host_machine import PLACES, HostMachine, ToolchainAccess
from tools.projects.toolchains.toolchain_access import (
    not_installed,
    not_there,
    toolchain_access,
)
from tools.sandbox.process.execution import (
    WORKSPACE,
    Command,
    ExecutionLimits,
    Executor,
)

_MISSING = "missing: "
_LOOKING = """\
first=
for one; do
  found=$(command -v -- "$one") || { echo "missing: $one"; exit 1; }
  first=${first:-$found}
done
echo "$first"
"""
WITHOUT_OPTIONS = ("-o", "addopts=", "-o", "filterwarnings=")


@dataclass(frozen=True, slots=True)
class OperationRun:
    """One run of an operation: for a suite of Python's, or for no suite."""

    operation: ProjectOperation
    argv: tuple[str, ...]
    suite: PythonSuite | None = None
    seconds: float = math.inf
    """For how long it may run, beside its limits."""

    @property
    def words(self) -> tuple[str, ...]:
        """What tells it from other runs: its arguments, its folder and its own limit, if any."""
        folder = self.operation.folder if self.suite is None else self.suite.folder
        place = (f"in {folder}",) if folder else ()
        ready = tuple(word for one in self.operation.before for word in (*one, "&&"))
        return (
            *ready,
            *self.argv,
            *place,
            *(() if self.seconds == math.inf else (f"{self.seconds:g} s",)),
        )


@dataclass(slots=True)
class ProjectCommands:
    """The commands of one project, with what each has to be shown of the machine."""

    executor: Executor
    workspace: Workspace
    limits: ExecutionLimits
    toolchains: tuple[Path, ...]
    notes: list[str]
    """What a person has to know of how commands are run, a sentence each."""
    _means: dict[tuple[str, str], ToolchainAccess] = field(default_factory=dict, init=False)
    _lacking: dict[str, str] = field(default_factory=dict, init=False)
    """Why operations cannot be run, by their names."""
    _found: dict[str, str] = field(default_factory=dict, init=False)
    """Where the programs of operations are, by their names."""

    def of_suite(
        self, run: OperationRun, suite: PythonSuite, python: PythonInterpreter, trace: str = ""
    ) -> Command:
        """Return how a suite is run: in its folder, by its Python, with the copy's own packages."""
        folders = [f"{WORKSPACE}/{one}".rstrip("/") for one in suite.imports]
        environment = {
            **suite.variables,
            **({"ROOFTREE_TRACE": trace} if trace else {}),
            "ROOFTREE_ROOT": WORKSPACE,
            "ROOFTREE_ALIASES": ":".join(map(str, python.aliases)),
            "PYTHONPATH": ":".join([*folders, str(FOLDER)]),
            "PYTHONHASHSEED": "0",
        }
        return Command(
            tuple(python.program if part == "{python}" else part for part in run.argv),
            self.workspace.root,
            folder=suite.folder,
            toolchains=tuple(dict.fromkeys([*self.toolchains, *python.toolchains, FOLDER])),
            aliases=python.aliases,
            environment=environment,
            limits=self._limited(run.seconds),
        )

    async def of_operation(self, run: OperationRun) -> tuple[Command, ...]:
        """Return how an operation that is no Python's is run: what prepares it, and itself."""
        operation = run.operation
        return (*await self.before(run), await self._command(run, operation.argv[0], run.argv))

    async def before(self, run: OperationRun) -> tuple[Command, ...]:
        """Return the commands that prepare the copy, each with what its own program needs."""
        return tuple([await self._command(run, one[0], one) for one in run.operation.before])

    async def _command(self, run: OperationRun, program: str, argv: tuple[str, ...]) -> Command:
        means = await self._needs(program, run.operation.folder)
        return Command(
            argv,
            self.workspace.root,
            folder=run.operation.folder,
            toolchains=tuple(dict.fromkeys([*self.toolchains, *means.toolchains])),
            shown=means.shown,
            aliases=means.aliases,
            environment={**means.variables(), **run.operation.environment},
            # Runtimes with their own heap reserve address space far beyond what they use.
            limits=replace(self._limited(run.seconds), address_bytes=0),
        )

    async def of_words(
        self,
        argv: tuple[str, ...],
        operations: Sequence[ProjectOperation],
        python: tuple[Path | None, tuple[Path, ...]],
        seconds: float,
    ) -> Command:
        """Return how a command that is no operation is run: with what all operations are shown."""
        folder, toolchains = python
        means = [
            await self._needs(one.argv[0], one.folder) for one in operations if not one.needs_python
        ]
        first = [str(folder)] if folder is not None else []
        path = dict.fromkeys([*first, *(one for found in means for one in found.path), *PLACES])
        environment = {name: value for one in means for name, value in one.environment.items()}
        shown = [
            *self.toolchains,
            *toolchains,
            *(one for found in means for one in found.toolchains),
        ]
        return Command(
            argv,
            self.workspace.root,
            toolchains=tuple(dict.fromkeys(shown)),
            shown=tuple(dict.fromkeys(one for found in means for one in found.shown)),
            aliases=tuple(dict.fromkeys(one for found in means for one in found.aliases)),
            environment={**environment, "PATH": ":".join(path)},
            limits=replace(self._limited(seconds), address_bytes=0),
        )

    def _limited(self, seconds: float) -> ExecutionLimits:
        return replace(self.limits, seconds=min(self.limits.seconds, seconds))

    async def can_run(self, operation: ProjectOperation) -> bool:
        """Say whether the programs of an operation are there, and the files that it needs."""
        means = await self._needs(operation.argv[0], operation.folder)
        lacks = means.lacks or await self._missing_program(operation, means)
        if not lacks:
            absent = (one for one in operation.needs if not self._has(operation.folder, one, means))
            lacks = next((not_there(operation, one) for one in absent), "")
        if lacks:
            self._lacking[operation.name] = lacks
        return not lacks

    async def _missing_program(self, operation: ProjectOperation, means: ToolchainAccess) -> str:
        """Say which program is not there for contained commands; "" where all are."""
        # One of the repository's own is looked for from where it is started.
        is_own = "/" in operation.argv[0]
        command = Command(
            ("sh", "-c", _LOOKING, "sh", *operation.programs),
            self.workspace.root,
            writable=False,
            folder=operation.folder if is_own else "",
            toolchains=(*self.toolchains, *means.toolchains),
            environment=means.variables(),
        )
        execution = await self.executor.run(command)
        told = execution.output.strip().split("\n")[-1]
        if execution.succeeded:
            self._found[operation.name] = told
            return ""
        named = told.removeprefix(_MISSING) if told.startswith(_MISSING) else ""
        return not_installed(operation, named if named in operation.programs else "")

    def _has(self, folder: str, path: str, means: ToolchainAccess) -> bool:
        """Say whether a path is there for an operation: in the repository, or in what is shown."""
        for one in dict.fromkeys((f"{folder}/{path}".lstrip("/"), path)):
            if one in self.workspace.snapshot.files:
                return True
            for mount in means.shown:
                place = PurePosixPath(WORKSPACE, one)
                inside = place.is_relative_to(mount.place)
                if inside and (mount.folder / place.relative_to(mount.place)).exists():
                    return True
        return False

    def found(self, operation: ProjectOperation) -> str:
        """Return where the program of an operation is, once it is known to run."""
        return self._found.get(operation.name, "")

    def lacks(self, operation: ProjectOperation) -> str:
        """Say why an operation cannot be run, where that is known."""
        return self._lacking.get(operation.name, "")

    async def _needs(self, program: str, folder: str) -> ToolchainAccess:
        """Return what a program that is no Python's has to be shown; it is looked for once."""
        key = (program, folder)
        if key not in self._means:
            snapshot, shares = self.workspace.snapshot, self.executor.shares_host
            started = ProjectOperation(program, "setup", (program,), folder=folder)
            self._means[key] = await asyncio.to_thread(
                lambda: toolchain_access(
                    started, snapshot, HostMachine.of(snapshot.root), shares_host=shares
                )
            )
            self.notes += [one for one in self._means[key].notes if one not in self.notes]
        return self._means[key]

    def why_none(self, operations: Sequence[ProjectOperation]) -> str:
        """Say why no test can be run, where none of these operations can."""
        tests = [one for one in operations if one.kind == "test"]
        lacking = [self._lacking[one.name] for one in tests if one.name in self._lacking]
        if lacking and not any(one.needs_python for one in tests):
            return f"tests not run: {'; '.join(lacking)}"
        return (
            "no tests can be run: none of the project's test commands works in the sandbox; "
            "give it an environment with the project's dependencies (sandbox.toolchains, or "
            "a .venv in the repository)"
        )


def variants(
    operation: ProjectOperation, tests: tuple[str, ...] = ()
) -> tuple[tuple[str, ...], ...]:
    """Return all commands that one operation may be run as, the usual one first.

    pytest's own are: without the options of the project, where those keep it from beginning, and
    with a plugin of ours that notes which lines run.
    """
    argv = operation.command(tests)
    if operation.runner != "pytest" or operation.configured:
        return (argv,)
    return argv, (*argv, *WITHOUT_OPTIONS), (*argv, "-p", PLUGIN, *WITHOUT_OPTIONS)


def readable(argv: tuple[str, ...]) -> tuple[str, ...]:
    """Return a command as it is told to people: which Python it takes is found in the sandbox."""
    return tuple("python" if part == "{python}" else part for part in argv)
