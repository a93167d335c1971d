"""From a run's beginning to its end: held by one process, traced, and recorded however it ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

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
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.sandbox.executor_choice import choose, limits_of


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
    section: SandboxSection,
    folder: RunFolder,
    snapshot: Snapshot,
    answers: RecordedModel,
    members: Mapping[ModelRole, TeamMember],
    events: EventLog,
) -> AsyncIterator[Team]:
    """Yield a team; it executes, where there is a sandbox, in a copy that is removed at the end."""
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
        project = await asyncio.to_thread(detect, snapshot)
        limits, toolchains = limits_of(section), tuple(section.toolchains)
        team.checks = Checks(executor, workspace, project, limits, toolchains, answers.memo)
        yield team
    finally:
        await asyncio.to_thread(workspace.remove)


def _fresh(folder: RunFolder, snapshot: Snapshot, largest: int) -> Workspace:
    # A run that was killed has left its copy, with whatever commands had made of it.
    Workspace(folder.workspace, snapshot).remove()
    return Workspace.make(folder.workspace, snapshot, largest)
