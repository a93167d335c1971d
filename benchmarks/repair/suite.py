"""Running a tree's tests in the sandbox, and each test's outcome by its id."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.repair.environment import PLUGIN_NAME, Environment
from benchmarks.repair.tasks import TestRun
from tools.sandbox.process.execution import (
    MIB,
    WORKSPACE,
    Command,
    Execution,
    ExecutionLimits,
    Executor,
)

OUTCOMES = ".rooftree-outcomes.json"
LIMITS = ExecutionLimits(seconds=120.0, memory_bytes=2048 * MIB, address_bytes=4096 * MIB)
MAX_FAILURES = 8
"""A run that is screened ends here; such a mutant breaks too much to be a task."""


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """How a run ended, and how each test did: passed, failed or skipped."""

    execution: Execution
    outcomes: Mapping[str, str] = field(default_factory=dict)
    reached: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """For traced runs: the functions, as `file:line`, that each test calls."""

    def having(self, outcome: str) -> frozenset[str]:
        return frozenset(test for test, found in self.outcomes.items() if found == outcome)

    @property
    def passed(self) -> frozenset[str]:
        return self.having("passed")

    @property
    def failed(self) -> frozenset[str]:
        return self.having("failed")


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs tests with one executor and one environment."""

    executor: Executor
    environment: Environment
    limits: ExecutionLimits = LIMITS

    async def run(
        self,
        folder: Path,
        tests: TestRun,
        ids: Sequence[str] = (),
        *,
        options: Sequence[str] = (),
        trace: bool = False,
    ) -> SuiteResult:
        """Run all tests of a tree, or those with `ids`; the folder keeps what they leave behind."""
        command = Command(
            argv=tuple(self._argv(tests, ids, options)),
            workspace=folder,
            toolchains=self.environment.toolchains,
            environment=self._variables(tests, trace=trace),
            limits=self.limits,
        )
        execution = await self.executor.run(command)
        return SuiteResult(execution, *_read(folder / OUTCOMES))

    def _argv(self, tests: TestRun, ids: Sequence[str], options: Sequence[str]) -> list[str]:
        # A project's own options ask for plugins and coverage that this environment lacks.
        argv = [str(self.environment.python), "-m", "pytest", "-o", "addopts=", "-q"]
        argv += ["-p", "no:cacheprovider", "-p", PLUGIN_NAME, *options]
        argv += [f"--ignore={path}" for path in tests.ignore]
        argv += [f"--deselect={test}" for test in tests.deselect]
        return [*argv, *(ids or tests.paths)]

    def _variables(self, tests: TestRun, *, trace: bool) -> dict[str, str]:
        """Return the environment variables of a run; hashing is fixed, so that runs are alike."""
        package = f"{WORKSPACE}/{tests.import_path}".rstrip("/")
        found = {
            "PYTHONPATH": f"{package}:{self.environment.plugins}",
            "PYTHONHASHSEED": "0",
            "COLUMNS": "100",
            "REPAIR_OUTCOMES": f"{WORKSPACE}/{OUTCOMES}",
        }
        return found | {"REPAIR_TRACE": "1"} if trace else found


def _read(path: Path) -> tuple[dict[str, str], dict[str, list[str]]]:
    """Take the outcomes away from where contained code wrote them; nothing there is believed."""
    try:
        if path.is_symlink() or not path.is_file():
            return {}, {}
        found = json.loads(path.read_text("utf-8"))
        path.unlink()
        return dict(found["outcomes"]), dict(found["reached"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}, {}
