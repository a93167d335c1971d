"""What the project's own tests say: those that pass before a change and fail after it.

Those that speak of what is changed run first; where they notice nothing, all others get a short
time. What they break on is looked for in `causes` and told by `broken`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from agents.review.broken import Broken
from agents.review.causes import Search, places_of
from agents.review.finding import Finding
from rooftree.errors import SandboxUnavailableError
from tools.checks import Checks
from tools.diffs.patch import FileDiff
from tools.diffs.proposal import Proposal
from tools.projects.reports import Results

MOST_TESTS = 5
"""Broken tests that are used to look for the lines."""
OTHERS_SECONDS = 60.0
"""How long all tests may take where those that speak of the change notice nothing."""


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of running the tests."""

    findings: tuple[Finding, ...] = ()
    ran: int = 0
    """How many tests ran with the change."""
    broken: tuple[str, ...] = ()
    problem: str = ""
    commands: tuple[str, ...] = field(default=())
    failing: int = 0
    """Tests that fail with and without the change, of which nothing is known."""


async def tested(
    proposal: Proposal, files: Sequence[FileDiff], checks: Checks, scope: tuple[str, ...]
) -> Tested:
    """Run the tests of the scope with and without the change, and all where it notices nothing."""
    try:
        found = await _compared(proposal, files, checks, scope)
        if scope and not found.broken:
            found = _joined(found, await _compared(proposal, files, checks, (), OTHERS_SECONDS))
    except SandboxUnavailableError as error:
        return Tested(problem=str(error))
    return found


async def _compared(
    proposal: Proposal,
    files: Sequence[FileDiff],
    checks: Checks,
    scope: tuple[str, ...],
    seconds: float = math.inf,
) -> Tested:
    after = await checks.tests(proposal.head, scope, seconds)
    if not after.ran and not after.execution.succeeded:
        return Tested(problem=f"no test ran: {_last(after)}")
    known = tuple(path for path in scope if proposal.base.content(path) is not None)
    command = (" ".join(after.argv),)
    cut = "" if after.execution.ended == "exited" else f"they were {after.execution.reason}"
    if not after.failed or (scope and not known):
        return Tested(ran=len(after.outcomes), problem=cut, commands=command)
    before = await checks.tests(proposal.base, known, seconds)
    broken = tuple(sorted(after.failed & before.succeeded))
    # A file of tests that cannot even be read any more tells none of their names.
    broken += tuple(
        sorted(one for one in after.failed if "::" not in one and one not in before.failed)
    )
    again = await checks.tests(proposal.head, broken[:MOST_TESTS]) if broken else after
    steady = tuple(one for one in broken[:MOST_TESTS] if one in again.failed)
    findings = await _located(proposal, files, checks, steady, again) if steady else ()
    failing = len(after.failed & before.failed)
    return Tested(findings, len(after.outcomes), broken, cut, command, failing)


def _joined(near: Tested, others: Tested) -> Tested:
    """Return what both runs say; that all of the tests did not end is no news."""
    commands = tuple(dict.fromkeys((*near.commands, *others.commands)))
    if not others.ran:
        return near
    return replace(
        others,
        problem=near.problem,
        commands=commands,
        ran=max(near.ran, others.ran),
        failing=max(near.failing, others.failing),
    )


async def _located(
    proposal: Proposal,
    files: Sequence[FileDiff],
    checks: Checks,
    broken: tuple[str, ...],
    after: Results,
) -> tuple[Finding, ...]:
    """Find the lines without which tests pass again, and say so of each."""
    places = list(places_of(files))
    causes = await Search(proposal, checks, broken).causes(places) if places else ()
    teller = Broken(proposal, files, checks, broken, after)
    return await teller.of_causes(causes) if causes else await teller.of_none(places)


def _last(results: Results) -> str:
    tail = " ".join(results.execution.output.split())[-200:]
    return f"{results.execution.reason}; {tail}" if tail else results.execution.reason
