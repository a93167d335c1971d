"""Judge a draft by what can be measured: it parses, the failing tests pass, nothing else breaks."""

from dataclasses import replace

from agents.evidence.evidence import Baseline, Evidence
from agents.evidence.failure_excerpts import failure_excerpt
from agents.evidence.new_tests import edits_inline_tests
from agents.runs.team import Team
from tools.drafts.draft import Draft
from tools.drafts.syntax import syntax_problem
from tools.projects.results.reports import SuiteResults
from tools.projects.test_file_names import is_test_file
from tools.projects.test_settings import changed_test_settings

MAX_TRACED = 50
"""Failing tests that are traced, to tell what they run."""


async def verify(team: Team, baseline: Baseline, draft: Draft) -> Evidence:
    """Measure a draft: quick things first, and no more than is needed to reject it."""
    evidence = await _measured(team, baseline, draft)
    evidence = replace(
        evidence,
        judges=(
            *changed_test_settings(draft.paths, draft.snapshot.files),
            *edits_inline_tests(draft),
        ),
        unread=baseline.unread,
        why_part=baseline.why_part,
    )
    if evidence.verified and evidence.others:
        return replace(evidence, same_cause=await _runs_edited(team, draft, evidence))
    return evidence


async def _runs_edited(team: Team, draft: Draft, evidence: Evidence) -> bool:
    """Say whether failing tests run files that a draft edits, or that it cannot be told.

    A file of tests that cannot be read runs none; its error names what it could not import.
    """
    assert team.checks is not None  # noqa: S101 - something was measured
    unread = [one for one in evidence.others if "::" not in one and one.endswith(".py")]
    for one in unread:
        if any(path in failure_excerpt(evidence.output, one) for path in draft.paths):
            return True
    tests = tuple(sorted(evidence.others - set(unread)))
    if not tests or len(tests) > MAX_TRACED:
        return bool(tests)
    trace = await team.checks.trace(draft, tests)
    edited = set(draft.paths)
    return trace is None or any(path in edited for path, _ in trace.failing)


async def _measured(team: Team, baseline: Baseline, draft: Draft) -> Evidence:
    for path in draft.paths:
        problem = syntax_problem(draft, path)
        if problem is not None:
            return Evidence(parses=False, problem=problem)
    if team.checks is None or not baseline.measured:
        problem = await _by_exit_code(team, baseline, draft)
        return Evidence(parses=True, problem=problem or baseline.problem or team.no_checks)
    commands: list[str] = []
    if baseline.failing:
        results = await team.checks.tests(draft, baseline.failing)
        commands.append(" ".join(results.argv))
        passing = {one for one in baseline.failing if results.is_reliable and results.passes(one)}
        fixed = tuple(sorted(passing))
        still = tuple(sorted(set(baseline.failing) - passing))
        if still:
            output = results.execution.output
            return Evidence(True, fixed, still, output=output, commands=tuple(commands))
    return await _with_all(team, baseline, draft, commands)


async def _by_exit_code(team: Team, baseline: Baseline, draft: Draft) -> str:
    """Say what an exit code alone tells of a draft: that is evidence, and proves no test."""
    if team.checks is None or not baseline.failed_alone:
        return ""
    results = await team.checks.tests(draft)
    if results.ran:
        return baseline.problem
    now = "passes now" if results.passed else f"fails still ({results.execution.reason})"
    command = f"`{baseline.failed_alone}`"
    told = f"{command} failed before and {now}, by its exit code"
    return f"{told}; it names no tests, so it is not known which ran"


async def _with_all(team: Team, baseline: Baseline, draft: Draft, commands: list[str]) -> Evidence:
    assert team.checks is not None  # noqa: S101 - `verify` has looked
    whole = draft
    operation = await team.checks.operation()
    added = _added_tests(baseline, draft)
    if operation is not None and operation.needs_python:
        added = tuple(path for path in added if path.endswith(".py"))  # and not what tests read
    for path in added:
        # A new test could patch what others test, when it is run in one process with them.
        draft = draft.with_content(path, None)
    results = await team.checks.tests(draft, baseline.scope)
    commands.append(" ".join(results.argv))
    broken = tuple(sorted(baseline.passing - results.succeeded))
    # Beside all others a test may fail that passes alone: it was seen to fail, so it is not fixed.
    met = [one for one in baseline.failing if one in baseline.met]
    still = tuple(one for one in met if not results.passes(one))
    left = frozenset(one for one in baseline.also_failing if not results.passes(one))
    problem = baseline.unknown
    if not baseline.passing and baseline.run_passed and not results.passed:
        problem = f"the tests passed before and now {results.execution.reason}"
    elif not results.is_reliable:
        problem = problem or f"the tests did not come to their end: {results.execution.reason}"
    if added:
        known = baseline.also_failing | set(baseline.failing)
        problem = problem or await _fault_of_added(team, whole, added, known, commands)
    return Evidence(
        parses=True,
        fixed=tuple(one for one in baseline.failing if one not in still),
        still_failing=still,
        broken=broken,
        left=len(left),
        others=_others(baseline, results, left),
        kept=len(baseline.passing & results.succeeded),
        problem=problem,
        output=results.execution.output,
        whole=baseline.whole,
        commands=tuple(commands),
    )


def _others(baseline: Baseline, results: SuiteResults, left: frozenset[str]) -> frozenset[str]:
    met = baseline.passing | set(baseline.failing)
    # A file that could not be read and is read now names its tests; as one thing it is gone.
    named = {one.partition("::")[0] for one in results.failed if "::" in one}
    return (left | results.failed) - met - (named - results.failed)


def _added_tests(baseline: Baseline, draft: Draft) -> tuple[str, ...]:
    """Return the new tests, but for those that are to pass, or that were moved there."""
    wanted = {test.partition("::")[0] for test in (*baseline.failing, *baseline.passing)}
    new = [path for path in draft.paths if path not in draft.snapshot.files]
    return tuple(path for path in new if is_test_file(path) and path not in wanted)


async def _fault_of_added(
    team: Team,
    draft: Draft,
    added: tuple[str, ...],
    known: frozenset[str],
    commands: list[str],
) -> str:
    """Run new tests, by themselves where the runner can; return what is wrong with them.

    Where all are run, those that are known to fail are none of the new ones.
    """
    assert team.checks is not None  # noqa: S101 - `verify` has looked
    results = await team.checks.tests(draft, added)
    commands.append(" ".join(results.argv))
    failed = results.failed - known
    if failed:
        return f"a new test fails: {min(failed)}"
    return "" if results.is_reliable else f"a new test could not be run: {results.execution.reason}"
