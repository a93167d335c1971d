"""From a run's beginning to its end: held by one process, traced, and recorded however it ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from agents.runs.budget import Spending
from agents.runs.recorded_model import RecordedModel
from agents.runs.run_lookup import run_command_arguments
from agents.runs.store import RunFolder, RunStatus
from agents.runs.team import Team, TeamMember
from models.probing.profile import ModelRole
from rooftree.config import SandboxSection
from rooftree.errors import RooftreeError, SandboxUnavailableError
from rooftree.telemetry.events import EventLog
from rooftree.telemetry.spans import span
from tools.drafts.applying.journal import Journal
from tools.drafts.snapshot import Snapshot
from tools.drafts.workspace import MIB, Workspace
from tools.once import Memo
from tools.projects.checks import Checks
from tools.projects.configuration.choice import ProjectChoice, ProjectSettings, choose_project
from tools.sandbox.executor_choice import choose, limits_of


@dataclass(frozen=True, slots=True)
class ExecutionSettings:
    """Where commands are run, and what is said of them beside the project's files."""

    section: SandboxSection
    project: ProjectSettings = field(default_factory=ProjectSettings)
    """It counts as far as a person has confirmed it."""


@contextmanager
def recorded_run(
    folder: RunFolder, events: EventLog, spending: Spending, kind: str
) -> Iterator[None]:
    """Hold a run while it is worked on; its record says how it ended, whatever it was."""

    def end(status: RunStatus, summary: str) -> None:
        journal = Journal.load(folder.path)
        applied = journal is not None and journal.state != "undone"
        folder.end(status, summary, spending.as_json(), applied=applied)
        events.emit("run.finished", status=status, summary=summary)

    with folder.locked(), span(f"run {kind}", run=folder.id) as current:
        try:
            yield
        except asyncio.CancelledError:
            end("cancelled", "cancelled; `--resume` goes on" if kind == "change" else "cancelled")
            raise
        except RooftreeError as error:
            # The caller gets the error itself, and once is enough.
            events.emit("error", message=str(error), raised=True)
            end("error", str(error))
            if kind == "change":
                error.add_note(
                    f"`rooftree change --resume {run_command_arguments(folder.record())}` goes on"
                )
            raise
        except Exception as error:
            end("error", f"internal error: {type(error).__name__}")
            raise
        current.set_attribute("rooftree.status", folder.record().status)


@asynccontextmanager
async def open_team(
    execution: ExecutionSettings,
    folder: RunFolder,
    snapshot: Snapshot,
    answers: RecordedModel,
    members: Mapping[ModelRole, TeamMember],
    events: EventLog,
) -> AsyncIterator[Team]:
    """Yield a team; it executes, where there is a sandbox, in a copy that is removed at the end."""
    section = execution.section
    team = Team(answers, members, None, snapshot, answers.memo, events)
    try:
        executor = await choose(section, snapshot.root)
    except SandboxUnavailableError as error:
        events.emit("error", message=str(error))
        team.no_checks = str(error)
        yield team
        return
    workspace = await asyncio.to_thread(_fresh, folder, snapshot, section.copy_mib * MIB)
    try:
        choice = await _choice(snapshot, execution.project, answers.memo)
        limits, toolchains = limits_of(section), tuple(section.toolchains)
        checks = Checks(executor, workspace, choice.project, limits, toolchains, answers.memo)
        checks.gaps += choice.notes
        team.checks = checks
        yield team
    finally:
        await asyncio.to_thread(workspace.remove)


async def _choice(snapshot: Snapshot, settings: ProjectSettings, memo: Memo) -> ProjectChoice:
    """Return the project; what is confirmed is looked up once, so that a resumed run goes by it."""

    async def look() -> Any:
        return await asyncio.to_thread(settings.confirmed)

    has_section = settings.data is not None
    confirmed = await memo.once("confirmed", "project", look) if has_section else ""
    return await asyncio.to_thread(choose_project, snapshot, settings, confirmed)


def _fresh(folder: RunFolder, snapshot: Snapshot, largest: int) -> Workspace:
    # A run that was killed has left its copy, with whatever commands had made of it.
    Workspace(folder.workspace, snapshot).remove()
    return Workspace.make(folder.workspace, snapshot, largest)
