"""What the tests say before a change: which fail, which pass, and what is not known of them."""

from collections.abc import Sequence

from agents.evidence.evidence import Baseline
from agents.evidence.uncollected import uncollected_tests
from agents.runs.team import Team
from rooftree.errors import SandboxUnavailableError
from tools.drafts.draft import Draft
from tools.projects.results.reports import SuiteResults
from tools.projects.results.selection import relevant_tests

NOT_RUN = frozenset({126, 127})
"""Exit codes of a shell that found no such program, or could not run it."""
SIGNALLED = 124
"""From here on exit codes tell of time limits and signals."""


async def measure_baseline(
    team: Team, draft: Draft, failing: Sequence[str], scope: Sequence[str] = ()
) -> Baseline:
    """Run the tests before the change; where all take too long, only those of the scope."""
    if team.checks is None:
        return Baseline(problem=team.no_checks)
    try:
        first = await team.checks.tests(draft, tuple(failing)) if failing else None
        if first is not None and not first.failed and not first.is_reliable:
            return Baseline(problem=_nothing_ran(first))
        results = everything = await team.checks.tests(draft)
        whole = results.is_reliable or not scope
        if not whole:
            results = await team.checks.tests(draft, tuple(scope))
    except SandboxUnavailableError as error:
        return Baseline(problem=str(error))
    named = _failing(first, results, failing)
    ran = results.ran or (first is not None and first.ran)
    return Baseline(
        failing=named,
        also_failing=results.failed - set(named),
        passing=results.succeeded if results.is_reliable else frozenset(),
        met=frozenset(named) & results.outcomes.keys(),
        scope=() if whole else tuple(scope),
        whole=whole,
        unread=tuple(
            f"{path}: {error}" for path, error in sorted(uncollected_tests(results).items())
        ),
        why_part="" if whole else everything.execution.reason,
        output=(first or results).execution.output,
        problem="" if ran or results.execution.succeeded else _nothing_ran(results),
        failed_alone="" if ran or not _is_nameless(results) else " ".join(results.argv),
        unknown="" if results.is_reliable else _not_told(results),
        run_passed=results.passed,
    )


def _failing(
    first: SuiteResults | None, results: SuiteResults, wanted: Sequence[str]
) -> tuple[str, ...]:
    """Return the tests that fail: the named ones, or all where none was named."""
    if first is not None:
        return tuple(sorted(first.failed))
    return () if wanted else tuple(sorted(results.failed))


def _nothing_ran(results: SuiteResults) -> str:
    tail = " ".join(results.execution.output.split())[-300:]
    return f"no test ran ({results.execution.reason}): {tail}"


def _is_nameless(results: SuiteResults) -> bool:
    """Say whether a command came to its end and failed, and named no test."""
    execution = results.execution
    failed = execution.ended == "exited" and 0 < execution.exit_code < SIGNALLED
    return failed and results.runner == "other" and execution.exit_code not in NOT_RUN


def _not_told(results: SuiteResults) -> str:
    return f"which tests pass without the change is not known ({results.execution.reason})"


def scope_of(team: Team, path: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the test files that concern definitions."""
    if team.checks is None:
        return ()
    return relevant_tests(team.snapshot, team.checks.project.test_files, path, names)
