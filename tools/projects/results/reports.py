"""What a test runner printed, read into the outcome of each test.

What a runner prints comes from foreign code: it tells which tests it says passed, and no more. A
run counts as passed only with the runner's own exit code besides.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from tools.projects.results.report_files import read_reported
from tools.projects.results.runners.cargo import is_cargo, read_cargo
from tools.projects.results.runners.ctest import read_ctest
from tools.projects.results.runners.golang import read_go, readable_go
from tools.projects.results.runners.jest import is_jest, read_jest
from tools.projects.results.runners.minitest import read_minitest
from tools.projects.results.runners.spec import is_spec, read_spec
from tools.projects.results.runners.tap import is_tap, read_tap
from tools.sandbox.process.execution import Execution

CaseOutcome = Literal["passed", "failed", "skipped"]
RunnerName = Literal[
    "pytest",
    "unittest",
    "django",
    "go",
    "cargo",
    "tap",
    "spec",
    "jest",
    "junit",
    "meson",
    "dotnet",
    "rspec",
    "minitest",
    "phpunit",
    "exunit",
    "ctest",
    "other",
]
REPORTING: tuple[RunnerName, ...] = ("junit", "meson", "dotnet", "rspec", "phpunit")
"""Runners whose results are read from the reports that they leave as files."""

# Foreign code prints what it likes: each pattern looks at a line once, from its beginning.
_PYTEST = re.compile(
    r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (?:\[\d+\] (?=\S))?(\S.*)$", re.MULTILINE
)
_OUTCOMES: Mapping[str, CaseOutcome] = {
    **dict.fromkeys(("PASSED", "XPASS", "ok", "PASS"), "passed"),
    **dict.fromkeys(("FAILED", "ERROR", "FAIL"), "failed"),
    **dict.fromkeys(("SKIPPED", "SKIP", "ignored"), "skipped"),
    # A test that fails as it was told to says nothing good of the code: any code can call xfail.
    "XFAIL": "skipped",
}
LIKE_PYTEST: tuple[RunnerName, ...] = ("pytest", "unittest", "django")
"""Runners whose results are told as pytest tells them: those of unittest by `contained/`."""
PYTEST_NOTHING = 5
PYTEST_BROKEN = frozenset({1, 3, 4})
"""A hook or an option of the configuration that fails, an internal error, a wrong usage."""
PYTEST_ENDED = frozenset({0, 1})
"""All tests ran; some failed, or a plugin, such as one that wants more coverage, is not content."""

MAX_ERROR_LENGTH = 200
"""Characters of an error that are kept."""
_COLLECTING = "ERROR collecting "


@dataclass(frozen=True, slots=True)
class UncollectedFile:
    """A file whose tests could not be collected, and the first line of the error."""

    path: str
    error: str


@dataclass(frozen=True, slots=True)
class SuiteResults:
    """One run of tests."""

    execution: Execution
    outcomes: Mapping[str, CaseOutcome] = field(default_factory=dict)
    """By test id; empty where the runner does not name its tests."""
    argv: tuple[str, ...] = ()
    runner: RunnerName = "other"
    uncollected: tuple[UncollectedFile, ...] = ()
    parts: tuple["SuiteResults", ...] = ()
    """What each suite said, where several were run."""

    @property
    def is_reliable(self) -> bool:
        """Whether the runner came to its end, and its exit code fits what it said."""
        if self.parts:
            return all(one.is_reliable for one in self.parts)
        if self.execution.ended != "exited":
            return False
        if self.runner == "other":
            return True
        if self.runner in LIKE_PYTEST:
            if self.execution.exit_code == PYTEST_NOTHING:
                return not self.outcomes
            ended = self.execution.exit_code in PYTEST_ENDED and bool(self.outcomes)
            fits = self.runner == "pytest" or self.execution.succeeded or bool(self.failed)
            return ended and fits
        return self.execution.succeeded or bool(self.failed)

    def passes(self, test: str) -> bool:
        """Say whether a test passed; a file of tests does where some in it did and none failed."""
        if test in self.outcomes:
            return self.outcomes[test] == "passed"
        inside = [how for name, how in self.outcomes.items() if name.startswith(f"{test}::")]
        return "passed" in inside and "failed" not in inside

    def passed_or_loaded(self, test: str) -> bool:
        """Say whether a test passed; a file of tests, whether it was read and some in it passed."""
        if test in self.outcomes:
            return self.outcomes[test] == "passed"
        return any(name.startswith(f"{test}::") for name in self.succeeded)

    @property
    def found_nothing(self) -> bool:
        """Whether a runner that says so by its exit code has found no test."""
        return self.runner in LIKE_PYTEST and self.execution.exit_code == PYTEST_NOTHING

    @property
    def passed(self) -> bool:
        """Whether the runner ran something and said that all is well."""
        ran = self.runner == "other" or bool(self.succeeded)
        return self.execution.succeeded and ran and not self.failed

    @property
    def failed(self) -> frozenset[str]:
        return frozenset(name for name, how in self.outcomes.items() if how == "failed")

    @property
    def succeeded(self) -> frozenset[str]:
        return frozenset(name for name, how in self.outcomes.items() if how == "passed")

    @property
    def ran(self) -> bool:
        """Whether tests ran at all: a usage error or a missing module is not a failing test."""
        return bool(self.outcomes) or self.execution.ended != "exited"

    @property
    def summary(self) -> str:
        counts = dict.fromkeys(("passed", "failed", "skipped"), 0)
        for how in self.outcomes.values():
            counts[how] += 1
        told = ", ".join(f"{count} {how}" for how, count in counts.items() if count)
        return f"{told} ({self.execution.reason})" if told else self.execution.reason

    def named(self, name: Callable[[str], str]) -> "SuiteResults":
        """Return the same with other names of tests."""
        outcomes = {name(test): how for test, how in self.outcomes.items()}
        unread = tuple(replace(one, path=name(one.path)) for one in self.uncollected)
        return replace(self, outcomes=outcomes, uncollected=unread)

    def as_json(self) -> dict[str, Any]:
        return {
            "command": " ".join(self.argv),
            "passed": len(self.succeeded),
            "failed": sorted(self.failed),
            "ended": self.execution.reason,
            "seconds": round(self.execution.seconds, 2),
        }


def read_report(runner: RunnerName, execution: Execution, argv: tuple[str, ...]) -> SuiteResults:
    """Read what a runner said; of a script, what the runner said that is known by its output."""
    found: dict[str, CaseOutcome] = {}
    text = execution.output
    runner = runner_of(text) if runner == "other" else runner
    if runner == "go":
        execution = replace(execution, output=readable_go(text))
    read = _READERS.get(runner)
    told = read(text) if read is not None else ()
    for name, word in told if runner in _NAMED_APART else _numbered_duplicates(told):
        # A failure in the teardown of a test that passed is a failure.
        if found.get(name) != "failed":
            found[name] = _OUTCOMES[word]
    unread = tuple(_uncollected(execution.output)) if runner in LIKE_PYTEST else ()
    return SuiteResults(execution, found, argv, runner, unread)


def merged(parts: Sequence[SuiteResults]) -> SuiteResults:
    """Return what several suites said as one; one is bad where any is."""
    first, *others = parts
    if not others:
        return first
    ran = [one for one in parts if not one.found_nothing] or [first]
    worst = next((one for one in ran if not one.execution.succeeded), ran[0]).execution
    execution = replace(
        worst,
        output="\n".join(one.execution.output for one in parts),
        seconds=sum(one.execution.seconds for one in parts),
        dropped_bytes=sum(one.execution.dropped_bytes for one in parts),
    )
    outcomes = {test: how for one in parts for test, how in one.outcomes.items()}
    argv = tuple(word for one in parts for word in (*one.argv, "&&"))[:-1]
    unread = tuple(one for part in parts for one in part.uncollected)
    return SuiteResults(execution, outcomes, argv, first.runner, unread, tuple(parts))


def _uncollected(text: str) -> Iterator[UncollectedFile]:
    """Yield the files of tests that pytest could not read, each with the first line of its error.

    The summary names the files; what was wrong with them stands below a heading of each.
    """
    path = ""
    for line in text.split("\n"):
        if line.startswith("_") and line.endswith("_"):
            heading = line.strip("_ ")
            path = heading.removeprefix(_COLLECTING) if heading.startswith(_COLLECTING) else ""
        elif path and line.startswith("E  "):
            yield UncollectedFile(path, line[1:].strip()[:MAX_ERROR_LENGTH])
            path = ""


def _pytest(text: str) -> Iterator[tuple[str, str]]:
    for word, said in _PYTEST.findall(text):
        yield said[: _end_of_name(said)].strip(), word


def _end_of_name(said: str) -> int:
    """Return where a name ends: before " - " and what went wrong.

    A parameter may hold " - " as well, so what stands in brackets belongs to the name.
    """
    dash = said.find(" - ", 1)
    opened = said.find("[", 1)
    if opened > 0 and (dash < 0 or opened < dash):
        closed = said.find("] - ", opened)
        if closed > 0 or said.endswith("]"):
            return closed + 1 if closed > 0 else len(said)
    return dash if dash > 0 else len(said)


def runner_of(text: str) -> RunnerName:
    """Return whose output this is, by what only that runner prints; else "other"."""
    return next((runner for runner, holds in _SIGNS.items() if holds(text)), "other")


def _numbered_duplicates(told: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Tell tests of the same name apart by their order: which of them fails must not be lost."""
    count: Counter[str] = Counter()
    for name, word in told:
        count[name] += 1
        yield (name if count[name] == 1 else f"{name} #{count[name]}"), word


_READERS: Mapping[RunnerName, Callable[[str], Iterator[tuple[str, str]]]] = {
    **dict.fromkeys(LIKE_PYTEST, _pytest),
    "go": read_go,
    "cargo": read_cargo,
    "tap": read_tap,
    "spec": read_spec,
    "jest": read_jest,
    "minitest": read_minitest,
    "ctest": read_ctest,
    "exunit": read_tap,
    **dict.fromkeys(REPORTING, read_reported),
}
_NAMED_APART: tuple[RunnerName, ...] = (*LIKE_PYTEST, "go")
"""Runners that never tell two tests by one name: what comes twice is told twice."""
_SIGNS: Mapping[RunnerName, Callable[[str], bool]] = {
    "tap": is_tap,
    "spec": is_spec,
    "jest": is_jest,
    "cargo": is_cargo,
}
"""Say whether an output is that of a runner."""
