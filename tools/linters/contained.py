"""Run the static tools in the sandbox, on the new files and on the old ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tools.checks import in_turn, stored
from tools.draft import Draft
from tools.linters import bandit, ruff
from tools.linters.remarks import Remark
from tools.memo import Forgetful, Memo
from tools.sandbox.execution import WORKSPACE, Command, Execution, Executor, Limits
from tools.sandbox.toolchains import python_of
from tools.workspace import Workspace

SECONDS = 60.0
OUTPUT_BYTES = 4 << 20


class Linter(Protocol):
    """A module of this folder that knows one tool."""

    NAME: str

    def arguments(self, paths: Sequence[str]) -> tuple[str, ...]: ...

    def remarks(self, output: str, root: str) -> tuple[Remark, ...] | None: ...


LINTERS: tuple[Linter, ...] = (ruff, bandit)


@dataclass(slots=True)
class Linters:
    """The tools, in one workspace; what one of them could not do is told in `problems`."""

    executor: Executor
    workspace: Workspace
    memo: Memo = field(default_factory=Forgetful)
    problems: list[str] = field(default_factory=list, init=False)

    async def remarks(self, draft: Draft, paths: Sequence[str]) -> tuple[Remark, ...]:
        """Return what all tools say of these files."""
        there = [path for path in paths if draft.content(path) is not None]
        found: list[Remark] = []
        for linter in LINTERS if there else ():
            found += await self._said(linter, draft, there)
        return tuple(found)

    async def _said(self, linter: Linter, draft: Draft, paths: Sequence[str]) -> tuple[Remark, ...]:
        program, toolchains = python_of(self.executor)
        argv = (program, *linter.arguments([f"./{path}" for path in paths]))

        async def work() -> Any:
            return stored(await self._run(draft, argv, toolchains))

        key = "\0".join((draft.digest, *argv))
        execution = Execution(**await self.memo.once("execution", key, work))
        read = linter.remarks(execution.output, WORKSPACE) if execution.succeeded else None
        if read is None:
            problem = f"{linter.NAME} could not look: {_last(execution)}"
            if problem not in self.problems:
                self.problems.append(problem)
            return ()
        return tuple(one for one in read if one.path in paths)

    async def _run(
        self, draft: Draft, argv: tuple[str, ...], toolchains: tuple[Path, ...]
    ) -> Execution:
        await in_turn(self.workspace.put, draft.changes)
        try:
            return await self.executor.run(
                Command(
                    argv,
                    self.workspace.root,
                    writable=False,
                    toolchains=toolchains,
                    limits=Limits(seconds=SECONDS, output_bytes=OUTPUT_BYTES),
                    merged=False,
                )
            )
        finally:
            await in_turn(self.workspace.reset)


def _last(execution: Execution) -> str:
    said = (execution.errors or execution.output).strip().split("\n")[-1][:200]
    return f"{execution.reason}; {said}" if said else execution.reason
