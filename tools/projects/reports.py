"""What a test runner printed, read into the outcome of each test.

What a runner prints comes from foreign code: it tells which tests it says passed, and no more. A
run counts as passed only with the runner's own exit code besides.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tools.sandbox.execution import Execution

Outcome = Literal["passed", "failed", "skipped"]
Runner = Literal["pytest", "unittest", "go", "cargo", "other"]

# Foreign code prints what it likes: each pattern looks at a line once, from its beginning.
_PYTEST = re.compile(
    r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (?:\[\d+\] (?=\S))?(\S.*)$", re.MULTILINE
)
_SAYS = r"(?:ok|FAIL|ERROR|skipped|expected failure|unexpected success)"
_UNITTEST = re.compile(
    # Below the name may stand the first line of what the test says of itself.
    rf"^(\w++) \(([\w.]++)\)(?:\n(?:(?!\.\.\. {_SAYS}).)*+)?+\s*+\.\.\. ({_SAYS})",
    re.MULTILINE,
)
_UNITTEST_FAILED = re.compile(r"^(FAIL|ERROR|UNEXPECTED SUCCESS): (\w+) \(([\w.]+)\)", re.MULTILINE)
"""What the runner says at its end, when no test can print between its words any more."""
_GO = re.compile(r"^[^\S\n]*+--- (PASS|FAIL|SKIP): (\S+)", re.MULTILINE)
_GO_BUILD = re.compile(r"^(FAIL)\s+(\S+) \[(?:build|setup) failed\]$", re.MULTILINE)
_GO_OK = re.compile(r"^(ok)\s+(\S+)\s", re.MULTILINE)
"""A package as a whole: one that does not build any more names none of its tests."""
_CARGO = re.compile(r"^test (\S+) \.\.\. (ok|FAILED|ignored)$", re.MULTILINE)
_OUTCOMES: Mapping[str, Outcome] = {
    **dict.fromkeys(("PASSED", "XPASS", "ok", "PASS"), "passed"),
    **dict.fromkeys(("FAILED", "ERROR", "FAIL"), "failed"),
    **dict.fromkeys(("unexpected success", "UNEXPECTED SUCCESS"), "failed"),
    **dict.fromkeys(("SKIPPED", "SKIP", "skipped", "ignored"), "skipped"),
    # A test that fails as it was told to says nothing good of the code: any code can call xfail.
    **dict.fromkeys(("XFAIL", "expected failure"), "skipped"),
}
PYTEST_NOTHING = 5
PYTEST_BROKEN = frozenset({1, 3, 4})
"""A hook or an option of the configuration that fails, an internal error, a wrong usage."""
PYTEST_ENDED = frozenset({0, 1})
"""All tests ran; some failed, or a plugin, such as one that wants more coverage, is not content."""

LONGEST_ERROR = 200
"""Characters of an error that are kept."""
_COLLECTING = "ERROR collecting "
_TELLS_ERRORS = frozenset({"pytest"})


@dataclass(frozen=True, slots=True)
class Uncollected:
    """A file whose tests could not be collected, and the first line of the error."""

    path: str
    error: str


@dataclass(frozen=True, slots=True)
class Results:
    """One run of tests."""

    execution: Execution
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """By test id; empty where the runner does not name its tests."""
    argv: tuple[str, ...] = ()
    runner: Runner = "other"
    uncollected: tuple[Uncollected, ...] = ()

    @property
    def believed(self) -> bool:
        """Whether the runner came to its end, and its exit code fits what it said."""
        if self.execution.ended != "exited":
            return False
        if self.runner == "other":
            return True
        if self.runner == "pytest":
            if self.execution.exit_code == PYTEST_NOTHING:
                return not self.outcomes
            return self.execution.exit_code in PYTEST_ENDED and bool(self.outcomes)
        return self.execution.succeeded or bool(self.failed)

    def passes(self, test: str) -> bool:
        """Say whether a test passed; a file of tests does where some in it did and none failed."""
        if test in self.outcomes:
            return self.outcomes[test] == "passed"
        inside = [how for name, how in self.outcomes.items() if name.startswith(f"{test}::")]
        return "passed" in inside and "failed" not in inside

    def works(self, test: str) -> bool:
        """Say whether a test passed; a file of tests, whether it was read and some in it passed."""
        if test in self.outcomes:
            return self.outcomes[test] == "passed"
        return any(name.startswith(f"{test}::") for name in self.succeeded)

    @property
    def passed(self) -> bool:
        """Whether the runner ran something and said that all is well."""
        return self.execution.succeeded and not self.failed

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

    def as_json(self) -> dict[str, Any]:
        return {
            "command": " ".join(self.argv),
            "passed": len(self.succeeded),
            "failed": sorted(self.failed),
            "ended": self.execution.reason,
            "seconds": round(self.execution.seconds, 2),
        }


def read_report(runner: Runner, execution: Execution, argv: tuple[str, ...]) -> Results:
    """Read what a runner said."""
    found: dict[str, Outcome] = {}
    read = _READERS.get(runner)
    for name, word in read(execution.output) if read is not None else ():
        _note(found, name, word)
    unread = tuple(_uncollected(execution.output)) if runner in _TELLS_ERRORS else ()
    return Results(execution, found, argv, runner, unread)


def _uncollected(text: str) -> Iterator[Uncollected]:
    """Yield the files of tests that pytest could not read, each with the first line of its error.

    The summary names the files; what was wrong with them stands below a heading of each.
    """
    path = ""
    for line in text.split("\n"):
        if line.startswith("_") and line.endswith("_"):
            heading = line.strip("_ ")
            path = heading.removeprefix(_COLLECTING) if heading.startswith(_COLLECTING) else ""
        elif path and line.startswith("E  "):
            yield Uncollected(path, line[1:].strip()[:LONGEST_ERROR])
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


def _unittest(text: str) -> Iterator[tuple[str, str]]:
    told = [(method, place, word) for method, place, word in _UNITTEST.findall(text)]
    told += [(method, place, word) for word, method, place in _UNITTEST_FAILED.findall(text)]
    for method, place, word in told:
        yield place if place.endswith(f".{method}") else f"{place}.{method}", word


def _go(text: str) -> Iterator[tuple[str, str]]:
    for word, name in (*_GO.findall(text), *_GO_BUILD.findall(text), *_GO_OK.findall(text)):
        yield name, word


def _cargo(text: str) -> Iterator[tuple[str, str]]:
    yield from _CARGO.findall(text)


_READERS: Mapping[Runner, Callable[[str], Iterator[tuple[str, str]]]] = {
    "pytest": _pytest,
    "unittest": _unittest,
    "go": _go,
    "cargo": _cargo,
}


def _note(found: dict[str, Outcome], name: str, word: str) -> None:
    """Note an outcome; a failure in the teardown of a test that passed is a failure."""
    how = _OUTCOMES[word]
    if found.get(name) != "failed":
        found[name] = how
