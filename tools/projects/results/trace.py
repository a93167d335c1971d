"""Which lines tests ran, and how suspicious that makes them.

A line that failing tests run and passing ones do not is suspicious: Ochiai's measure, which ranks
faulty lines best of the simple ones (Abreu et al., "On the Accuracy of Spectrum-based Fault
Localization", 2007). What a trace says was written by foreign code and is read strictly.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rooftree.confined_files import check_relative, read_beneath
from rooftree.errors import ToolRefusedError

MAX_TRACE_BYTES = 32 << 20
FILE = ".rooftree-trace.json"
PLUGIN = "rooftree_trace"
FOLDER = Path(__file__).parents[1] / "contained"

TracedLine = tuple[str, int]


@dataclass(frozen=True, slots=True)
class LineTrace:
    """Lines run by tests that failed and by tests that passed: how many of each ran a line."""

    failing: Mapping[TracedLine, int]
    passing: Mapping[TracedLine, int]
    failed_tests: int

    def suspicion(self) -> dict[TracedLine, float]:
        """Return a figure from 0 to 1 for every line that a failing test ran."""
        scores = {}
        for line, failed in self.failing.items():
            run = failed + self.passing.get(line, 0)
            scores[line] = failed / math.sqrt(self.failed_tests * run)
        return scores


def trace_json(workspace: Path) -> Any:
    """Return what the plugin wrote; None where it wrote nothing that can be read."""
    try:
        return json.loads(read_beneath(workspace, FILE, MAX_TRACE_BYTES).data)
    except (OSError, ValueError, RecursionError, ToolRefusedError):
        return None


def trace_of(told: Any) -> LineTrace | None:
    """Read a trace; None where no test failed in it, or it is none."""
    if not isinstance(told, dict):
        return None
    failing: Counter[TracedLine] = Counter()
    passing: Counter[TracedLine] = Counter()
    failed = 0
    for test in told.values():
        if not isinstance(test, dict) or not isinstance(test.get("lines"), dict):
            continue
        is_failed = test.get("outcome") == "failed"
        failed += is_failed
        (failing if is_failed else passing).update(_lines(test["lines"]))
    return LineTrace(failing, passing, failed) if failed else None


def lines_run(told: Any) -> frozenset[TracedLine] | None:
    """Return the lines that tests which passed ran; None where a trace is none."""
    if not isinstance(told, dict):
        return None
    passed = [
        one["lines"]
        for one in told.values()
        if isinstance(one, dict)
        and one.get("outcome") == "passed"
        and isinstance(one.get("lines"), dict)
    ]
    return frozenset().union(*map(_lines, passed)) if passed else None


def _lines(told: Mapping[object, object]) -> set[TracedLine]:
    lines: set[TracedLine] = set()
    for path, numbers in told.items():
        if not isinstance(path, str) or not isinstance(numbers, list):
            continue
        try:
            check_relative(path)
        except ToolRefusedError:
            continue
        lines.update((path, number) for number in numbers if isinstance(number, int))
    return lines
