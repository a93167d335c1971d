"""The tool `run` of a question: tests and commands in the sandbox, on a copy of the files.

The copy is made when the tool is first called: most questions need none. The project's tests and
commands that only read are run unasked. Any other string is shown to the person at the terminal,
once; where nobody can be asked it is refused.
"""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from agents.runs.lifecycle import ExecutionSettings, open_team
from agents.runs.recorded_model import RecordedModel
from agents.runs.shell_approval import shell_approval_request
from agents.runs.store import RunFolder
from agents.runs.team import TeamMember
from agents.runs.wall_clock import standing_still
from models.client.unavailable_model import UnavailableModel
from models.probing.profile import ModelRole
from rooftree.config import Config
from rooftree.errors import ToolRefusedError
from rooftree.telemetry.events import EventLog
from tools.approvals import Approvals, Approver
from tools.model_tools.running.run import MayShell, RunArguments, RunTool, run_tool
from tools.model_tools.tool import Tool
from tools.model_tools.toolbox import Toolbox
from tools.model_tools.working_draft import WorkingDraft
from tools.once import Memo, NoMemo
from tools.projects.configuration.choice import ProjectSettings
from tools.projects.configuration.confirmations import Confirmations
from tools.projects.configuration.section import FILE
from tools.projects.operations import ProjectOperation

NOBODY: Mapping[ModelRole, TeamMember] = {}


async def _may_run(operation: ProjectOperation) -> bool:
    return operation.kind == "test"


@dataclass(slots=True)
class QuestionRuns:
    """Runs commands for one question; `close` ends them and removes the copy."""

    config: Config
    repo_id: str
    working: WorkingDraft
    folder: Path
    approver: Approver | None = None
    """Asks the person at the terminal; None where nobody can be asked."""
    _open: AsyncExitStack = field(default_factory=AsyncExitStack, init=False)
    _runs: RunTool | None = field(default=None, init=False)

    def tool(self) -> Tool:
        return run_tool(self.run, "Files that a command writes are not kept.")

    async def run(self, arguments: RunArguments) -> str:
        """Run what is asked for; what is no test and does not only read is refused."""
        if self._runs is None:
            self._runs = await self._opened()
        return await self._runs.run(arguments)

    async def close(self) -> None:
        await self._open.aclose()

    async def _opened(self) -> RunTool:
        snapshot, memo = self.working.draft.snapshot, NoMemo()
        confirmations = Confirmations(self.config.paths, self.repo_id)
        project = ProjectSettings(snapshot.content(FILE), confirmations=confirmations)
        nobody = RecordedModel(UnavailableModel("a copy asks no model"), memo)
        team = await self._open.enter_async_context(
            open_team(
                ExecutionSettings(self.config.sandbox, project),
                RunFolder(self.folder),
                snapshot,
                nobody,
                NOBODY,
                EventLog(lambda _: None),
            )
        )
        where = team.checks.executor.name if team.checks is not None else ""
        toolbox = Toolbox(
            self.working, team.checks, None, memo, _may_run, self._asking(where, memo)
        )
        if toolbox.runs is None:
            raise ToolRefusedError(f"nothing can be run here: {team.no_checks}")
        self._open.push_async_callback(toolbox.close)
        return toolbox.runs

    def _asking(self, sandbox: str, memo: Memo) -> MayShell | None:
        """Return what asks the person for a command, each once, while the clock stands still."""
        if self.approver is None:
            return None
        approvals = Approvals("ask", self.approver, memo)

        async def may(command: str) -> bool:
            with standing_still():
                asked = shell_approval_request(command, sandbox)
                return (await approvals.decide(asked)).approved

        return may
