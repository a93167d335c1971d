"""What a change's own new tests prove of it.

Who writes both code and tests can make them agree on anything, so that they pass says little. They
count where they also run each changed line, and fail as soon as any changed function does nothing
but raise or return a constant; the tests that were there must hold without the new ones beside
them. Even so it is called by its own name and never just verified.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.change.team import Team
from rooftree.errors import SandboxUnavailableError, ToolError
from tools.draft import Draft
from tools.mutants import (
    Mutant,
    NotTakenApartError,
    Piece,
    changed_pieces,
    lines_to_run,
    mutants,
    named_piece,
)
from tools.projects.judges import judges
from tools.projects.names import is_test_file
from tools.projects.reports import Results

MOST_MUTANTS = 40
DOCUMENTS = (".md", ".rst", ".txt")


class UnprovedError(Exception):
    """Says why the new tests prove nothing."""


@dataclass(frozen=True, slots=True)
class OwnTests:
    """New tests of a change, and what they show."""

    tests: tuple[str, ...] = ()
    """Those that fail where a piece of the change is broken."""
    of: tuple[str, ...] = ()
    """The pieces."""
    why_not: str = ""
    """Why they prove nothing; empty where they do."""
    of_old: bool = False
    """Whether the change has tests alone, and they are of code that was there."""

    @property
    def proves(self) -> bool:
        return bool(self.tests and self.of) and not self.why_not

    @property
    def title(self) -> str:
        """Name the proof; it is not to be told in fewer words."""
        return f"verified by its own {len(self.tests)} new test{'s' * (len(self.tests) != 1)}"

    def describe(self) -> str:
        if not self.proves:
            return f"its own new tests prove nothing: {self.why_not}"
        lines = "they" if self.of_old else "they run each changed line and"
        named = ", ".join(self.of[:3]) + (f" and {len(self.of) - 3} more" * (len(self.of) > 3))
        return f"{self.title}: {lines} fail when {named} is broken"

    def as_json(self) -> dict[str, Any]:
        return {
            "proves": self.proves,
            "tests": list(self.tests),
            "of": list(self.of),
            "why_not": self.why_not,
        }


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an earlier measurement of the same draft demands of this one."""

    passing: frozenset[str] = frozenset()
    """Tests that passed before the change, and have to with it."""
    scope: tuple[str, ...] = ()
    of: tuple[tuple[str, str], ...] = ()
    """Functions by path and name that tests were asked for."""


async def own_tests(team: Team, draft: Draft, wanted: Wanted) -> OwnTests | None:
    """Judge the new tests of a draft that breaks nothing; None where it has none."""
    tests = tuple(path for path in draft.paths if _holds_tests(path))
    if not tests or team.checks is None:
        return None
    code = [path for path in draft.paths if path not in tests]
    try:
        new = await _Proof(team, draft, tests, wanted).shown(code)
    except (UnprovedError, NotTakenApartError, ToolError, SandboxUnavailableError) as error:
        return OwnTests(why_not=str(error))
    return new


def _holds_tests(path: str) -> bool:
    return is_test_file(path) and not path.endswith("conftest.py")


@dataclass(frozen=True, slots=True)
class _Proof:
    """One draft with new tests."""

    team: Team
    draft: Draft
    tests: tuple[str, ...]
    wanted: Wanted

    async def shown(self, code: Sequence[str]) -> OwnTests:
        pieces = self._changed(code) if code else self._asked()
        if not any(pieces.values()):
            raise UnprovedError("no function is changed, so there is nothing to test")
        new = await self._new_tests()
        await self._old_tests()
        if code:
            await self._lines(new, pieces)
        killers = await self._mutated(new, pieces)
        names = tuple(one.name for many in pieces.values() for one in many)
        return OwnTests(tuple(sorted(killers)), names, of_old=not code)

    def _changed(self, code: Sequence[str]) -> dict[str, tuple[Piece, ...]]:
        decisive = judges(code, self.draft.snapshot.files)
        if decisive:
            raise UnprovedError(f"it edits {decisive[0]}, which decides what the tests say")
        found = {}
        for path in code:
            if path.endswith(DOCUMENTS):
                continue
            if not path.endswith(".py"):
                raise UnprovedError(f"{path} is not Python, and cannot be broken piece by piece")
            if self.draft.content(path) is None:
                raise UnprovedError(f"it deletes {path}, and no new test can show what that does")
            found[path] = changed_pieces(self._before(path), self.draft.text(path))
        return found

    def _asked(self) -> dict[str, tuple[Piece, ...]]:
        found: dict[str, tuple[Piece, ...]] = {}
        for path, name in self.wanted.of:
            piece = named_piece(self.draft.text(path), name) if path.endswith(".py") else None
            if piece is None:
                raise UnprovedError(f"{path}::{name} is no function of Python that can be broken")
            found[path] = (*found.get(path, ()), piece)
        return found

    def _before(self, path: str) -> str:
        base = Draft(self.draft.snapshot, {})
        return base.text(path) if self.draft.snapshot.content(path) is not None else ""

    async def _run(self, draft: Draft, tests: tuple[str, ...]) -> Results:
        assert self.team.checks is not None  # noqa: S101 - `own_tests` has looked
        return await self.team.checks.tests(draft, tests)

    async def _new_tests(self) -> tuple[str, ...]:
        """Return the tests that were not there before; each must pass, and pass again."""
        files = tuple(path for path in self.tests if path.endswith(".py"))
        base = Draft(self.draft.snapshot, {})
        there = tuple(path for path in files if path in base.snapshot.files)
        known = (await self._run(base, there)).outcomes.keys() if there else frozenset[str]()
        results = await self._run(self.draft, files)
        failed = sorted(results.failed - known)
        if failed:
            raise UnprovedError(f"the new test {failed[0]} fails")
        if not results.believed:
            raise UnprovedError(f"they could not be run: {results.execution.reason}")
        new = tuple(sorted(results.succeeded - known))
        if not new:
            raise UnprovedError("no new test was collected")
        again = await self._run(self.draft, new)
        unsure = [one for one in new if not again.passes(one)]
        if unsure:
            raise UnprovedError(f"the new test {unsure[0]} passes only sometimes or beside others")
        return new

    async def _old_tests(self) -> None:
        """See that what passed passes with the change, and with the old tests as they were."""
        if all(path not in self.draft.snapshot.files for path in self.tests):
            return  # the new files were left out when all others were run
        draft = self.draft
        for path in self.tests:
            draft = draft.with_content(path, draft.snapshot.content(path))
        results = await self._run(draft, self.wanted.scope)
        broken = sorted(self.wanted.passing - results.succeeded)
        if broken or not results.believed:
            what = f"{broken[0]} fails" if broken else results.execution.reason
            raise UnprovedError(f"with the old tests as they were, {what}")

    async def _lines(self, new: tuple[str, ...], pieces: dict[str, tuple[Piece, ...]]) -> None:
        """See that the new tests run each changed line."""
        assert self.team.checks is not None  # noqa: S101 - `own_tests` has looked
        ran = await self.team.checks.lines_run(self.draft, new)
        if ran is None:
            raise UnprovedError("which lines they run cannot be told here")
        for path, changed in pieces.items():
            wanted = lines_to_run(self._before(path), self.draft.text(path), changed)
            for line, alike in sorted(wanted.items()):
                if not any((path, one) in ran for one in alike):
                    raise UnprovedError(f"they do not run {path}:{line}")

    async def _mutated(
        self, new: tuple[str, ...], pieces: dict[str, tuple[Piece, ...]]
    ) -> set[str]:
        """Break each piece in each way; return the tests that notice any."""
        broken: list[tuple[str, Mutant]] = []
        for path, changed in pieces.items():
            text = self.draft.text(path)
            broken += [(path, one) for piece in changed for one in mutants(text, piece)]
        if len(broken) > MOST_MUTANTS:
            raise UnprovedError(f"it has {len(broken)} ways to be broken; {MOST_MUTANTS} are tried")
        killers: set[str] = set()
        noticed: set[tuple[str, str]] = set()
        for number, (path, mutant) in enumerate(broken, 1):
            self.team.say("breaking", done=number, total=len(broken))
            failed = await self._failing(new, path, mutant)
            killers |= failed
            noticed |= {(path, mutant.name)} if failed else set()
        for path, mutant in broken:
            if (path, mutant.name) not in noticed:
                raise UnprovedError(f"{path}::{mutant.name} broken lets them not even be read")
        return killers

    async def _failing(self, new: tuple[str, ...], path: str, mutant: Mutant) -> set[str]:
        """Return the tests that fail with a mutant; none where they cannot be read with it.

        A module that cannot be imported any more fails every test, also one that tests nothing.
        """
        what = f"{path}::{mutant.name} does nothing but `{mutant.how}`"
        results = await self._run(self.draft.with_text(path, mutant.text), new)
        if results.execution.ended != "exited":
            raise UnprovedError(f"they do not end where {what}")
        failed = results.failed & set(new)
        if not failed and any(one in results.outcomes for one in new):
            raise UnprovedError(f"they pass also where {what}")
        return set(failed)
