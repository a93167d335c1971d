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

from rooftree.confined_files import is_relative, read_beneath
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
    tests = _tests(told)
    failed = [lines for how, lines in tests if how == "failed"]
    failing = Counter(line for lines in failed for line in lines)
    passing = Counter(line for how, lines in tests if how != "failed" for line in lines)
    return LineTrace(failing, passing, len(failed)) if failed else None


def lines_run(told: Any) -> frozenset[TracedLine] | None:
    """Return the lines that tests which passed ran; None where a trace is none."""
    passed = [lines for how, lines in _tests(told) if how == "passed"]
    return frozenset().union(*passed) if passed else None


def _tests(told: Any) -> list[tuple[object, set[TracedLine]]]:
    """Return the outcome of each test in a trace, and the lines that it ran."""
    tests = told.values() if isinstance(told, dict) else ()
    return [
        (one.get("outcome"), _lines(one["lines"]))
        for one in tests
        if isinstance(one, dict) and isinstance(one.get("lines"), dict)
    ]


def _lines(told: Mapping[object, object]) -> set[TracedLine]:
    lines: set[TracedLine] = set()
    for path, numbers in told.items():
        if isinstance(path, str) and isinstance(numbers, list) and is_relative(path):
            lines.update((path, number) for number in numbers if isinstance(number, int))
    return lines
