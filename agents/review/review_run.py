"""Set up everything that a review needs, run it, and clean up all but its record."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from agents.review.findings.outcome import Review
from agents.review.flow import ReviewFlow, ReviewSettings
from agents.runs.budget import Budget, Spending
from agents.runs.lifecycle import ExecutionSettings, open_team, recorded_run
from agents.runs.recorded_model import RecordedModel
from agents.runs.step_log import StepLog
from agents.runs.store import RunFolder, RunStatus
from agents.runs.team import TeamMember
from models.client.language_model import LanguageModel
from models.probing.profile import ModelRole
from rooftree.config import Config
from rooftree.telemetry.events import EventLog
from rooftree.telemetry.progress import SnapshotBegun
from tools.diffs.proposal import Proposal
from tools.linters.linter_runner import LinterRunner
from tools.projects.configuration.choice import ProjectSettings
from tools.projects.configuration.confirmations import Confirmations
from tools.projects.configuration.section import FILE

ProposalSource = Callable[[Path], Proposal]
"""Finds what is proposed; what git does not have is kept in the folder that it is given."""


@dataclass(slots=True)
class ReviewRun:
    """One review, in one run's folder."""

    config: Config
    proposes: ProposalSource
    answers: LanguageModel
    members: Mapping[ModelRole, TeamMember]
    folder: RunFolder
    events: EventLog
    title: str = ""
    description: str = ""
    budget: Budget = field(default_factory=Budget)
    settings: ReviewSettings = field(default_factory=ReviewSettings)

    async def run(self) -> Review:
        """Run the review to its end; its record says how that was, whatever it was."""
        spending = Spending(self.budget, section="review")
        with recorded_run(self.folder, self.events, spending, "review"):
            self.events.emit("run.started", task=self.title or "review")
            review = await self._run(spending)
            review = replace(review, run=self.folder.id, spending=spending.as_json())
            self.folder.save_outcome(review.as_json())
            summary = review.verdict
            whole: RunStatus = "incomplete" if review.status == "incomplete" else "reviewed"
            self.folder.end(whole, summary, spending.as_json(), applied=False)
            self.events.emit("run.finished", status=review.status, summary=summary)
            return review

    async def _run(self, spending: Spending) -> Review:
        self.events.progress(SnapshotBegun())
        proposal = await asyncio.to_thread(self.proposes, self.folder.blobs)
        await asyncio.to_thread(self.folder.save_snapshot, proposal.snapshot)
        memo, section = StepLog(self.folder.steps), self.config.sandbox
        answers = RecordedModel(self.answers, memo, spending)
        told = await asyncio.to_thread(self._project_settings, proposal)
        async with open_team(
            ExecutionSettings(section, told),
            self.folder,
            proposal.snapshot,
            answers,
            self.members,
            self.events,
        ) as team:
            checks = team.checks
            linters = LinterRunner(checks.executor, checks.workspace, memo) if checks else None
            flow = ReviewFlow(team, proposal, linters, self.title, self.description, self.settings)
            review = await flow.run()
            self.events.emit("usage", **spending.as_json(), prompts=team.prompts)
            return review

    def _project_settings(self, proposal: Proposal) -> ProjectSettings:
        """Return what may count of the project's own settings: never what is under review."""
        repo_id = self.folder.record().repo_id
        return ProjectSettings(
            proposal.base.content(FILE),
            proposal.head.content(FILE) or b"",
            Confirmations(self.config.paths, repo_id) if repo_id else None,
        )
