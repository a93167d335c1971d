"""What the project's own tests say: those that pass before a change and fail after it.

For each the lines are found that break it, by taking back one block of changed lines after the
other: where the test passes again, these lines are the cause, and that is measured and no opinion.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from agents.change.evidence import failure_of
from agents.change.task import frames_of
from agents.review.anchors import lines_of, quoted
from agents.review.finding import Finding
from agents.review.scope import enclosing
from agents.review.suggestions import proved
from rooftree.errors import SandboxUnavailableError
from tools.checks import Checks
from tools.diffs.patch import Block, FileDiff
from tools.diffs.proposal import Proposal
from tools.projects.detect import is_test_file
from tools.projects.reports import Results

MOST_BLOCKS = 16
"""Blocks that are taken back one by one; of more only these are tried."""
MOST_TESTS = 5
"""Broken tests that are used to look for the lines."""
MOST_LINES = 30
NEAR = 1
"""Lines beside a gap that still belong to it."""
_ERROR = re.compile(r"^E\s+(\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """One block of one file."""

    diff: FileDiff
    block: Block


@dataclass(frozen=True, slots=True)
class Tested:
    """What came of running the tests."""

    findings: tuple[Finding, ...] = ()
    ran: int = 0
    """How many tests ran with the change."""
    broken: tuple[str, ...] = ()
    problem: str = ""
    commands: tuple[str, ...] = field(default=())


async def tested(
    proposal: Proposal, files: Sequence[FileDiff], checks: Checks, scope: tuple[str, ...]
) -> Tested:
    """Run the tests of the scope (all where it is empty) with and without the change."""
    try:
        after = await checks.tests(proposal.head, scope)
    except SandboxUnavailableError as error:
        return Tested(problem=str(error))
    if not after.ran and not after.execution.succeeded:
        return Tested(problem=f"no test ran: {_last(after)}")
    known = tuple(path for path in scope if proposal.base.content(path) is not None)
    command = (" ".join(after.argv),)
    cut = "" if after.execution.ended == "exited" else f"they were {after.execution.reason}"
    if not after.failed or (scope and not known):
        return Tested(ran=len(after.outcomes), problem=cut, commands=command)
    before = await checks.tests(proposal.base, known)
    broken = tuple(sorted(after.failed & before.succeeded))
    # A file of tests that cannot even be read any more tells none of their names.
    broken += tuple(
        sorted(one for one in after.failed if "::" not in one and one not in before.failed)
    )
    again = await checks.tests(proposal.head, broken[:MOST_TESTS]) if broken else after
    steady = tuple(one for one in broken[:MOST_TESTS] if one in again.failed)
    findings = await _located(proposal, files, checks, steady, again) if steady else ()
    return Tested(findings, len(after.outcomes), broken, cut, command)


async def _located(
    proposal: Proposal,
    files: Sequence[FileDiff],
    checks: Checks,
    broken: tuple[str, ...],
    after: Results,
) -> tuple[Finding, ...]:
    """Find the blocks without which tests pass again, and say so of each."""
    places = list(_places(files))
    cured: dict[int, list[str]] = {}
    if len(places) > 1:
        for number, place in enumerate(places[:MOST_BLOCKS]):
            draft = proposal.without(place.diff.path, [place.block])
            passing = _passing(await checks.tests(draft, broken), broken)
            if passing:
                cured[number] = passing
    elif places:
        cured[0] = list(broken)
    found = [_finding(proposal, places[at], tests, after) for at, tests in cured.items()]
    if not cured:
        found = [_unlocated(proposal, places, broken, after)]
    return tuple(one for one in found if one is not None)


def _passing(results: Results, wanted: Sequence[str]) -> list[str]:
    """Return which of these pass; a file of tests passes where it can be read and something ran."""
    read = bool(results.succeeded)
    return [
        one
        for one in wanted
        if one in results.succeeded or ("::" not in one and read and one not in results.failed)
    ]


def _places(files: Sequence[FileDiff]) -> Iterator[Place]:
    """Yield the changed blocks of what is not a test."""
    for one in files:
        if one.kind in ("modified", "renamed") and not is_test_file(one.path):
            for block in one.blocks():
                if any(line.strip() for line in (*block.old, *block.new)):
                    yield Place(one, block)


def _finding(
    proposal: Proposal, place: Place, tests: Sequence[str], after: Results
) -> Finding | None:
    """Return what is said of a block without which tests pass again."""
    count = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
    found = _broken_test(
        proposal,
        place,
        f"this change makes {tests[0]}{count} fail; without these lines it passes",
        (_steady(tests[0]), "it passes again on the head with these lines as they were"),
        after,
    )
    return _with_fix(proposal, found, place) if found is not None else None


def _broken_test(
    proposal: Proposal, place: Place, claim: str, evidence: tuple[str, ...], after: Results
) -> Finding | None:
    """Return a finding on a block; None where it cannot be commented on."""
    text = proposal.text(place.diff.path)
    lines = lines_of(place.block, place.diff, text) if text is not None else None
    if text is None or lines is None:
        return None
    line, end = lines[0], min(lines[1], lines[0] + MOST_LINES - 1)
    symbol = enclosing(text, place.diff.path, line)
    return Finding(
        place.diff.path,
        line,
        end,
        "critical",
        "bug",
        claim,
        "tests",
        quoted(text, line, end),
        trigger=_said(after),
        evidence=evidence,
        symbol=symbol.qualified if symbol else "",
        code="broken-test",
    )


def _steady(test: str) -> str:
    return f"{test} passes on the base and fails on the head, twice"


def _with_fix(proposal: Proposal, found: Finding, place: Place) -> Finding:
    """Offer the lines as they were, which is what was measured."""
    block = place.block
    old = list(block.old)
    said = [number for number, line in zip(block.new_lines, block.new, strict=True) if line.strip()]
    if not said:
        there = (proposal.text(found.path) or "").split("\n")[found.line - 1]
        old = [*old, there] if found.line >= block.new_start else [there, *old]
    elif said[-1] > found.end_line:
        return found  # it stands on more lines than are shown
    fix = proved(proposal, found, "\n".join(old))
    return replace(found, fix=fix) if fix is not None else found


def _unlocated(
    proposal: Proposal, places: Sequence[Place], broken: tuple[str, ...], after: Results
) -> Finding | None:
    """Say that tests broke where no block alone is the cause: where they failed, if that is new."""
    place = _where_it_failed(places, after)
    if place is None:
        return None
    found = _broken_test(
        proposal,
        place,
        f"this change makes {broken[0]} fail; it fails at these lines",
        (
            _steady(broken[0]),
            "no part of the change alone is the cause; the failure names these lines",
        ),
        after,
    )
    return replace(found, confidence=0.8) if found is not None else None


def _where_it_failed(places: Sequence[Place], after: Results) -> Place | None:
    """Return the block that holds the last line of the failure's traceback that is changed."""
    known = {place.diff.path for place in places}
    frames = list(frames_of(after.execution.output, known))
    for frame in reversed(frames):
        for place in places:
            near = range(place.block.new_start - NEAR, place.block.new_start + NEAR + 1)
            lines = place.block.new_lines or near
            if place.diff.path == frame.path and frame.line in lines:
                return place
    return None


def _said(after: Results) -> str:
    errors = _ERROR.findall(failure_of(after.execution.output))
    return errors[0][:200] if errors else after.execution.reason


def _last(results: Results) -> str:
    tail = " ".join(results.execution.output.split())[-200:]
    return f"{results.execution.reason}; {tail}" if tail else results.execution.reason
