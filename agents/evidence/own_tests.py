"""What a change's own new tests prove of it.

Who writes both code and tests can make them agree on anything, so that they pass says little. They
count where they also run each changed line, and fail as soon as any changed function does nothing
but raise or return a constant; the tests that were there must hold without the new ones beside
them. Even so it is called by its own name and never just verified.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.evidence.new_tests import NewTests, UnprovedError, files_with_tests, holds_tests
from agents.runs.team import Team
from rooftree.errors import SandboxUnavailableError, ToolError
from rooftree.telemetry.progress import Counted
from tools.drafts.draft import Draft
from tools.mutation.parts import Mutant, NotTakenApartError, Taken
from tools.mutation.taking import taken, taken_function
from tools.projects.test_settings import changed_test_settings

MAX_MUTANTS = 40
DOCUMENTS = (".md", ".rst", ".txt")


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
class ProofRequirements:
    """What an earlier measurement of the same draft demands of this one."""

    passing: frozenset[str] = frozenset()
    """Tests that passed before the change, and have to with it."""
    scope: tuple[str, ...] = ()
    functions: tuple[tuple[str, str], ...] = ()
    """By path and name: those that tests were asked for."""


async def prove_by_own_tests(
    team: Team, draft: Draft, wanted: ProofRequirements
) -> OwnTests | None:
    """Judge the new tests of a draft that breaks nothing; None where it has none."""
    files = files_with_tests(draft)
    operation = await team.test_operation()
    if not files or operation is None:
        return None
    code = [path for path in draft.paths if not holds_tests(path)]
    try:
        return await _Proof(NewTests(team, draft, files, operation), wanted).shown(code)
    except (UnprovedError, NotTakenApartError, ToolError, SandboxUnavailableError) as error:
        return OwnTests(why_not=str(error))


@dataclass(frozen=True, slots=True)
class _Proof:
    """One draft with new tests."""

    tests: NewTests
    wanted: ProofRequirements

    async def shown(self, code: Sequence[str]) -> OwnTests:
        files = self._changed(code)
        of_old = not any(one.names for one in files.values()) and set(code) <= set(self.tests.files)
        if of_old:
            files = self._asked()
        if not any(one.names for one in files.values()):
            raise UnprovedError("no function is changed, so there is nothing to test")
        new = await self.tests.passing()
        await self._old_tests()
        if self.tests.is_python and not of_old:
            await self._lines(new, files)
        killers = await self._mutated(new, files)
        names = tuple(name for one in files.values() for name in one.names)
        return OwnTests(tuple(sorted(killers)), names, of_old=of_old)

    def _changed(self, code: Sequence[str]) -> dict[str, Taken]:
        draft = self.tests.draft
        decisive = changed_test_settings(code, draft.snapshot.files)
        if decisive:
            raise UnprovedError(f"it edits {decisive[0]}, which decides what the tests say")
        found = {}
        for path in code:
            if path.endswith(DOCUMENTS):
                continue
            if draft.content(path) is None:
                raise UnprovedError(f"it deletes {path}, and no new test can show what that does")
            self.tests.check_runs(path)
            found[path] = taken(path, self._before(path), draft.text(path))
        return found

    def _asked(self) -> dict[str, Taken]:
        found: dict[str, Taken] = {}
        for path, name in self.wanted.functions:
            self.tests.check_runs(path)
            one = taken_function(path, self.tests.draft.text(path), name)
            if one is None:
                raise UnprovedError(f"{path}::{name} is no function that can be broken")
            found[path] = found[path].and_also(one) if path in found else one
        return found

    def _before(self, path: str) -> str:
        base = Draft(self.tests.draft.snapshot, {})
        return base.text(path) if base.content(path) is not None else ""

    async def _old_tests(self) -> None:
        """See that what passed passes with the change, and with the old tests as they were."""
        draft = self.tests.with_old()
        if draft is None:
            return
        results = await self.tests.whole(draft, self.wanted.scope)
        broken = sorted(self.wanted.passing - results.succeeded)
        if broken or not results.is_reliable:
            what = f"{broken[0]} fails" if broken else results.execution.reason
            raise UnprovedError(f"with the old tests as they were, {what}")

    async def _lines(self, new: tuple[str, ...], files: Mapping[str, Taken]) -> None:
        """See by a trace that the new tests run each changed line."""
        ran = await self.tests.lines_run(new)
        if ran is None:
            raise UnprovedError("which lines they run cannot be told here")
        for path, one in files.items():
            for line, alike in sorted(one.lines.items()):
                if not any((path, other) in ran for other in alike):
                    raise UnprovedError(f"they do not run {path}:{line}")

    async def _mutated(self, new: tuple[str, ...], files: Mapping[str, Taken]) -> set[str]:
        """Break each piece in each way; return the tests that notice any."""
        broken = [(path, mutant) for path, one in files.items() for mutant in one.mutants]
        if len(broken) > MAX_MUTANTS:
            raise UnprovedError(f"it has {len(broken)} ways to be broken; {MAX_MUTANTS} are tried")
        killers: set[str] = set()
        noticed: set[tuple[str, str]] = set()
        for number, (path, mutant) in enumerate(broken, 1):
            self.tests.team.events.progress(Counted("breaking", number, len(broken)))
            failed = await self._failing(new, path, mutant)
            killers |= failed
            noticed |= {(path, mutant.name)} if failed else set()
        for path, mutant in broken:
            if (path, mutant.name) not in noticed:
                raise UnprovedError(f"{path}::{mutant.name} broken lets them not even be read")
        return killers

    async def _failing(self, new: tuple[str, ...], path: str, mutant: Mutant) -> set[str]:
        """Return the tests that fail with a mutant; none where they cannot be read with it.

        A module that cannot be imported any more, or built, fails every test, also one that tests
        nothing.
        """
        what = f"{path}::{mutant.name} does nothing but `{mutant.how}`"
        if mutant.line:
            what = f"{path}:{mutant.line} does not go on but does `{mutant.how}`"
        results = await self.tests.run(self.tests.draft.with_text(path, mutant.text), new)
        if results.execution.ended != "exited":
            raise UnprovedError(f"they do not end where {what}")
        failed = results.failed & set(new)
        if not failed and any(one in results.outcomes for one in new):
            raise UnprovedError(f"they pass also where {what}")
        if not failed and mutant.line:
            raise UnprovedError(f"whether they run {path}:{mutant.line} cannot be told here")
        return set(failed)
