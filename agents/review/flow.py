"""The review, step by step: measured evidence, then a model's claims, then doubts about them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from agents.review.checks.removed_definitions import removed_bounds, removed_findings
from agents.review.checks.scope import (
    ReviewScope,
    parsed_in_part,
    scope_of,
    tests_to_run,
    unreviewed_files,
)
from agents.review.checks.static import static_findings
from agents.review.checks.suite_comparison import SuiteComparison, compare_test_runs, notes_of
from agents.review.findings.discards import REFUTED
from agents.review.findings.finding import Finding
from agents.review.findings.outcome import Review, hidden_text
from agents.review.findings.ranking import DisplayLimits, hidden_claims_text, rank_findings
from agents.review.reading.hunk_packs import HunkPack, packs_of
from agents.review.reading.model_findings import ModelReviewer
from agents.review.reading.refuter import RefutationResult, refute
from agents.runs.team import Team
from agents.runtime.roles import RoleEdge, run_roles
from rooftree.errors import BudgetSpentError, ModelError, WallClockError
from tools.diffs.proposal import Proposal
from tools.diffs.removals.usage_finder import gone_of
from tools.linters.linter_runner import LinterRunner
from tools.projects.detection.detect import detect

MAX_CLAIMS_OF_SMALL_MODEL = 2
"""Places that a model is asked about that cannot be relied on: it is slow and seldom right."""
NO_MODEL_REQUESTED = "none was wanted"
MEASURED, CLAIMED, DONE = "measured", "claimed", "done"
EDGES = (
    RoleEdge("evidence", MEASURED, "reviewer"),
    RoleEdge("reviewer", CLAIMED, "refuter"),
    RoleEdge("refuter", DONE, "end"),
)


@dataclass(frozen=True, slots=True)
class ReviewSettings:
    """How a review is made."""

    tests: bool = True
    model: bool = True
    packs: int = 8
    """How many places of a change a model is asked about."""
    instructions: str = ""
    wall_seconds: float = 1800.0
    shown: DisplayLimits = field(default_factory=DisplayLimits)
    untested: str = ""
    """Why no tests run although they were wanted; empty where none were requested."""


@dataclass(slots=True)
class ReviewFlow:
    """One review of one proposal."""

    team: Team
    proposal: Proposal
    linters: LinterRunner | None
    title: str = ""
    description: str = ""
    settings: ReviewSettings = field(default_factory=ReviewSettings)
    _scope: ReviewScope | None = None
    _tests: tuple[str, ...] = ()
    _tested: SuiteComparison = field(default_factory=SuiteComparison)
    _static: tuple[Finding, ...] = ()
    _claims: list[tuple[Finding, HunkPack]] = field(default_factory=list)
    _kept: list[Finding] = field(default_factory=list)
    _opinions: ModelReviewer | None = None
    _notes: list[str] = field(default_factory=list)
    _bounds: list[str] = field(default_factory=list)
    _model_failed: bool = False
    _untested: bool = False
    _places: int = 0
    _asked: int = 0

    async def run(self) -> Review:
        """Do the whole review; what could not be done is told in it."""
        roles = {
            "evidence": self._measure,
            "reviewer": self._claim,
            "refuter": self._refute,
            "end": _end,
        }
        try:
            await run_roles(
                roles,
                EDGES,
                task=f"review of {len(self.proposal.files)} files",
                most_turns=5,
                wall_seconds=self.settings.wall_seconds,
                events=self.team.events,
            )
        except WallClockError as error:
            # What was found by then is told; so is that it is not all.
            self._model_failed = True
            self._notes.append(f"the review did not come to its end: {error}")
            self._kept = [replace(one, confidence=0.0) for one, _ in self._claims]
        return self._settle()

    async def _measure(self) -> str:
        scope = scope_of(self.proposal)
        self._scope = scope
        self._notes += self.proposal.doubts
        if not self.proposal.files:
            self._bounds.append("no file differs, so there was nothing to look at")
        if self.team.checks is None:
            self._notes.append(f"no test and no static tool was run: {self.team.no_checks}")
        if self.settings.untested:
            self._notes.append(self.settings.untested)
        self._static = await static_findings(self.proposal, scope.files, self.linters)
        if self.linters is not None:
            self._notes += self.linters.problems
        await self._look_for_users()
        await self._run_tests(scope)
        self.team.say("measured", findings=len(self._static) + len(self._tested.findings))
        return MEASURED

    async def _look_for_users(self) -> None:
        """Find what the change takes away and other files still use."""
        loop = asyncio.get_running_loop()

        def tell(done: int, total: int) -> None:
            loop.call_soon_threadsafe(partial(self.team.say, "users", done=done, total=total))

        search = await asyncio.to_thread(gone_of, self.proposal, tell)
        self._static = (*self._static, *removed_findings(self.proposal, search))
        self._bounds += removed_bounds(search)
        files = self._scope.files if self._scope else ()
        self._bounds += parsed_in_part(self.proposal, files)
        self._bounds += unreviewed_files(self.proposal, files)

    async def _run_tests(self, scope: ReviewScope) -> None:
        """Run the project's tests, and say why they did not run where they did not."""
        checks = self.team.checks
        if checks is not None:
            checks.focus([one.path for one in scope.files])
        project = checks.project if checks is not None else detect(self.proposal.snapshot)
        if checks is not None:
            self._tests = tests_to_run(self.proposal, scope.files, project.test_files)
        if not self.proposal.files or self.settings.untested:
            return
        if not (self.settings.tests and project.has_tests):
            why = (
                "none of this project are known here" if self.settings.tests else NO_MODEL_REQUESTED
            )
            self._bounds.append(f"no test was run: {why}")
            return
        if checks is not None:
            self.team.say("testing", tests=list(self._tests))
            self._tested = await compare_test_runs(self.proposal, scope.files, checks, self._tests)
            self._notes += checks.gaps
        self._untested = self._tested.nothing
        self._notes += notes_of(self._tested)
        if self._tested.unnamed and not self._tested.problem:
            self._bounds.append(self._tested.unnamed)
        if self._tested.partly:
            self._bounds.append(f"of all tests, those that ran in a minute: {self._tested.partly}")

    async def _claim(self) -> str:
        if not self.settings.model:
            self._bounds.append(f"no model was asked: {NO_MODEL_REQUESTED}")
            return CLAIMED
        assert self._scope is not None  # noqa: S101 - evidence comes first
        member = self.team.members["reviewer"]
        room = max(400, member.prompt_tokens - 500)
        files = self._scope.files
        packs = await asyncio.to_thread(lambda: list(packs_of(self.proposal, files, room)))
        self._places = len(packs)
        most = self.settings.packs
        if member.tier != "capable":
            most = min(most, MAX_CLAIMS_OF_SMALL_MODEL)
        self._tell_bounds(packs, most)
        opinions = ModelReviewer(self.team, self.proposal, self.title, self.settings.instructions)
        self._opinions = opinions
        for pack in packs[:most]:
            self.team.say("reading", path=pack.diff.path, symbol=pack.symbol)
            try:
                found = await opinions.of(pack)
            except (ModelError, BudgetSpentError) as error:
                self._model_failed = True
                self._notes.append(f"a model was not asked about everything: {error}")
                break
            self._asked += 1
            self._claims += [(one, pack) for one in found]
        if opinions.cut:
            answers = f"{opinions.cut} answer{'s' if opinions.cut > 1 else ''} of the model"
            self._tell_gaps([f"{answers} cut off or unreadable"])
        if dropped := opinions.discards.sentence():
            self._tell_gaps([dropped])
        return CLAIMED

    def _tell_bounds(self, packs: Sequence[HunkPack], most: int) -> None:
        """Say how much of the change a model is not asked about."""
        told = []
        if len(packs) > most:
            told.append(f"a model is asked about {most} of {len(packs)} places")
        if cut := sum(pack.cut for pack in packs[:most]):
            told.append(f"of {cut} places a model sees the beginning")
        self._tell_gaps(told)
        if withheld := sum(pack.withheld for pack in packs[:most]):
            # No model sees a secret, however good it is.
            self._bounds.append(f"at {withheld} places a model did not see what may be a secret")

    def _tell_gaps(self, told: Sequence[str]) -> None:
        """Note what a model did not see or answer; no gap where its claims are on no line."""
        capable = self.team.members["reviewer"].tier == "capable"
        (self._notes if capable else self._bounds).extend(told)

    async def _refute(self) -> str:
        proven = [*self._tested.findings, *self._static]
        unread = 0
        for finding, pack in self._claims:
            if any(finding.overlaps(one) for one in proven):
                self._kept.append(finding)  # what is proven needs no second opinion
                continue
            try:
                done = await refute(self.team, finding, pack)
            except (ModelError, BudgetSpentError) as error:
                # A claim that was not checked by the refuter is not shown on the lines.
                self._model_failed = True
                self._notes.append(f"not every claim was doubted: {error}")
                done = RefutationResult(
                    replace(finding, confidence=min(finding.confidence, 0.3)), read=True
                )
            unread += not done.read
            if done.finding is not None:
                self._kept.append(done.finding)
            elif self._opinions is not None:
                self._opinions.discards.note(REFUTED)
        if unread:
            self._tell_gaps([f"a second look at {unread} of the model's claims was unreadable"])
        return DONE

    def _settle(self) -> Review:
        scope = self._scope or ReviewScope((), {})
        found = [*self._tested.findings, *self._static, *self._kept]
        findings = rank_findings(found, self.settings.shown)
        if doubtful := hidden_claims_text(findings, self.settings.shown):
            self._bounds.append(doubtful)
        return Review(
            self.proposal.base_name,
            self.proposal.head_name,
            tuple(one.path for one in scope.files),
            scope.not_reviewed,
            findings,
            self._tests,
            self._tested.ran,
            self._tested.commands,
            hidden_text(self.title, self.description, [one.path for one in self.proposal.files]),
            tuple(dict.fromkeys(self._notes)),
            not self._model_failed,
            self._asked,
            self._places,
            self._opinions.discards.as_json() if self._opinions else {},
            tuple(dict.fromkeys(self._bounds)),
            self.team.checks is not None,
            self.settings.model,
            self._untested,
            tuple(self.team.checks.notes) if self.team.checks else (),
        )


async def _end() -> str:
    """Do nothing: AutoGen's graphs need a common end node."""
    return "ended"
