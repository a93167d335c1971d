"""Tests that end without a change and hang with it: measured, not just slow.

A run that is stopped once may have met a busy machine. So the base has to pass in the same review,
and the same tests, each file alone, have to be stopped again on the head, after many times what the
base took.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.diffs.proposal import Proposal
from tools.projects.checks import Checks
from tools.projects.results.reports import SuiteResults

MAX_FILES = 8
"""Files of tests that are run alone."""
MIN_SECONDS = 20.0
MANY_TIMES = 5.0
"""How many times what the base took a test may take when it is run again."""


@dataclass(frozen=True, slots=True)
class HangingTests:
    """Tests that hang with a change and pass without it."""

    tests: tuple[str, ...]
    seconds: float
    """After how long they were stopped the second time."""
    evidence: str
    again: SuiteResults
    """How the first of them ended."""


async def find_hanging_tests(
    proposal: Proposal,
    checks: Checks,
    tests: Sequence[str],
    after: SuiteResults,
    before: SuiteResults,
) -> HangingTests | None:
    """Run the tests of a head that was stopped again, each file alone, where the base passed."""
    if was_stopped(before):
        return None
    took = before.execution.seconds
    seconds = min(max(MIN_SECONDS, MANY_TIMES * took), checks.limits.seconds)
    ends: dict[str, SuiteResults] = {}
    for one in (tests or _files(before))[:MAX_FILES]:
        if all_pass(before, one):
            again = await checks.tests(proposal.head, (one,), seconds)
            if was_stopped(again):
                ends[one] = again
    if not ends:
        return None
    first, again = next(iter(ends.items()))
    evidence = (
        f"{first} passes on the base, where the run took {took:.0f} s, and hangs on the head, "
        f"twice: stopped after {after.execution.seconds:.0f} s, and alone after "
        f"{again.execution.seconds:.0f} s"
    )
    return HangingTests(tuple(ends), seconds, evidence, again)


def was_stopped(results: SuiteResults) -> bool:
    return results.execution.ended == "timeout"


def all_pass(results: SuiteResults, test: str) -> bool:
    """Say whether tests passed, also where their runner does not name them as they were asked."""
    return results.passed_or_loaded(test) or (results.passed and bool(results.succeeded))


def _files(results: SuiteResults) -> Sequence[str]:
    """Return what holds the tests that passed: their files, or their own names."""
    return tuple(dict.fromkeys(one.partition("::")[0] for one in sorted(results.succeeded)))
