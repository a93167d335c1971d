"""Results of the project's own tests: those that pass before a change and fail after it.

Those that concern what is changed run first; where they notice nothing, all others get a short
time. What they break on is looked for by `cause_search` and told by `broken_tests`.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from agents.evidence.uncollected import uncollected_tests
from agents.review.checks.broken_tests import BrokenTestFindings
from agents.review.checks.cause_search import BlockPlace, CauseSearch, places_of
from agents.review.checks.failure_places import FailurePlaces
from agents.review.checks.hanging_tests import HangingTests, find_hanging_tests, was_stopped
from agents.review.findings.finding import Finding
from rooftree.errors import SandboxUnavailableError
from tools.diffs.patch import FileDiff
from tools.diffs.proposal import Proposal
from tools.projects.checks import Checks
from tools.projects.results.reports import SuiteResults

MAX_TESTS = 5
"""Broken tests that are used to look for the lines."""
NAMED = 3
"""Tests that a note names."""
NOT_RUN = frozenset({126, 127})
"""Exit codes by which a shell says that there is no such command, or that it may not be run."""
NO_UNITTEST = (
    "unittest found none; if they are pytest's, put pytest into an environment of the project "
    "(.venv)"
)
OTHERS_SECONDS = 60.0
"""How long all tests may take where those that concern the change find nothing."""


@dataclass(frozen=True, slots=True)
class SuiteComparison:
    """What came of running the tests."""

    findings: tuple[Finding, ...] = ()
    ran: int = 0
    """How many tests passed or failed with the change."""
    broken: tuple[str, ...] = ()
    problem: str = ""
    commands: tuple[str, ...] = ()
    failing: int = 0
    """Tests that fail with and without the change, of which nothing is known."""
    unknown: tuple[str, ...] = ()
    """Tests that fail with the change and did not run without it: they may be new."""
    partly: str = ""
    """Why not all tests came to their end, though those that concern the change did."""
    uncollected: tuple[str, ...] = ()
    """Tests that could not even be read, each with the first line of its error."""
    unnamed: str = ""
    """A command that ran to its end and names no tests: how it ended."""

    @property
    def nothing(self) -> bool:
        """Whether no test ran, as far as is known."""
        return not self.ran and not self.unnamed


async def compare_test_runs(
    proposal: Proposal, files: Sequence[FileDiff], checks: Checks, scope: tuple[str, ...]
) -> SuiteComparison:
    """Run the tests of the scope with and without the change, and all where it notices nothing."""
    comparing = _Comparing(proposal, checks, tuple(places_of(files)), files)
    try:
        found = await comparing.compared(scope)
        operation = await checks.operation()
        if scope and not found.broken and operation is not None and operation.selects:
            found = _joined(found, await comparing.compared((), OTHERS_SECONDS))
    except SandboxUnavailableError as error:
        return SuiteComparison(problem=str(error))
    return found


@dataclass(frozen=True, slots=True)
class _Comparing:
    """Runs tests on both sides of one proposal."""

    proposal: Proposal
    checks: Checks
    places: tuple[BlockPlace, ...]
    files: Sequence[FileDiff]

    async def compared(self, scope: tuple[str, ...], seconds: float = math.inf) -> SuiteComparison:
        base, head = self.proposal.base, self.proposal.head
        after = await self.checks.tests(head, scope, seconds)
        if not after.ran:
            return await self._nameless(after, seconds)
        unread = uncollected_tests(after)
        found = SuiteComparison(
            ran=_count(after),
            problem=_problem(after),
            commands=(" ".join(after.argv),),
            uncollected=tuple(f"{path}: {error}" for path, error in sorted(unread.items())),
        )
        known = tuple(path for path in scope if base.content(path) is not None)
        stopped = was_stopped(after) and seconds == math.inf
        if not after.failed and not stopped:
            return found
        if scope and not known:
            return replace(found, unknown=tuple(sorted(after.failed - set(unread))))
        before = await self.checks.tests(base, known, seconds)
        if stopped:
            return await self._stopped(found, known, after, before)
        # A file of tests that cannot even be read any more tells none of their names.
        broken = tuple(sorted(one for one in after.failed if before.passed_or_loaded(one)))
        kept = tuple(one for one in found.uncollected if not one.startswith(tuple(broken)))
        again = await self.checks.tests(head, broken[:MAX_TESTS]) if broken else after
        steady = tuple(one for one in broken[:MAX_TESTS] if one in again.failed)
        return replace(
            found,
            findings=await self._findings(steady, again) if steady else (),
            broken=broken,
            failing=len((after.failed & before.failed) - set(unread)),
            unknown=tuple(sorted(after.failed - before.failed - set(broken) - set(unread))),
            uncollected=kept,
        )

    async def _nameless(self, after: SuiteResults, seconds: float) -> SuiteComparison:
        """Say what a run tells that names no test: nothing, or how its command ended."""
        command = " ".join(after.argv)
        unnamed = SuiteComparison(commands=(command,))
        if after.runner != "other" or after.execution.exit_code in NOT_RUN:
            hint = f"; {NO_UNITTEST}" if after.runner == "unittest" else ""
            return replace(unnamed, problem=f"no test ran: {_last(after)}{hint}")
        if after.execution.succeeded:
            return replace(unnamed, unnamed=f"`{command}` ends well and names no test")
        before = await self.checks.tests(self.proposal.base, (), seconds)
        how = "does not" if before.passed else "does too"
        told = (
            f"`{command}` fails ({after.execution.reason}) and names no test; "
            f"without the change it {how}"
        )
        return replace(unnamed, problem=told, unnamed=told)

    async def _stopped(
        self,
        found: SuiteComparison,
        known: tuple[str, ...],
        after: SuiteResults,
        before: SuiteResults,
    ) -> SuiteComparison:
        """Tell tests that hang by the change from a run that was merely stopped; run the others."""
        hang = await find_hanging_tests(self.proposal, self.checks, known, after, before)
        if hang is None:
            how = "without the change too" if was_stopped(before) else "and not when they ran again"
            return replace(found, problem=f"{_problem(after)}, {how}", uncollected=())
        findings = await self._findings(hang.tests, hang.again, hang)
        rest = tuple(one for one in known if one not in hang.tests)
        if not rest:
            return SuiteComparison(findings, found.ran, hang.tests, commands=found.commands)
        others = await self.compared(rest, self.checks.limits.seconds)
        return replace(
            others,
            findings=(*findings, *others.findings),
            broken=(*hang.tests, *others.broken),
            commands=tuple(dict.fromkeys((*found.commands, *others.commands))),
        )

    async def _findings(
        self, broken: tuple[str, ...], after: SuiteResults, hang: HangingTests | None = None
    ) -> tuple[Finding, ...]:
        """Find the lines without which tests pass again, and say so of each."""
        seconds, evidence = (hang.seconds, hang.evidence) if hang else (math.inf, "")
        search = CauseSearch(self.proposal, self.checks, broken, seconds)
        causes = await search.causes(self.places) if self.places else ()
        places = FailurePlaces(
            self.proposal, self.files, self.checks, broken, after, traceable=hang is None
        )
        teller = BrokenTestFindings(self.proposal, places, evidence)
        return await (teller.of_causes(causes) if causes else teller.of_none(self.places))


def notes_of(found: SuiteComparison) -> Iterator[str]:
    """Yield what is not known of the tests, each in a sentence."""
    if found.problem:
        yield f"the tests could not all be run: {found.problem}"
    if found.uncollected:
        more = f" (and {len(found.uncollected) - 1} more)" if len(found.uncollected) > 1 else ""
        yield f"tests that could not be collected: {found.uncollected[0]}{more}"
    if found.failing:
        yield f"tests that fail without the change too, and say nothing of it: {found.failing}"
    if found.unknown:
        yield (
            f"tests that fail here and did not run without the change ({len(found.unknown)}), so "
            f"it is not known why: {', '.join(found.unknown[:NAMED])}"
        )
    if found.broken and not found.findings:
        named = ", ".join(found.broken[:NAMED])
        yield f"tests that pass on the base fail here, and no line is named: {named}"


def _count(results: SuiteResults) -> int:
    return len(results.succeeded) + len(results.failed - set(uncollected_tests(results)))


def _problem(results: SuiteResults) -> str:
    """Say what of the tests was not seen, if anything."""
    if results.execution.ended != "exited":
        return f"they were {results.execution.reason}"
    skipped = sum(how == "skipped" for how in results.outcomes.values())
    if skipped and not _count(results):
        return f"all {skipped} tests were skipped"
    if not results.is_reliable:
        return f"they ended with {results.execution.reason}, and no test is named as failing"
    return ""


def _joined(near: SuiteComparison, others: SuiteComparison) -> SuiteComparison:
    """Return what both runs say; that all of the tests did not end does not make it incomplete."""
    commands = tuple(dict.fromkeys((*near.commands, *others.commands)))
    if not others.ran:
        unread = near.uncollected or others.uncollected
        return replace(near, commands=commands, partly=others.problem, uncollected=unread)
    return replace(
        others,
        problem=near.problem,
        partly=others.problem,
        commands=commands,
        ran=max(near.ran, others.ran),
        failing=max(near.failing, others.failing),
        unknown=tuple(sorted({*near.unknown, *others.unknown} - set(others.broken))),
        uncollected=tuple(sorted({*near.uncollected, *others.uncollected})),
    )


def _last(results: SuiteResults) -> str:
    tail = " ".join(results.execution.output.split())[-200:]
    return f"{results.execution.reason}; {tail}" if tail else results.execution.reason
