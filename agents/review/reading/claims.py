"""What a model claims of a change, and what is left of that after a second look."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agents.review.findings.discards import REFUTED, DiscardCounts
from agents.review.findings.finding import Finding
from agents.review.findings.gaps import Gaps
from agents.review.reading.change_context import ChangeContext
from agents.review.reading.hunk_packs import HunkPack, packs_of
from agents.review.reading.model_findings import ModelReviewer
from agents.review.reading.refuter import RefutationResult, refute
from agents.review.reading.risk import riskiest
from agents.runs.team import Team
from rooftree.errors import BudgetSpentError, ModelError
from rooftree.telemetry.progress import PlaceRead
from tools.diffs.patch import FileDiff
from tools.diffs.proposal import Proposal

MAX_CLAIMS_OF_SMALL_MODEL = 2
"""Places that a model is asked about that cannot be relied on: it is slow and seldom right."""


@dataclass(slots=True)
class ModelClaims:
    """Asks a model about one proposal; what it claimed is kept whenever that ends."""

    team: Team
    proposal: Proposal
    gaps: Gaps
    context: ChangeContext
    claimed: list[tuple[Finding, HunkPack]] = field(default_factory=list, init=False)
    discards: DiscardCounts = field(default_factory=DiscardCounts, init=False)
    places: int = field(default=0, init=False)
    """How many places of the change a model could be asked about, and how many it was."""
    asked: int = field(default=0, init=False)
    failed: bool = field(default=False, init=False)
    """Whether a model was not asked about everything that it was to be asked about."""

    async def ask(self, files: Sequence[FileDiff], tests: Sequence[str], limit: int) -> None:
        """Ask about the places of a change; `claimed` is what the model finds there.

        Of more than `limit` those are asked about that are of most risk.
        """
        member = self.team.members["reviewer"]
        room = max(400, member.prompt_tokens - 500)
        packs = await asyncio.to_thread(lambda: list(packs_of(self.proposal, files, room)))
        self.places = len(packs)
        if member.tier != "capable":
            limit = min(limit, MAX_CLAIMS_OF_SMALL_MODEL)
        chosen = await asyncio.to_thread(riskiest, self.proposal, packs, tests, limit)
        self._note_bounds(chosen, len(packs))
        reviewer = ModelReviewer(self.team, self.proposal, self.discards, self.context)
        for pack in chosen:
            self.team.events.progress(PlaceRead(pack.diff.path, pack.symbol))
            try:
                found = await reviewer.findings_in(pack)
            except (ModelError, BudgetSpentError) as error:
                self._note_failure(f"a model was not asked about everything: {error}")
                break
            self.asked += 1
            self.claimed += [(one, pack) for one in found]
        if reviewer.cut:
            answers = f"{reviewer.cut} answer{'s' if reviewer.cut > 1 else ''} of the model"
            self._note_gap(f"{answers} cut off or unreadable")
        if dropped := self.discards.sentence():
            self._note_gap(dropped)

    async def refuted(self, proven: Sequence[Finding]) -> list[tuple[Finding, HunkPack]]:
        """Return what is left of the claims; what is proven needs no second opinion."""
        left: list[tuple[Finding, HunkPack]] = []
        unread = 0
        for finding, pack in self.claimed:
            if any(finding.overlaps(one) for one in proven):
                left.append((finding, pack))
                continue
            try:
                done = await refute(self.team, finding, pack)
            except (ModelError, BudgetSpentError) as error:
                # A claim that was not checked by the refuter is not shown on the lines.
                self._note_failure(f"not every claim was doubted: {error}")
                doubtful = replace(finding, confidence=min(finding.confidence, 0.3))
                done = RefutationResult(doubtful, read=True)
            unread += not done.read
            if done.finding is not None:
                left.append((done.finding, pack))
            else:
                self.discards.note(REFUTED)
        if unread:
            self._note_gap(f"a second look at {unread} of the model's claims was unreadable")
        return left

    def _note_failure(self, why: str) -> None:
        self.failed = True
        self.gaps.notes.append(why)

    def _note_bounds(self, packs: Sequence[HunkPack], count: int) -> None:
        """Say how much of the change a model is not asked about."""
        if count > len(packs):
            asked = f"a model is asked about {len(packs)} of {count} places"
            self._note_gap(f"{asked}, those of most risk")
        if cut := sum(pack.cut for pack in packs):
            self._note_gap(f"of {cut} places a model sees the beginning")
        if withheld := sum(pack.withheld for pack in packs):
            # No model sees a secret, however good it is.
            self.gaps.bounds.append(
                f"at {withheld} places a model did not see what may be a secret"
            )

    def _note_gap(self, text: str) -> None:
        """Note what a model did not see or answer; no gap where its claims are on no line."""
        capable = self.team.members["reviewer"].tier == "capable"
        (self.gaps.notes if capable else self.gaps.bounds).append(text)
