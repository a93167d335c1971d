"""Commands that are no operation of the project, in the sandbox, on a draft.

They find the project's own environments (its Python first on PATH, the toolchains of its
operations), and the files as the draft has them. What they write is gone when they end: only the
names of what they touched are told, since nothing that contained code made gets into a draft.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rooftree.errors import SandboxUnavailableError
from tools.drafts.draft import Draft
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.draft_runs import DraftRuns, execution_json, key_of
from tools.sandbox.process.execution import Command, Execution

MAX_TOUCHED = 200
"""Names of touched files that are kept."""


@dataclass(frozen=True, slots=True)
class ShellRun:
    """How a command ended, and which files it made, changed or removed in the copy."""

    execution: Execution
    touched: tuple[str, ...] = ()


@dataclass(slots=True)
class ProjectShell:
    """Runs commands beside the checks of one project, in the same copy, one at a time."""

    checks: Checks

    async def run(
        self, draft: Draft, argv: Sequence[str], seconds: float, *, writable: bool = True
    ) -> ShellRun:
        """Run a command to its end, for at most so many seconds."""
        words = (*argv, f"{seconds:g} s", "" if writable else "read-only")

        async def kept() -> Any:
            runs = DraftRuns(self.checks.workspace, self.checks.memo, self.checks.turn)
            async with runs.holding(draft):
                command = await self._command(self.checks.workspace, argv, seconds, writable)
                return await self._done(command, self.checks.workspace)

        return shell_run_of(await self.checks.memo.once("shell", key_of(draft, words), kept))

    async def apart(
        self, draft: Draft, argv: Sequence[str], seconds: float, folder: Path
    ) -> ShellRun:
        """Run a command in a copy of its own, which is removed afterwards; nothing is noted."""
        async with self._copy(draft, folder) as workspace:
            command = await self._command(workspace, argv, seconds, writable=True)
            told = await self._done(command, workspace)
        return shell_run_of(told)

    @asynccontextmanager
    async def _copy(self, draft: Draft, folder: Path) -> AsyncIterator[Workspace]:
        snapshot = draft.snapshot
        workspace = await asyncio.to_thread(Workspace.make, folder, snapshot)
        try:
            await asyncio.to_thread(workspace.put, draft.changes)
            yield workspace
        finally:
            await asyncio.shield(asyncio.to_thread(workspace.remove))

    async def _done(self, command: Command, workspace: Workspace) -> dict[str, Any]:
        execution = await self.checks.executor.run(command)
        touched = await asyncio.to_thread(workspace.reset)
        told = await asyncio.to_thread(execution_json, execution)
        return {"execution": told, "touched": list(touched[:MAX_TOUCHED])}

    async def _command(
        self, workspace: Workspace, argv: Sequence[str], seconds: float, writable: bool
    ) -> Command:
        command = await self.checks.commands.of_words(
            tuple(argv), self.checks.project.operations, await self._python_folder(), seconds
        )
        return replace(command, workspace=workspace.root, writable=writable)

    async def _python_folder(self) -> tuple[Path | None, tuple[Path, ...]]:
        """Return where the project's Python is, and what it has to be shown; None without one."""
        suites = self.checks.setups.with_tests()
        if not suites:
            return None, ()
        try:
            python = (await self.checks.setups.live(suites[0])).python
        except SandboxUnavailableError:
            return None, ()
        return Path(python.program).parent, python.toolchains


def shell_run_of(told: dict[str, Any]) -> ShellRun:
    """Read back what was kept."""
    return ShellRun(Execution(**told["execution"]), tuple(told["touched"]))


def shell_run_json(run: ShellRun) -> dict[str, Any]:
    """Return it as it is kept."""
    return {"execution": asdict(run.execution), "touched": list(run.touched)}
