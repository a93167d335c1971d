"""Repair of a failing test: candidates are measured one after another until one is verified."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from agents.change.coding.named_suspects import named_suspects
from agents.change.coding.repair import CandidatePatch, RepairGenerator
from agents.change.coding.reproduce import Reproduction
from agents.change.planning.plan import EditTarget
from agents.evidence.evidence import MeasuredDraft
from agents.evidence.failure_excerpts import failing_test_excerpt, failure_excerpt
from agents.evidence.fault_localization import find_suspects
from agents.evidence.verifier import verify
from agents.runs.team import Team
from rooftree.telemetry.progress import CandidateMeasured, SuspectsFound

PATIENCE = 10
"""Further candidates that are looked at where one is verified, but tests beside it still fail."""


@dataclass(slots=True)
class RepairSearch:
    """Searches for a repair; asked again, it goes on where it stopped."""

    team: Team
    task: str
    targets: tuple[EditTarget, ...]
    seen: Reproduction
    best: MeasuredDraft | None = field(default=None, init=False)
    """The best candidate that was not handed out yet."""
    no_edit: str = field(default="", init=False)
    """Why nothing was found."""
    spent: str = field(default="", init=False)
    """What of the budget was spent when the search stopped."""
    _stream: AsyncIterator[CandidatePatch] | None = field(default=None, init=False)

    async def next(self) -> MeasuredDraft | None:
        """Return the next verified draft; None where no candidate is one."""
        if self._stream is None:
            self._stream = await self._candidates()
        patience, tried = PATIENCE, 0
        async for candidate in self._stream:
            evidence = await verify(self.team, self.seen.baseline, candidate.draft)
            tried += 1
            self.team.events.progress(CandidateMeasured(candidate.origin, evidence.describe()))
            if self.best is None or evidence.rank > self.best.evidence.rank:
                self.best = MeasuredDraft(candidate.draft, evidence)
            verified = self.best.evidence.verified
            patience -= verified
            if verified and (not self.best.evidence.left or patience <= 0):
                break
            self.spent = self.team.answers.spending.spent
            if self.spent:
                break
        if self.best is not None and not self.best.evidence.verified:
            said = self.best.evidence.describe()
            self.no_edit = f"{tried} edits were tried and none holds; of the best: {said}"
            return None
        found, self.best = self.best, None
        return found

    async def _candidates(self) -> AsyncIterator[CandidatePatch]:
        baseline, draft = self.seen.baseline, self.seen.draft
        excerpt = failure_excerpt(baseline.output)
        suspects = await find_suspects(
            self.team, draft, baseline.failing, baseline.output, self.task
        )
        suspects = suspects or named_suspects(draft, baseline.failing, self.targets)
        if not suspects:
            said = excerpt.strip().rpartition("\n")[2] or "nothing"
            self.no_edit = (
                "neither a trace of the failing test, its traceback nor its words name a function "
                f"of the project, so there is no place to edit; the test says: {said}"
            )
        places = [f"{one.path}::{one.symbol}" for one in suspects]
        self.team.events.progress(SuspectsFound(places))
        repairs = RepairGenerator(
            self.team,
            draft,
            self.task,
            excerpt,
            suspects,
            failing_test_excerpt(draft, baseline.failing, baseline.output),
        )
        return repairs.stream()
