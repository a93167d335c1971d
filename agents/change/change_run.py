"""Set up everything that a change needs, run it, and clean up all but its record.

A new run takes a snapshot first; one that is resumed has it, and goes the same way again by its
log. The copy in which commands run is removed however the run ends.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from agents.change.flow import ChangeFlow, ChangeSettings
from agents.change.outcome import ChangeOutcome
from agents.change.planning.plan import ChangePlan
from agents.change.planning.planner import PlaceCandidate
from agents.runs.budget import Budget, Spending
from agents.runs.lifecycle import ExecutionSettings, open_team, recorded_run
from agents.runs.recorded_model import RecordedModel
from agents.runs.step_log import StepLog
from agents.runs.store import RunFolder
from agents.runs.team import TeamMember
from indexing.repository.refresh import refresh_index
from indexing.repository.repository import Repository
from models.client.language_model import LanguageModel
from models.probing.profile import ROLES, ModelRole
from rooftree.config import Config
from rooftree.git.commands import Worktree
from rooftree.telemetry.events import EventLog
from rooftree.telemetry.progress import Counted, SnapshotBegun
from tools.approvals import ApprovalMode, ApprovalRequest, ApprovalResponse, Approvals, Approver
from tools.drafts.draft import Draft
from tools.drafts.snapshot import Snapshot, take_snapshot
from tools.projects.configuration.choice import ProjectSettings
from tools.projects.configuration.confirmations import Confirmations
from tools.projects.configuration.section import FILE


@dataclass(slots=True)
class ChangeRun:
    """One change of one repository, in one run's folder."""

    config: Config
    worktree: Worktree
    answers: LanguageModel
    members: dict[ModelRole, TeamMember]
    folder: RunFolder
    task: str
    events: EventLog
    approver: Approver
    mode: ApprovalMode
    repository: Repository | None = None
    allowed: Sequence[str] = ()
    plan: ChangePlan | None = None
    budget: Budget = field(default_factory=Budget)
    settings: ChangeSettings = field(default_factory=ChangeSettings)
    test_command: tuple[str, ...] = ()
    """What a person said runs the tests; empty where the project's files tell."""

    async def run(self) -> ChangeOutcome:
        """Run the change to its end; its record says how that was, whatever it was."""
        spending = Spending(self.budget)
        with recorded_run(self.folder, self.events, spending, "change"):
            self.events.emit(
                "run.started",
                task=self.task,
                repo=str(self.worktree.root),
                budget=asdict(self.budget),
            )
            outcome = await self._run(spending)
            outcome = replace(
                outcome,
                run=self.folder.id,
                repo=self.folder.record().repo,
                spending=spending.as_json(),
            )
            self.folder.save_outcome(outcome.as_json())
            self.folder.end(outcome.status, outcome.summary, spending.as_json(), outcome.applied)
            self.events.emit("run.finished", **_short(outcome))
            return outcome

    async def _run(self, spending: Spending) -> ChangeOutcome:
        memo = StepLog(self.folder.steps)
        snapshot = await asyncio.to_thread(self._snapshot)
        answers = RecordedModel(self.answers, memo, spending)
        section = self.config.sandbox
        told = await asyncio.to_thread(self._project_settings, snapshot)
        async with open_team(
            ExecutionSettings(section, told),
            self.folder,
            snapshot,
            answers,
            self.members,
            self.events,
        ) as team:
            team.repository = self.repository
            flow = ChangeFlow(
                team,
                Draft(snapshot, {}, frozenset(self.allowed)),
                self.task,
                IndexPlaceFinder(self.repository, memo, self.events),
                Approvals(self.mode, self.approver, memo, self._emit_approval),
                self.folder.path,
                self.settings,
                self.plan,
            )
            outcome = await flow.run()
            self.events.emit("usage", **spending.as_json(), prompts=team.prompts)
            return outcome

    def _snapshot(self) -> Snapshot:
        kept = self.folder.snapshot()
        if kept is not None:
            return kept
        self.events.progress(SnapshotBegun())
        snapshot = take_snapshot(self.worktree, self.folder.blobs)
        self.folder.save_snapshot(snapshot)
        return snapshot

    def _project_settings(self, snapshot: Snapshot) -> ProjectSettings:
        return ProjectSettings(
            snapshot.content(FILE),
            confirmations=Confirmations(self.config.paths, self.worktree.repo_id),
            test_command=self.test_command,
        )

    def _emit_approval(self, asked: ApprovalRequest, decision: ApprovalResponse | None) -> None:
        if decision is None:
            self.events.emit(
                "approval.requested",
                approval=asked.kind,
                summary=asked.summary,
                digest=asked.digest,
            )
            return
        self.events.emit(
            "approval.resolved",
            approval=asked.kind,
            approved=decision.approved,
            reason=decision.reason,
        )


@dataclass(slots=True)
class IndexPlaceFinder:
    """Finds places by the repository's index; without one it finds nothing and says so."""

    repository: Repository | None
    memo: StepLog
    events: EventLog

    async def __call__(self, task: str, limit: int) -> Sequence[PlaceCandidate]:
        async def work() -> Any:
            return await asyncio.to_thread(self._find, task, limit)

        told = await self.memo.once("search", f"{limit} {task}", work)
        return [PlaceCandidate(*one) for one in told]

    def _find(self, task: str, limit: int) -> list[tuple[str, str, str]]:
        if self.repository is None:
            self.events.emit("error", message="there is no index, so no place was searched for")
            return []
        refresh_index(self.repository, self._progress)
        with self.repository.searcher() as searcher:
            hits = searcher.search(task[:2000], limit).hits
        return [(hit.path, hit.symbol, hit.signature) for hit in hits]

    def _progress(self, stage: str, done: int, total: int) -> None:
        self.events.progress(Counted(stage, done, total))


def _short(outcome: ChangeOutcome) -> dict[str, Any]:
    told = outcome.as_json()
    return {name: told[name] for name in ("status", "summary", "applied", "paths", "digest")}


def members_json(members: dict[ModelRole, TeamMember]) -> dict[str, Any]:
    """Return which model has which role, for a run's record."""
    return {role: asdict(member) for role, member in members.items()}


def members_of(told: dict[str, Any]) -> dict[ModelRole, TeamMember]:
    """Read it back."""
    return {role: TeamMember(**told[role]) for role in ROLES if role in told}
