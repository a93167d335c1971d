"""Reproduce a bug before the repair: by an existing failing test, or one that the coder writes.

A test that the coder wrote guides the repair and stays in the change, but proves nothing to others:
who writes both the test and the code can make them agree on anything.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.change.planning.plan import EditTarget
from agents.evidence.baseline import measure_baseline, scope_of
from agents.evidence.evidence import Baseline
from agents.evidence.test_placement import NewTestPlace, place_of
from agents.runs.team import Team, text_for_model
from prompts.library import render
from rooftree.errors import SandboxUnavailableError, ToolError
from tools.drafts.draft import Draft
from tools.edits.answer_parser import fenced
from tools.edits.whole_definitions import definition, source_of

TEST_TOKENS = 400
_NO_NAME = re.compile(r"\W++")
TEMPERATURES = (0.0, 0.7, 0.9)


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A draft in which a test fails, and what the tests said before."""

    draft: Draft
    baseline: Baseline
    own_test: str = ""
    """The test file that the coder wrote, where none was there."""


async def reproduce(
    team: Team, draft: Draft, task: str, tests: Sequence[str], targets: Sequence[EditTarget]
) -> Reproduction:
    """Find the failing tests that a task is about, or have one written."""
    scope = scope_of_plan(team, tests, targets)
    baseline = await measure_baseline(team, draft, tests, scope)
    if tests or not baseline.measured:
        return Reproduction(draft, baseline)
    about = tuple(test for test in baseline.failing if test.partition("::")[0] in scope)
    baseline = replace(baseline, failing=named_in(task, baseline.failing) or about)
    about = baseline.failing
    if about or not targets:
        return Reproduction(draft, baseline)
    written = await _write_test(team, draft, task, targets[0])
    if written is None:
        return Reproduction(draft, baseline)
    with_test, path, failing = written
    baseline = replace(baseline, failing=failing)
    return Reproduction(with_test, baseline, path)


def scope_of_plan(
    team: Team, tests: Sequence[str], targets: Sequence[EditTarget]
) -> tuple[str, ...]:
    """Return the test files that a change is about."""
    named = [test.partition("::")[0] for test in tests]
    for target in targets:
        named += scope_of(team, target.path, [target.symbol.rpartition(".")[2]])
        if target.path.endswith(".rs"):
            named.append(target.path)  # Rust's tests stand beside what they test
    return tuple(dict.fromkeys(named))


def named_in(task: str, tests: Sequence[str]) -> tuple[str, ...]:
    """Return those of the tests that a task names by their own names, as a person does."""
    words = f" {_words(task)} "
    return tuple(test for test in tests if _is_telling(test) and f" {_own_name(test)} " in words)


def _own_name(test: str) -> str:
    """Return the words of a test's name, without its file and the groups around it."""
    return _words(test.rpartition("::")[2].rpartition(" > ")[2].partition("/")[0])


def _is_telling(test: str) -> bool:
    """Say whether a test's name is unlikely to occur by chance: `total` is a word as well."""
    name = _own_name(test)
    return " " in name or "_" in name or (name.lower().startswith("test") and len(name) > 4)


def _words(text: str) -> str:
    return " ".join(_NO_NAME.sub(" ", text).split())


def files_for_prompt(
    task: str, place: NewTestPlace, target: EditTarget, source: str
) -> dict[str, str]:
    """Return what a prompt that asks for a test shows of the task and of a function."""
    return {
        "task": text_for_model(task, 1500, keep="start"),
        "runner": place.runner,
        "symbol": target.symbol,
        "path": target.path,
        "reach": place.reach,
        "language": place.language,
        "code": text_for_model(source, 3000, keep="start"),
    }


async def _write_test(
    team: Team, draft: Draft, task: str, target: EditTarget
) -> tuple[Draft, str, tuple[str, ...]] | None:
    """Have a test written that fails now; None where none does after a few tries."""
    operation = await team.test_operation()
    if team.checks is None or operation is None:
        return None
    if not target.path.endswith(".py") or not target.symbol:
        return None
    text = draft.text(target.path)
    try:
        symbol = definition(target.path, text, target.symbol)
    except ToolError:
        return None
    place = place_of(draft, target.path, "bug", team.checks.project.test_files, operation)
    path = place.path
    prompt = render(
        "change/reproduce", **files_for_prompt(task, place, target, source_of(text, symbol))
    )
    for temperature in TEMPERATURES:
        answer = await team.ask("coder", prompt, max_tokens=TEST_TOKENS, temperature=temperature)
        try:
            tried = draft.with_text(path, fenced(answer.text).strip("\n") + "\n")
            results = await team.checks.tests(tried, (path,))
        except (ToolError, SandboxUnavailableError):
            continue
        failing = tuple(sorted(test for test in results.failed if "::" in test))
        # A file that cannot be imported fails without naming a test, and shows no bug.
        if failing:
            return tried, path, failing
    return None
