"""What is said of changed lines that make tests fail."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.evidence.failure_excerpts import failure_excerpt
from agents.review.checks.cause_search import BlockPlace, Cause
from agents.review.checks.failure_places import FailurePlaces, NewCode
from agents.review.checks.scope import enclosing
from agents.review.findings.anchors import Anchor, anchor_of, quoted_lines
from agents.review.findings.diff_regions import NEW, OLD
from agents.review.findings.finding import Finding
from agents.review.findings.suggested_fixes import checked_fix
from tools.diffs.patch import FileDiff
from tools.diffs.proposal import Proposal
from tools.projects.results.reports import SuiteResults

MAX_LINES = 30
MAX_NAMED = 4
"""Other places of a cause that are named."""
UNSURE, INSIDE = 0.8, 0.7
_ERROR = re.compile(r"^E\s+(\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class BrokenTestFindings:
    """Makes findings of tests that pass before a change and fail after it."""

    proposal: Proposal
    places: FailurePlaces
    hang: str = ""
    """Where they do not fail but hang: how that is known."""

    async def of_causes(self, causes: Sequence[Cause]) -> tuple[Finding, ...]:
        """Return a finding for each cause, and one for new code that fails behind it."""
        found: list[Finding] = []
        for cause in causes:
            place = await self.places.of_cause(cause)
            one = self._of_cause(cause, place)
            if one is not None:
                found.append(one)
                behind = await self.places.new_code_behind(cause, place)
                found += [self._inside(behind, cause.tests[0])] if behind is not None else []
        return tuple(found)

    async def of_none(self, places: Sequence[BlockPlace]) -> tuple[Finding, ...]:
        """Say that tests broke where no lines are the cause, on what they run of the change."""
        test = self.places.tests[0]
        place = self.places.where_it_failed(places)
        if place is not None:
            claim, how = f"{test} fail; it fails at these lines", "the failure names these lines"
        elif self.hang:  # what does not end tells nothing of the lines that it runs
            place = next(iter(places), None)
            claim, how = f"{test} hang", "these are the first that were changed"
        else:
            place = await self.places.most_suspicious(places)
            claim = f"{test} fail; of the changed lines, it runs these"
            how = "failing tests run them most, and passing tests least"
        if place is None:
            return ()
        evidence = (self._steady(test), f"no lines were found that are the cause alone; {how}")
        found = self._finding(place, f"this change makes {claim}", evidence, test)
        return () if found is None else (replace(found, confidence=UNSURE),)

    def _of_cause(self, cause: Cause, place: BlockPlace) -> Finding | None:
        test = cause.tests[0]
        count = f" and {len(cause.tests) - 1} more" if len(cause.tests) > 1 else ""
        span = _span(cause)
        apart = () if span is not None else tuple(one for one in cause.places if one != place)
        others = ", ".join(f"{one.diff.path}:{one.block.new_start}" for one in apart[:MAX_NAMED])
        also = f" and those at {others}" if others else ""
        how = "hang" if self.hang else "fail"
        claim = f"this change makes {test}{count} {how}; without these lines{also} it passes"
        measured = f"it passes again on the head with these lines{also} as they were"
        evidence = (self._steady(test), measured)
        if span is not None:
            told = self._at(place.diff, Anchor(*span), claim, evidence, test)
            return self._with_fixes(told, cause)
        found = self._finding(place, claim, evidence, test)
        return found if found is None or others else self._with_fix(found, place)

    def _finding(
        self, place: BlockPlace, claim: str, evidence: tuple[str, ...], test: str
    ) -> Finding | None:
        """Return a finding on a block; None where it says nothing."""
        found = anchor_of(place.block, place.diff, self.proposal.text(place.diff.path))
        if found is None:
            return None
        return self._at(place.diff, found, claim, evidence, test)

    def _at(
        self, diff: FileDiff, at: Anchor, claim: str, evidence: tuple[str, ...], test: str
    ) -> Finding:
        text = self.proposal.text_of(diff, old=at.side == OLD) or ""
        line, end = at.line, min(at.end_line, at.line + MAX_LINES - 1)
        symbol = enclosing(text, diff.path, line)
        return Finding(
            diff.path,
            line,
            end,
            "critical",
            "bug",
            claim,
            "tests",
            quoted_lines(text, line, end),
            trigger=_error(self.places.after, test),
            evidence=evidence,
            symbol=symbol.qualified if symbol else "",
            code="broken-test",
            side=at.side,
            beside=at.beside,
        )

    def _with_fix(self, found: Finding, place: BlockPlace) -> Finding:
        """Offer the lines as they were, which is what was measured."""
        block = place.block
        old = list(block.old)
        new = zip(block.new_lines, block.new, strict=True)
        shown = [number for number, line in new if line.strip()]
        start, end = found.place
        if not start:
            return found  # the file is gone, and no line of it can be replaced
        if not shown:
            there = (self.proposal.text(found.path) or "").split("\n")[start - 1]
            old = [*old, there] if start >= block.new_start else [there, *old]
        elif shown[-1] > end:
            return found  # it stands on more lines than are shown
        at = replace(found, line=start, end_line=end, side=NEW)
        fix = checked_fix(self.proposal, at, "\n".join(old))
        return replace(found, fix=fix) if fix is not None else found

    def _with_fixes(self, found: Finding, cause: Cause) -> Finding:
        """Offer all the blocks as they were, with what stands between them."""
        blocks = [place.block for place in cause.places]
        back = self.proposal.without({found.path: blocks}).text(found.path).split("\n")
        grown = sum(len(block.new) - len(block.old) for block in blocks)
        fix = checked_fix(
            self.proposal, found, "\n".join(back[found.line - 1 : found.end_line - grown])
        )
        return replace(found, fix=fix) if fix is not None else found

    def _inside(self, code: NewCode, test: str) -> Finding:
        run, worst = code.lines, max(code.lines.values())
        line = min(line for line in run if run[line] == worst)
        end = line
        while run.get(end + 1) == worst:
            end += 1
        claim = (
            f"{test}, which this change makes fail, runs these new lines of {code.symbol.qualified}"
        )
        how = "of its lines, these are run by failing tests most and by passing tests least"
        evidence = (self._steady(test), how)
        found = self._at(code.diff, Anchor(line, end), claim, evidence, test)
        return replace(found, severity="major", confidence=INSIDE, code="broken-test-runs")

    def _steady(self, test: str) -> str:
        return self.hang or f"{test} passes on the base and fails on the head, twice"


def _span(cause: Cause) -> tuple[int, int] | None:
    """Return the lines that hold all of several blocks, where one hunk shows them and few more."""
    diff, blocks = cause.places[0].diff, [place.block for place in cause.places]
    same = all(place.diff is diff for place in cause.places) and all(one.new for one in blocks)
    if len(blocks) < 2 or not same:
        return None
    start, end = blocks[0].new_start, blocks[-1].new_lines[-1]
    return (start, end) if end - start < MAX_LINES and diff.shows(start, end) else None


def _error(after: SuiteResults, test: str) -> str:
    """Return the error that the failure of a test ends with."""
    errors = _ERROR.findall(failure_excerpt(after.execution.output, test))
    return errors[0][:200] if errors else after.execution.reason
