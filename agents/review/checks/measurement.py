"""The part of a review that asks no model: static tools, uses of what is removed, tests."""

import asyncio
from dataclasses import dataclass, field

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
from agents.review.findings.finding import Finding
from agents.review.findings.gaps import Gaps
from agents.runs.team import Team
from rooftree.telemetry.progress import Counted, ReviewMeasured, SuiteBegun
from tools.diffs.proposal import Proposal
from tools.diffs.removals.usage_finder import gone_of
from tools.linters.linter_runner import LinterRunner
from tools.projects.detection.detect import detect

NOT_REQUESTED = "none was wanted"


@dataclass(slots=True)
class Measurement:
    """Measures one proposal; what was measured is kept whenever it ends."""

    team: Team
    proposal: Proposal
    linters: LinterRunner | None
    gaps: Gaps
    scope: ReviewScope = field(init=False)
    tests: tuple[str, ...] = field(default=(), init=False)
    static: tuple[Finding, ...] = field(default=(), init=False)
    compared: SuiteComparison | None = field(default=None, init=False)
    """None where no tests were run."""

    def __post_init__(self) -> None:
        self.scope = scope_of(self.proposal)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is proven."""
        compared = self.compared.findings if self.compared is not None else ()
        return (*compared, *self.static)

    async def run(self, *, tests_wanted: bool, untested: str) -> None:
        """Measure; `untested` says why no tests run although they were wanted."""
        notes, bounds = self.gaps.notes, self.gaps.bounds
        notes += self.proposal.doubts
        if not self.proposal.files:
            bounds.append("no file differs, so there was nothing to look at")
        if self.team.checks is None:
            notes.append(f"no test and no static tool was run: {self.team.no_checks}")
        if untested:
            notes.append(untested)
        self.static = await static_findings(self.proposal, self.scope.files, self.linters)
        if self.linters is not None:
            notes += self.linters.problems
        await self._find_remaining_uses()
        await self._run_tests(wanted=tests_wanted, untested=bool(untested))
        self.team.events.progress(ReviewMeasured(len(self.findings)))

    async def _find_remaining_uses(self) -> None:
        """Find what the change takes away and other files still use."""
        loop = asyncio.get_running_loop()

        def tell(done: int, total: int) -> None:
            loop.call_soon_threadsafe(self.team.events.progress, Counted("users", done, total))

        search = await asyncio.to_thread(gone_of, self.proposal, tell)
        self.static = (*self.static, *removed_findings(self.proposal, search))
        self.gaps.bounds += removed_bounds(search)
        self.gaps.bounds += parsed_in_part(self.proposal, self.scope.files)
        self.gaps.bounds += unreviewed_files(self.proposal, self.scope.files)

    async def _run_tests(self, *, wanted: bool, untested: bool) -> None:
        """Run the project's tests, and say why they did not run where they did not."""
        checks, files = self.team.checks, self.scope.files
        notes, bounds = self.gaps.notes, self.gaps.bounds
        if checks is not None:
            checks.restrict_to([one.path for one in files])
            self.tests = tests_to_run(self.proposal, files, checks.project.test_files)
        if not self.proposal.files or untested:
            return
        project = checks.project if checks is not None else detect(self.proposal.snapshot)
        if not (wanted and project.has_tests):
            why = "none of this project are known here" if wanted else NOT_REQUESTED
            bounds.append(f"no test was run: {why}")
            return
        self.compared = SuiteComparison()
        if checks is not None:
            self.team.events.progress(SuiteBegun(list(self.tests)))
            self.compared = await compare_test_runs(self.proposal, files, checks, self.tests)
            notes += checks.gaps
        notes += notes_of(self.compared)
        if self.compared.unnamed and not self.compared.problem:
            bounds.append(self.compared.unnamed)
        if self.compared.partly:
            bounds.append(f"of all tests, those that ran in a minute: {self.compared.partly}")
