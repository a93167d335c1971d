"""Make everything that a change needs, run it, and leave nothing behind but its record.

A new run takes a snapshot first; one that is resumed has it, and goes the same way again by its
log. The copy in which commands run is removed however the run ends.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from agents.change.flow import ChangeFlow, Settings
from agents.change.outcome import Outcome
from agents.change.plan import Plan
from agents.change.planner import Place
from agents.change.team import Member, Team
from agents.runs.budget import Budget, Spending
from agents.runs.log import StepLog
from agents.runs.recorded import RecordedAnswers
from agents.runs.store import RunFolder
from indexing.git import Worktree
from indexing.repository import Repository
from models.asking import Answers
from models.probing.profile import ROLES, Role
from rooftree.config import Config
from rooftree.errors import RooftreeError, SandboxUnavailableError
from rooftree.events import EventLog
from rooftree.spans import span
from tools.approvals import Approvals, Approver, Asked, Decision, Mode
from tools.checks import Checks
from tools.draft import Draft
from tools.freshen import freshen
from tools.projects.detect import detect
from tools.sandbox.choice import choose, limits_of
from tools.snapshot import Snapshot, take_snapshot
from tools.workspace import Workspace


@dataclass(slots=True)
class Change:
    """One change of one repository, in one run's folder."""

    config: Config
    worktree: Worktree
    answers: Answers
    members: dict[Role, Member]
    folder: RunFolder
    task: str
    events: EventLog
    approver: Approver
    mode: Mode
    repository: Repository | None = None
    allowed: Sequence[str] = ()
    plan: Plan | None = None
    budget: Budget = field(default_factory=Budget)
    settings: Settings = field(default_factory=Settings)

    async def run(self) -> Outcome:
        """Run the change to its end; its record says how that was, whatever it was."""
        with self.folder.held():
            self.events.emit("run.started", task=self.task, repo=str(self.worktree.root))
            spending = Spending(self.budget)
            try:
                with span("run change", run=self.folder.id) as current:
                    outcome = await self._run(spending)
                    current.set_attribute("rooftree.status", outcome.status)
            except asyncio.CancelledError:
                self._end("cancelled", "cancelled; `--resume` goes on", spending)
                raise
            except RooftreeError as error:
                self.events.emit("error", message=str(error))
                self._end("error", str(error), spending)
                raise
            outcome = replace(outcome, run=self.folder.id, spending=spending.as_json())
            self.folder.save_outcome(outcome.as_json())
            self.folder.end(outcome.status, outcome.summary, spending.as_json(), outcome.applied)
            self.events.emit("run.finished", **_short(outcome))
            return outcome

    async def _run(self, spending: Spending) -> Outcome:
        memo = StepLog(self.folder.steps)
        snapshot = await asyncio.to_thread(self._snapshot)
        workspace, checks, problem = await self._checks(snapshot, memo)
        try:
            team = Team(
                RecordedAnswers(self.answers, memo, spending),
                self.members,
                checks,
                snapshot,
                memo,
                self.events,
                problem,
                self.repository,
            )
            approvals = Approvals(self.mode, self.approver, memo, self._tell)
            flow = ChangeFlow(
                team,
                Draft(snapshot, {}, frozenset(self.allowed)),
                self.task,
                self._finder(memo),
                approvals,
                self.folder.path,
                self.settings,
                self.plan,
            )
            outcome = await flow.run()
            self.events.emit("usage", **spending.as_json(), prompts=team.prompts)
            return outcome
        finally:
            if workspace is not None:
                await asyncio.to_thread(workspace.remove)

    def _snapshot(self) -> Snapshot:
        kept = self.folder.snapshot()
        if kept is not None:
            return kept
        self.events.emit("progress", stage="snapshot")
        snapshot = take_snapshot(self.worktree, self.folder.blobs)
        self.folder.save_snapshot(snapshot)
        return snapshot

    async def _checks(
        self, snapshot: Snapshot, memo: StepLog
    ) -> tuple[Workspace | None, Checks | None, str]:
        """Make the sandboxed copy; without a sandbox there is none, and the reason is told."""
        try:
            executor = await choose(self.config.sandbox, self.worktree.root)
        except SandboxUnavailableError as error:
            self.events.emit("error", message=str(error))
            return None, None, str(error)
        workspace = await asyncio.to_thread(self._workspace, snapshot)
        checks = Checks(
            executor,
            workspace,
            detect(snapshot),
            limits_of(self.config.sandbox),
            tuple(self.config.sandbox.toolchains),
            memo,
        )
        return workspace, checks, ""

    def _workspace(self, snapshot: Snapshot) -> Workspace:
        # A run that was killed has left its copy, with whatever commands had made of it.
        Workspace(self.folder.workspace, snapshot).remove()
        return Workspace.make(self.folder.workspace, snapshot)

    def _finder(self, memo: StepLog) -> "Finder":
        return Finder(self.repository, memo, self.events)

    def _tell(self, asked: Asked, decision: Decision | None) -> None:
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

    def _end(self, status: Any, summary: str, spending: Spending) -> None:
        self.folder.end(status, summary, spending.as_json(), applied=False)
        self.events.emit("run.finished", status=status, summary=summary)


@dataclass(slots=True)
class Finder:
    """Finds places by the repository's index; without one it finds nothing and says so."""

    repository: Repository | None
    memo: StepLog
    events: EventLog

    async def __call__(self, task: str, limit: int) -> Sequence[Place]:
        async def work() -> Any:
            return await asyncio.to_thread(self._find, task, limit)

        told = await self.memo.once("search", f"{limit} {task}", work)
        return [Place(*one) for one in told]

    def _find(self, task: str, limit: int) -> list[tuple[str, str, str]]:
        if self.repository is None:
            self.events.emit("error", message="there is no index, so no place was searched for")
            return []
        freshen(self.repository, self._progress)
        with self.repository.searcher() as searcher:
            hits = searcher.search(task[:2000], limit).hits
        return [(hit.path, hit.symbol, hit.signature) for hit in hits]

    def _progress(self, stage: str, done: int, total: int) -> None:
        self.events.emit("progress", stage=stage, done=done, total=total)


def _short(outcome: Outcome) -> dict[str, Any]:
    told = outcome.as_json()
    return {name: told[name] for name in ("status", "summary", "applied", "paths", "digest")}


def members_json(members: dict[Role, Member]) -> dict[str, Any]:
    """Return who plays which role, for a run's record."""
    return {role: asdict(member) for role, member in members.items()}


def members_of(told: dict[str, Any]) -> dict[Role, Member]:
    """Read it back."""
    return {role: Member(**told[role]) for role in ROLES if role in told}
