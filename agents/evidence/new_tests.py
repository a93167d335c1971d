"""The new tests of a draft: which they are, that they pass, and how they are run by themselves.

A runner of Python's is given their names. Others are told to run less where they can be, and run
all where not; what they say of each test by its name is what counts.
"""

from dataclasses import dataclass

from agents.runs.team import Team
from tools.drafts.draft import Draft
from tools.mutation.rust import with_old_tests
from tools.mutation.taking import can_take
from tools.projects.checks import Checks
from tools.projects.detection.nearest_tests import is_general, speaks
from tools.projects.operations import ProjectOperation
from tools.projects.results.reports import SuiteResults
from tools.projects.results.trace import TracedLine
from tools.projects.test_file_names import is_test_file
from tools.projects.test_settings import changes_inline_tests


class UnprovedError(Exception):
    """Says why the new tests prove nothing."""


@dataclass(frozen=True, slots=True)
class NewTests:
    """The files with new tests of one draft, and the command that runs them."""

    team: Team
    draft: Draft
    files: tuple[str, ...]
    operation: ProjectOperation

    @property
    def is_python(self) -> bool:
        return self.operation.needs_python

    @property
    def _checks(self) -> Checks:
        assert self.team.checks is not None  # noqa: S101 - there is an operation of it
        return self.team.checks

    def check_runs(self, path: str) -> None:
        """Refuse a changed file that the command that runs tests has nothing to do with."""
        if can_take(path) and not is_general(self.operation) and not speaks(self.operation, path):
            raise UnprovedError(f"{path} is not what `{self.operation.name}` tests")

    async def run(self, draft: Draft, tests: tuple[str, ...]) -> SuiteResults:
        """Run the new tests, or those of these files, on a draft."""
        if self.is_python:
            return await self._checks.tests(draft, tests)
        return await self._checks.alone(draft, tests)

    async def whole(self, draft: Draft, scope: tuple[str, ...]) -> SuiteResults:
        """Run all tests, or those of the scope."""
        return await self._checks.tests(draft, scope)

    async def lines_run(self, tests: tuple[str, ...]) -> frozenset[TracedLine] | None:
        """Return the lines that these tests run; None where it cannot be told."""
        return await self._checks.lines_run(self.draft, tests)

    async def passing(self) -> tuple[str, ...]:
        """Return the tests that were not there before; each must pass, and pass again."""
        known, results = await self._met()
        failed = sorted(results.failed - known)
        cases = [one for one in failed if self._is_case(one)]
        if cases:
            raise UnprovedError(f"the new test {cases[0]} fails")
        if failed:
            raise UnprovedError(f"with the new tests {failed[0]} fails, or cannot even be built")
        if not results.is_reliable:
            raise UnprovedError(f"they could not be run: {results.execution.reason}")
        if not results.outcomes and not self.is_python:
            raise UnprovedError(
                f"`{self.operation.name}` names no test that it runs, so it is not known that the "
                "new ones are run"
            )
        new = tuple(one for one in sorted(results.succeeded - known) if self._is_case(one))
        if not new:
            raise UnprovedError("no new test was collected")
        again = await self.run(self.draft, new)
        unsure = [one for one in new if not again.passes(one)]
        if unsure:
            raise UnprovedError(f"the new test {unsure[0]} passes only sometimes or beside others")
        return new

    async def _met(self) -> tuple[frozenset[str], SuiteResults]:
        """Return what tests were there before, and what is said with the new ones."""
        base = Draft(self.draft.snapshot, {})
        if not self.is_python:
            known = frozenset((await self.whole(base, ())).outcomes)
            return known, await self.whole(self.draft, ())
        files = tuple(path for path in self.files if path.endswith(".py"))
        there = tuple(path for path in files if path in base.snapshot.files)
        known = frozenset((await self.run(base, there)).outcomes) if there else frozenset[str]()
        return known, await self.run(self.draft, files)

    def _is_case(self, test: str) -> bool:
        """Say whether a name is one test's: a whole file fails also where it cannot be read."""
        return self.is_python or (test.partition("::")[0] in self.files and "::" in test)

    def with_old(self) -> Draft | None:
        """Return the draft with the old tests as they were; None where it only adds files."""
        if all(path not in self.draft.snapshot.files for path in self.files):
            return None  # the new files were left out when all others were run
        draft = self.draft
        for path in self.files:
            if is_test_file(path):
                draft = draft.with_content(path, draft.snapshot.content(path))
            else:
                before = Draft(draft.snapshot, {}).text(path)
                draft = draft.with_text(path, with_old_tests(path, before, draft.text(path)))
        return draft


def files_with_tests(draft: Draft) -> tuple[str, ...]:
    """Return the files of a draft that hold tests that it adds or edits."""
    inline = [path for path in edits_inline_tests(draft) if draft.content(path) is not None]
    return tuple(path for path in draft.paths if holds_tests(path) or path in inline)


def holds_tests(path: str) -> bool:
    """Say whether a file is there for tests alone."""
    return is_test_file(path) and not path.endswith("conftest.py")


def edits_inline_tests(draft: Draft) -> tuple[str, ...]:
    """Return the files of a draft in which it changes tests that stand beside what they test."""
    sources = [path for path in draft.paths if path.endswith(".rs")]
    return tuple(
        path
        for path in sources
        if changes_inline_tests(
            path, _decoded(draft.snapshot.content(path)), _decoded(draft.content(path))
        )
    )


def _decoded(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "replace")
