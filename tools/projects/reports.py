"""What a test runner printed, read into the outcome of each test.

What a runner prints comes from foreign code: it tells which tests it says passed, and no more. A
run counts as passed only with the runner's own exit code besides.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tools.sandbox.execution import Execution

Outcome = Literal["passed", "failed", "skipped"]
Runner = Literal["pytest", "unittest", "go", "cargo", "other"]

_PYTEST = re.compile(
    r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (?:\[\d+\] )?(\S.*?)(?: - .*)?$", re.MULTILINE
)
_UNITTEST = re.compile(
    r"^(\w+) \(([\w.]+)\)(?:\n.*?)?\s*\.\.\. (ok|FAIL|ERROR|skipped|expected failure)", re.MULTILINE
)
_GO = re.compile(r"^\s*--- (PASS|FAIL|SKIP): (\S+)", re.MULTILINE)
_CARGO = re.compile(r"^test (\S+) \.\.\. (ok|FAILED|ignored)$", re.MULTILINE)
_OUTCOMES: Mapping[str, Outcome] = {
    **dict.fromkeys(("PASSED", "XPASS", "XFAIL", "ok", "PASS", "expected failure"), "passed"),
    **dict.fromkeys(("FAILED", "ERROR", "FAIL"), "failed"),
    **dict.fromkeys(("SKIPPED", "SKIP", "skipped", "ignored"), "skipped"),
}
PYTEST_NOTHING = 5
PYTEST_BROKEN = frozenset({1, 3, 4})
"""A hook or an option of the configuration that fails, an internal error, a wrong usage."""


@dataclass(frozen=True, slots=True)
class Results:
    """One run of tests."""

    execution: Execution
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    """By test id; empty where the runner does not name its tests."""
    argv: tuple[str, ...] = ()

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
    text = execution.output
    found: dict[str, Outcome] = {}
    if runner == "pytest":
        for word, name in _PYTEST.findall(text):
            _note(found, name.strip(), word)
    elif runner == "unittest":
        for method, place, word in _UNITTEST.findall(text):
            name = place if place.endswith(f".{method}") else f"{place}.{method}"
            _note(found, name, word)
    elif runner in ("go", "cargo"):
        for one, two in (_GO if runner == "go" else _CARGO).findall(text):
            name, word = (two, one) if runner == "go" else (one, two)
            _note(found, name, word)
    return Results(execution, found, argv)


def _note(found: dict[str, Outcome], name: str, word: str) -> None:
    """Note an outcome; a failure in the teardown of a test that passed is a failure."""
    how = _OUTCOMES[word]
    if found.get(name) != "failed":
        found[name] = how
