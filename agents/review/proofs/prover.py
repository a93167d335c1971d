"""Has tests written for the claims of a model that can be relied on, and says what came of each.

A claim that a test shows is proven, unless it is meant so. One that no test shows although tests of
it ran and passed is told, but not on a line. Whatever was not put to the test is said.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agents.evidence.test_placement import NewTestPlace, place_of
from agents.review.checks.scope import symbols_of
from agents.review.findings.diff_regions import NEW
from agents.review.findings.finding import BEHAVIOUR_CHANGED, Finding, Proof
from agents.review.findings.gaps import Gaps
from agents.review.findings.suggested_fixes import apply_fix
from agents.review.proofs.intent import IntentCheck
from agents.review.proofs.measured_proof import ProofMeasurement
from agents.review.proofs.written_tests import write_proof
from agents.review.reading.hunk_packs import HunkPack
from agents.runs.team import Team
from indexing.parsing.syntax.types import ParsedSymbol
from rooftree.errors import BudgetSpentError, ModelError, SandboxUnavailableError, ToolError
from tools.diffs.proposal import Proposal
from tools.projects.checks import Checks
from tools.projects.operations import ProjectOperation

MAX_CLAIMS = 5
"""Claims that tests are written for; a test and its runs take a minute or so."""
NOT_SHOWN = 0.25
"""What a claim loses where tests of it ran, and passed."""
SHOWN = 0.9
"""The least confidence in what a test shows, whatever it means."""


@dataclass(slots=True)
class Prover:
    """Puts claims about one proposal to the test; what came of them is kept whenever that ends."""

    team: Team
    proposal: Proposal
    gaps: Gaps
    title: str = ""
    description: str = ""
    findings: list[Finding] = field(default_factory=list, init=False)
    """The claims, with what is known of each by now."""
    _claims: list[tuple[Finding, HunkPack]] = field(default_factory=list, init=False)

    def take(self, claims: Sequence[tuple[Finding, HunkPack]]) -> None:
        """Take the claims that are left, those that weigh most first."""
        self._claims = sorted(claims, key=lambda one: [-part for part in one[0].rank])
        self.findings = [finding for finding, _ in self._claims]

    async def can_prove(self) -> bool:
        """Say whether there are claims, a model that can write tests, and what runs them."""
        members = self.team.members
        if not self._claims or "reviewer" not in members or self.team.checks is None:
            return False
        return (
            members["reviewer"].tier == "capable" and await self.team.test_operation() is not None
        )

    async def prove(self, measured: Sequence[Finding]) -> None:
        """Put the claims to the test; what `measured` shows needs no other proof."""
        checks, operation = self.team.checks, await self.team.test_operation()
        if checks is None or operation is None:
            return
        intent = IntentCheck(self.team, self.proposal, checks, self.title, self.description)
        untried: Counter[str] = Counter()
        tried = 0
        for at, (finding, pack) in enumerate(self._claims):
            if any(finding.overlaps(one) for one in measured):
                continue
            place = self._place(finding, checks, operation)
            if isinstance(place, str) or tried >= MAX_CLAIMS:
                untried[place if isinstance(place, str) else f"{MAX_CLAIMS} others were"] += 1
                continue
            tried += 1
            try:
                measurement = ProofMeasurement(self.proposal, checks, finding, pack)
                self.findings[at] = await self._tested(measurement, place, intent)
            except (ModelError, BudgetSpentError, SandboxUnavailableError) as error:
                untried[str(error)] += len(self._claims) - at
                break
        self._tell(untried)

    def _place(
        self, finding: Finding, checks: Checks, operation: ProjectOperation
    ) -> NewTestPlace | str:
        """Return where a test would stand; or why none can show the claim."""
        if finding.side != NEW and self.proposal.text(finding.path) is None:
            return "the file is gone"
        diff = self.proposal.file(finding.path)
        before = self.proposal.base_text(diff.old_path) if diff is not None else None
        if before is None or not _is_defined(finding, before):
            return "what they are about is new, so there is no earlier behaviour"
        if diff is not None and diff.old_path != diff.path:
            return "the file has another name now"
        try:
            files = checks.project.test_files
            return place_of(self.proposal.head, finding.path, "claim", files, operation)
        except ToolError as error:
            return str(error)

    async def _tested(
        self, measurement: ProofMeasurement, place: NewTestPlace, intent: IntentCheck
    ) -> Finding:
        finding = measurement.finding
        attempt = await write_proof(self.team, measurement, place)
        if attempt.proof is None:
            why = attempt.why_not.partition("\n")[0]
            told = replace(finding, evidence=(*finding.evidence, f"no test shows it: {why}"))
            worth = finding.confidence - (NOT_SHOWN if attempt.passed else 0.0)
            return replace(told, confidence=max(0.0, worth))
        proof = attempt.proof
        meaning = await intent.of(finding, proof, measurement.pack)
        shown = (
            f"{proof.tests[0]}, a new test, fails with the change and passes without it, twice",
            "it passes with the change where these lines are as they were",
            meaning.reason,
        )
        told = replace(finding, proof=proof, evidence=(*finding.evidence, *shown))
        told = await self._with_fix(told, proof, measurement.checks)
        if meaning.meaning == "not meant":
            return replace(told, confidence=1.0)
        told = replace(told, category=BEHAVIOUR_CHANGED, confidence=max(SHOWN, told.confidence))
        return replace(told, severity="minor") if meaning.meaning == "meant" else told

    async def _with_fix(self, finding: Finding, proof: Proof, checks: Checks) -> Finding:
        """Keep a suggestion only where the test passes with it."""
        if finding.fix is None:
            return finding
        text = apply_fix(self.proposal.text(finding.path) or "", finding.fix)
        head = self.proposal.head.with_text(finding.path, text).with_text(proof.path, proof.text)
        results = await checks.tests(head, proof.tests)
        if all(results.passes(one) for one in proof.tests):
            return replace(finding, evidence=(*finding.evidence, "it passes with the suggestion"))
        return replace(finding, fix=None)

    def _tell(self, untried: Counter[str]) -> None:
        for why, count in untried.items():
            claims = "claim of the model was" if count == 1 else "claims of the model were"
            self.gaps.bounds.append(f"{count} {claims} not put to a test: {why}")


def _is_defined(finding: Finding, before: str) -> bool:
    """Say whether what a claim is about was there before; the lines of a module always were."""
    symbols: tuple[ParsedSymbol, ...] = symbols_of(finding.path, before)
    return not finding.symbol or any(one.qualified == finding.symbol for one in symbols)
