"""Run the static tools in the sandbox, on the new files and on the old ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tools.drafts.draft import Draft
from tools.drafts.workspace import Workspace
from tools.linters import bandit, ruff
from tools.linters.remarks import LinterRemark, LinterReport
from tools.once import Memo, NoMemo
from tools.projects.draft_runs import DraftRuns
from tools.sandbox.process.execution import WORKSPACE, Command, Execution, ExecutionLimits, Executor
from tools.sandbox.process.toolchains import python_of

SECONDS = 60.0
OUTPUT_BYTES = 4 << 20


class Linter(Protocol):
    """A module of this folder that knows one tool."""

    NAME: str

    def arguments(self, paths: Sequence[str]) -> tuple[str, ...]: ...

    def parse_output(self, output: str, root: str) -> LinterReport | None: ...


LINTERS: tuple[Linter, ...] = (ruff, bandit)


def linter_command(
    executor: Executor,
    workspace: Workspace,
    linter: Linter,
    paths: Sequence[str],
    seconds: float = SECONDS,
) -> Command:
    """Return how a tool looks at files: by rooftree's own Python, and only reading."""
    program, toolchains = python_of(executor)
    return Command(
        (program, *linter.arguments([f"./{path}" for path in paths])),
        workspace.root,
        writable=False,
        toolchains=toolchains,
        limits=ExecutionLimits(seconds=seconds, output_bytes=OUTPUT_BYTES),
        merged=False,
    )


@dataclass(slots=True)
class LinterRunner:
    """The tools, in one workspace; what one of them could not do is told in `problems`."""

    executor: Executor
    workspace: Workspace
    memo: Memo = field(default_factory=NoMemo)
    problems: list[str] = field(default_factory=list, init=False)

    async def remarks(
        self, draft: Draft, paths: Sequence[str]
    ) -> dict[str, tuple[LinterRemark, ...]]:
        """Return what each tool says of these files; one that could not look is left out."""
        there = [path for path in paths if draft.content(path) is not None]
        found: dict[str, tuple[LinterRemark, ...]] = {}
        for linter in LINTERS:
            said = await self._remarks_of(linter, draft, there) if there else ()
            if said is not None:
                found[linter.NAME] = said
        return found

    async def _remarks_of(
        self, linter: Linter, draft: Draft, paths: Sequence[str]
    ) -> tuple[LinterRemark, ...] | None:
        command = linter_command(self.executor, self.workspace, linter, paths)
        runs = DraftRuns(self.workspace, self.memo)
        execution = await runs.execution(draft, command.argv, lambda: self.executor.run(command))
        read = linter.parse_output(execution.output, WORKSPACE) if execution.succeeded else None
        if read is None:
            self.note_problem(f"{linter.NAME} could not look: {last_words(execution)}")
            return None
        for path in read.unread:
            self.note_problem(f"{linter.NAME} could not read {path}")
        return tuple(one for one in read.remarks if one.path in paths)

    def note_problem(self, problem: str) -> None:
        """Note, once, what could not be looked at."""
        if problem not in self.problems:
            self.problems.append(problem)


def last_words(execution: Execution) -> str:
    """Say how a tool ended that could not look, with the last line that it said."""
    said = (execution.errors or execution.output).strip().split("\n")[-1][:200]
    return f"{execution.reason}; {said}" if said else execution.reason
