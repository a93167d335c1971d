"""Tests that come to an end before a change and do not after it: that is measured, and no delay.

A run that is stopped once may have met a busy machine. So the base has to pass in the same review,
and the same tests, each file alone, have to be stopped again on the head, after many times what the
base took.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tools.diffs.proposal import Proposal
from tools.projects.checks import Checks
from tools.projects.results.reports import Results

MOST_FILES = 8
"""Files of tests that are run alone."""
LEAST_SECONDS = 20.0
MANY_TIMES = 5.0
"""How many times what the base took a test may take when it is run again."""


@dataclass(frozen=True, slots=True)
class Hang:
    """Tests that hang with a change and pass without it."""

    tests: tuple[str, ...]
    seconds: float
    """After how long they were stopped the second time."""
    evidence: str
    again: Results
    """How the first of them ended."""


async def hanging(
    proposal: Proposal, checks: Checks, tests: Sequence[str], after: Results, before: Results
) -> Hang | None:
    """Run the tests of a head that was stopped again, each file alone, where the base passed."""
    if stopped(before):
        return None
    took = before.execution.seconds
    seconds = min(max(LEAST_SECONDS, MANY_TIMES * took), checks.limits.seconds)
    ends: dict[str, Results] = {}
    for one in (tests or _files(before))[:MOST_FILES]:
        if fine(before, one):
            again = await checks.tests(proposal.head, (one,), seconds)
            if stopped(again):
                ends[one] = again
    if not ends:
        return None
    first, again = next(iter(ends.items()))
    evidence = (
        f"{first} passes on the base, where the run took {took:.0f} s, and hangs on the head, "
        f"twice: stopped after {after.execution.seconds:.0f} s, and alone after "
        f"{again.execution.seconds:.0f} s"
    )
    return Hang(tuple(ends), seconds, evidence, again)


def stopped(results: Results) -> bool:
    return results.execution.ended == "timeout"


def fine(results: Results, test: str) -> bool:
    """Say whether tests passed, also where their runner does not name them as they were asked."""
    return results.works(test) or (results.passed and bool(results.succeeded))


def _files(results: Results) -> Sequence[str]:
    """Return what holds the tests that passed: their files, or their own names."""
    return tuple(dict.fromkeys(one.partition("::")[0] for one in sorted(results.succeeded)))
