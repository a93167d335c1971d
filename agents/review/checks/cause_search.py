"""Which changed lines make tests fail, measured by taking them back.

First every block alone, then the blocks of one definition together, then all of them: where tests
pass again without all, blocks are put in again as long as they do (delta debugging: Zeller and
Hildebrandt, 2002). What is left is a cause, and no opinion.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agents.review.checks.hanging_tests import all_pass
from agents.review.checks.scope import changed_symbols
from tools.diffs.patch import ChangedBlock, FileDiff
from tools.diffs.proposal import Proposal
from tools.projects.checks import Checks
from tools.projects.test_file_names import is_test_file

MAX_BLOCKS = 16
"""Blocks that are taken back one by one; of more only these are tried alone."""
MAX_RUNS = 48
"""Runs of the broken tests, all in all."""
MAX_SECONDS = 600.0
"""What those runs may take together."""


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """One block of one file."""

    diff: FileDiff
    block: ChangedBlock


@dataclass(frozen=True, slots=True)
class Cause:
    """Blocks without which tests pass again; none of them can be left out of it."""

    places: tuple[BlockPlace, ...]
    tests: tuple[str, ...]


def places_of(files: Sequence[FileDiff]) -> Iterator[BlockPlace]:
    """Yield the changed blocks of what is not a test."""
    for one in files:
        if one.kind in ("modified", "renamed", "deleted") and not is_test_file(one.path):
            for block in one.blocks():
                if any(line.strip() for line in (*block.old, *block.new)):
                    yield BlockPlace(one, block)


@dataclass(slots=True)
class CauseSearch:
    """Looks for the causes of broken tests."""

    proposal: Proposal
    checks: Checks
    broken: tuple[str, ...]
    seconds: float = math.inf
    """How long one run may take, where tests hang."""
    runs: int = field(default=0, init=False)
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.checks.seconds

    async def causes(self, places: Sequence[BlockPlace]) -> tuple[Cause, ...]:
        """Return what makes the tests fail, each as small as was found."""
        found = await self._each([(place,) for place in places[:MAX_BLOCKS]])
        if self._uncured(found):
            alone = {cause.places[0] for cause in found}
            found += await self._each(
                [group for group in self._groups(places) if alone.isdisjoint(group)]
            )
        if len(places) > 1 and (left := self._uncured(found)):
            found += await self._smallest(tuple(places), left)
        return tuple(found)

    def _uncured(self, found: Sequence[Cause]) -> tuple[str, ...]:
        cured = {test for cause in found for test in cause.tests}
        return tuple(test for test in self.broken if test not in cured)

    async def _each(self, groups: Sequence[tuple[BlockPlace, ...]]) -> list[Cause]:
        found = []
        for group in groups:
            passing = await self._passing(group)
            if passing:
                found.append(Cause(group, passing))
        return found

    def _groups(self, places: Sequence[BlockPlace]) -> list[tuple[BlockPlace, ...]]:
        """Return the blocks that lie in one definition, where it holds several and not all."""
        groups: dict[tuple[BlockPlace, ...], None] = {}
        for diff in dict.fromkeys(place.diff for place in places):
            for symbol in changed_symbols(self.proposal, diff):
                inside = tuple(
                    place
                    for place in places
                    if place.diff is diff and symbol.start <= place.block.new_start <= symbol.end
                )
                if 1 < len(inside) < len(places):
                    groups[inside] = None
        return list(groups)

    async def _smallest(
        self, places: tuple[BlockPlace, ...], wanted: tuple[str, ...]
    ) -> list[Cause]:
        """Return the fewest blocks found without which these tests pass; none where all do not."""
        kept = places
        cured = tuple(test for test in await self._passing(kept) if test in wanted)
        if not cured:
            return []
        size = len(kept) // 2
        while size:
            for at in range(0, len(kept), size):
                fewer = (*kept[:at], *kept[at + size :])
                if fewer and set(cured) <= set(await self._passing(fewer)):
                    kept = fewer
                    break
            else:
                size //= 2
            size = min(size, len(kept) // 2)
        return [Cause(kept, cured)]

    async def _passing(self, places: Sequence[BlockPlace]) -> tuple[str, ...]:
        """Return which of the broken tests pass without these blocks."""
        if self.runs >= MAX_RUNS or self.checks.seconds - self._began > MAX_SECONDS:
            return ()
        self.runs += 1
        taken: dict[str, list[ChangedBlock]] = {}
        for place in places:
            taken.setdefault(place.diff.path, []).append(place.block)
        draft = self.proposal.without(taken)
        if self.seconds == math.inf:
            results = await self.checks.tests(draft, self.broken)
            return tuple(one for one in self.broken if results.passed_or_loaded(one))
        results = await self.checks.tests(draft, self.broken, self.seconds)
        return tuple(one for one in self.broken if all_pass(results, one))
