"""How each suite of a project's tests is run, found once and remembered in the run's log.

A run that is resumed, or replayed, decides by what was found then; what has to be executed anew is
executed only where the same is found again.
"""

import asyncio
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rooftree.errors import SandboxUnavailableError
from tools.once import Memo
from tools.projects.environments.setup import SuiteSetup, find_setup
from tools.projects.operations import Project, ProjectOperation
from tools.projects.suite import PythonSuite
from tools.sandbox.process.execution import Executor


@dataclass(frozen=True, slots=True)
class SetupDecision:
    """What runs a suite, in words; or why nothing can."""

    operation: str = ""
    told: str = ""
    notes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    problem: str = ""


@dataclass(slots=True)
class SuiteSetups:
    """Finds the setups of a project's suites."""

    executor: Executor
    workspace: Path
    root: Path
    project: Project
    memo: Memo
    _decided: dict[str, SetupDecision] = field(default_factory=dict)
    _live: dict[str, SuiteSetup] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def operation(self, suite: PythonSuite) -> ProjectOperation:
        """Return what runs a suite; SandboxUnavailableError where nothing can."""
        decided = await self._of(suite)
        found = self.project.named(decided.operation)
        if decided.problem or found is None:
            raise SandboxUnavailableError(decided.problem or "tests not run: nothing can run them")
        return found

    async def operations(self) -> tuple[ProjectOperation, ...]:
        """Return what runs the suites that can be run, each once; none raises the first reason."""
        found: dict[str, ProjectOperation] = {}
        reasons = []
        for suite in self.with_tests():
            try:
                operation = await self.operation(suite)
                found[operation.name] = operation
            except SandboxUnavailableError as error:
                reasons.append(str(error))
        if not found and reasons:
            raise SandboxUnavailableError(reasons[0])
        return tuple(found.values())

    def with_tests(self) -> tuple[PythonSuite, ...]:
        """Return the suites that have tests; the first where none has."""
        suites = self.project.suites
        return tuple(one for one in suites if one.tests) or suites[:1]

    def notes(self) -> tuple[str, ...]:
        """Say how the tests are run, as far as it was decided."""
        known = self._decided.values()
        told = [one.told for one in known if one.told]
        return tuple(dict.fromkeys([*told, *(note for one in known for note in one.notes)]))

    def gaps(self) -> tuple[str, ...]:
        """Say which tests are not run although others are."""
        known = self._decided.values()
        found = [gap for one in known for gap in one.gaps]
        return tuple(dict.fromkeys([*found, *(one.problem for one in known if one.problem)]))

    async def live(self, suite: PythonSuite) -> SuiteSetup:
        """Return what is there to run a suite now: the same as was decided."""
        decided = await self._of(suite)
        if decided.problem:
            raise SandboxUnavailableError(decided.problem)
        found = await self._find(suite)
        if (found.operation.name, found.description) != (decided.operation, decided.told):
            raise SandboxUnavailableError(
                f"tests not run: they were {decided.told.removeprefix('tests ')} when this run "
                f"began, and now {found.description.removeprefix('tests ')}; start anew"
            )
        return found

    async def _of(self, suite: PythonSuite) -> SetupDecision:
        if suite.folder not in self._decided:
            told = await self.memo.once("setup", suite.folder, lambda: self._decide(suite))
            lists = {name: tuple(told[name]) for name in ("notes", "gaps")}
            self._decided[suite.folder] = SetupDecision(**{**told, **lists})
        return self._decided[suite.folder]

    async def _decide(self, suite: PythonSuite) -> Any:
        try:
            found = await self._find(suite)
        except SandboxUnavailableError as error:
            return asdict(SetupDecision(problem=str(error)))
        return asdict(
            SetupDecision(found.operation.name, found.description, found.notes, found.gaps)
        )

    async def _find(self, suite: PythonSuite) -> SuiteSetup:
        async with self._turn:
            if suite.folder not in self._live:
                self._live[suite.folder] = await find_setup(
                    self.executor, self.workspace, self.root, self.project, suite
                )
            return self._live[suite.folder]
