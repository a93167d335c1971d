"""Which changed block broken tests are told on: where they failed, or what they run most."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from agents.evidence.named_tests import frames_of
from agents.review.checks.cause_search import BlockPlace, Cause
from agents.review.checks.scope import symbols_of
from indexing.parsing.syntax.types import ParsedSymbol
from tools.diffs.patch import FileDiff
from tools.diffs.proposal import Proposal
from tools.projects.checks import Checks
from tools.projects.results.reports import SuiteResults
from tools.projects.results.trace import TracedLine
from tools.projects.test_file_names import is_test_file

NEAR = 1
"""Lines beside a gap that still belong to it."""
_NAME = re.compile(r"[A-Za-z_]\w+")

LineSuspicion = Mapping[TracedLine, float]


@dataclass(frozen=True, slots=True)
class NewCode:
    """New lines of a definition that broken tests run, with how suspicious each is."""

    diff: FileDiff
    symbol: ParsedSymbol
    lines: Mapping[int, float]


@dataclass(slots=True)
class FailurePlaces:
    """Finds blocks of one proposal by how tests failed, and by what they run."""

    proposal: Proposal
    files: Sequence[FileDiff]
    checks: Checks
    tests: tuple[str, ...]
    after: SuiteResults
    """How they failed."""
    traceable: bool
    """What does not end tells nothing of the lines that it runs."""
    _suspicion: LineSuspicion | None = field(default=None, init=False)

    async def of_cause(self, cause: Cause) -> BlockPlace:
        """Return the block of a cause on which it is said."""
        if len(cause.places) == 1:
            return cause.places[0]
        named = self.where_it_failed(cause.places) or await self.most_suspicious(cause.places)
        return named or cause.places[0]

    def where_it_failed(self, places: Sequence[BlockPlace]) -> BlockPlace | None:
        """Return the block that holds the last line of the failure's traceback that is changed."""
        known = {place.diff.path for place in places}
        for frame in reversed(list(frames_of(self.after.execution.output, known))):
            for place in places:
                if place.diff.path == frame.path and frame.line in _lines(place):
                    return place
        return None

    async def most_suspicious(self, places: Sequence[BlockPlace]) -> BlockPlace | None:
        scores = await self._traced()

        def worst(place: BlockPlace) -> float:
            return max(scores.get((place.diff.path, line), 0.0) for line in _lines(place))

        best = max(places, key=worst, default=None)
        return best if best is not None and worst(best) > 0 else None

    async def new_code_behind(self, cause: Cause, place: BlockPlace) -> NewCode | None:
        """Look into new code that is used where a cause is told: the fault may lie there.

        To take back what calls a new function cures a test as well as the fault inside of it.
        """
        words = set(_NAME.findall("\n".join(place.block.new)))
        told = {(one.diff.path, line) for one in cause.places for line in one.block.new_lines}
        for diff, symbol, lines in self._new_definitions():
            beside = told.isdisjoint((diff.path, line) for line in lines)
            if symbol.name not in words or not beside:
                continue
            scores = await self._traced()
            run = {line: scores[diff.path, line] for line in lines if (diff.path, line) in scores}
            run.pop(symbol.start, None)
            if run:
                return NewCode(diff, symbol, run)
        return None

    def _new_definitions(self) -> Iterator[tuple[FileDiff, ParsedSymbol, set[int]]]:
        """Yield the functions that the change brings, with their lines."""
        for one in self.files:
            text = self.proposal.text(one.path)
            if text is None or is_test_file(one.path):
                continue
            said = {at for at, line in enumerate(text.split("\n"), 1) if line.strip()}
            for symbol in symbols_of(one.path, text):
                lines = set(range(symbol.start, symbol.end + 1))
                if symbol.kind in ("function", "method") and lines & said <= one.added:
                    yield one, symbol, lines

    async def _traced(self) -> LineSuspicion:
        """Trace the broken tests together with those beside them, once."""
        if self._suspicion is None:
            found: LineSuspicion = {}
            if self.traceable:
                found = await self.checks.suspicion(self.proposal.head, self.tests)
            self._suspicion = found
        return self._suspicion


def _lines(place: BlockPlace) -> range:
    """Return the lines of a block, or those beside the gap that it left."""
    at = place.block.new_start
    return place.block.new_lines or range(at - NEAR, at + NEAR + 1)
