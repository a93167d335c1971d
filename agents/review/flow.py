"""The review, step by step: measured evidence, then a model's claims, then doubts about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from agents.review.checks.measurement import NOT_REQUESTED, Measurement
from agents.review.findings.finding import Finding
from agents.review.findings.gaps import Gaps
from agents.review.findings.outcome import Review, hidden_text
from agents.review.findings.ranking import DisplayLimits, hidden_claims_text, rank_findings
from agents.review.proofs.prover import Prover
from agents.review.reading.change_context import context_of
from agents.review.reading.claims import ModelClaims
from agents.runs.team import Team
from agents.runs.wall_clock import wall_clock
from rooftree.errors import WallClockError
from rooftree.telemetry.spans import span
from tools.diffs.proposal import Proposal
from tools.linters.linter_runner import LinterRunner


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


@dataclass(frozen=True, slots=True)
class ReviewFlow:
    """One review of one proposal."""

    team: Team
    proposal: Proposal
    linters: LinterRunner | None
    title: str = ""
    description: str = ""
    settings: ReviewSettings = field(default_factory=ReviewSettings)

    async def run(self) -> Review:
        """Do the whole review; what could not be done is told in it."""
        settings, gaps = self.settings, Gaps()
        measured = Measurement(self.team, self.proposal, self.linters, gaps)
        context = context_of(self.proposal, self.title, self.description, settings.instructions)
        claims = ModelClaims(self.team, self.proposal, gaps, context)
        prover = Prover(self.team, self.proposal, gaps, self.title, self.description)
        late = (
            f"the team took longer than {settings.wall_seconds:g} s; "
            "give it more time or a smaller task"
        )
        try:
            async with wall_clock(settings.wall_seconds, late):
                with self._step("evidence", "measured"):
                    await measured.run(tests_wanted=settings.tests, untested=settings.untested)
                with self._step("reviewer", "claimed", **self._budget()):
                    if settings.model:
                        await claims.ask(measured.scope.files, measured.tests, settings.packs)
                    else:
                        gaps.bounds.append(f"no model was asked: {NOT_REQUESTED}")
                with self._step("refuter", "done"):
                    prover.take(await claims.refuted(measured.findings))
                if settings.tests and not settings.untested and await prover.can_prove():
                    with self._step("prover", "done"):
                        await prover.prove(measured.findings)
        except WallClockError as error:
            # What was found by then is told; so is that it is not all.
            claims.failed = True
            gaps.notes.append(f"the review did not come to its end: {error}")
            if not prover.findings:
                prover.findings = [replace(one, confidence=0.0) for one, _ in claims.claimed]
        return self._outcome(measured, claims, prover.findings, gaps)

    def _budget(self) -> dict[str, Any]:
        """Return what the model may take, which is told before it takes any of it."""
        budget = self.team.answers.spending.budget
        return {"budget": asdict(budget)} if self.settings.model else {}

    @contextmanager
    def _step(self, name: str, word: str, **told: Any) -> Iterator[None]:
        """Tell of a step, under the name of who takes it; `word` is how it ends."""
        events = self.team.events
        events.emit("agent.started", agent=name, **told)
        with span(f"agent {name}", agent=name) as current:
            try:
                yield
            except Exception:
                events.emit("agent.finished", agent=name, said="failed")
                raise
            current.set_attribute("rooftree.said", word)
        events.emit("agent.finished", agent=name, said=word)

    def _outcome(
        self, measured: Measurement, claims: ModelClaims, left: list[Finding], gaps: Gaps
    ) -> Review:
        shown, checks, compared = self.settings.shown, self.team.checks, measured.compared
        findings = rank_findings([*measured.findings, *left], shown)
        if doubtful := hidden_claims_text(findings, shown):
            gaps.bounds.append(doubtful)
        return Review(
            self.proposal.base_name,
            self.proposal.head_name,
            tuple(one.path for one in measured.scope.files),
            measured.scope.not_reviewed,
            findings,
            measured.tests,
            compared.ran if compared else 0,
            compared.commands if compared else (),
            hidden_text(self.title, self.description, [one.path for one in self.proposal.files]),
            tuple(dict.fromkeys(gaps.notes)),
            not claims.failed,
            claims.asked,
            claims.places,
            claims.discards.as_json(),
            tuple(dict.fromkeys(gaps.bounds)),
            checks is not None,
            self.settings.model,
            compared is not None and compared.nothing,
            (*(checks.notes if checks else ()), *(self.team.notes if self.settings.model else ())),
        )
