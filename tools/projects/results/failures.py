"""What a model has to know of failing tests: each by name, where it failed, and what was wrong.

Of pytest's report the last frame in the project and the assertion are taken; of other runners the
lines around a test's name. All of the output is kept apart, so nothing here is the only copy.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rooftree.text.shortened import shortened
from tools.projects.results.reports import LIKE_PYTEST, SuiteResults

MAX_FAILURES = 5
MAX_FAILURE_LENGTH = 900
MAX_TAIL_LENGTH = 2_400
MAX_HEADING_LENGTH = 300
_FRAME = re.compile(r"^(\S{1,300}):(\d{1,7}): (?:in )?(\S.{0,200})$")
_OUTSIDE = ("/", "../", "<")


@dataclass(frozen=True, slots=True)
class FailureReport:
    """One failure as pytest prints it: its heading, and the lines below it."""

    name: str
    lines: tuple[str, ...]

    @property
    def frame(self) -> str:
        """The last place in the project that was run."""
        frames = [line for line in self.lines if _FRAME.match(line)]
        inside = [line for line in frames if not line.startswith(_OUTSIDE)]
        return (inside or frames or [""])[-1]

    @property
    def error(self) -> str:
        """What was wrong: the lines that pytest marks, or the last one."""
        marked = [line[1:].strip() for line in self.lines if line.startswith("E ")]
        return "\n".join(marked) or next((one for one in reversed(self.lines) if one.strip()), "")


def failures_text(results: SuiteResults, known: frozenset[str] = frozenset()) -> str:
    """Return the failures of a run, those that were there at first last and by name alone."""
    failed = sorted(results.failed)
    new = [one for one in failed if one not in known]
    old = [one for one in failed if one in known]
    reports = list(failure_reports(results.execution.output)) if _is_pytest(results) else []
    told = [_one(test, reports, results.execution.output) for test in new[:MAX_FAILURES]]
    if len(new) > MAX_FAILURES:
        told.append(f"{len(new) - MAX_FAILURES} more fail: {', '.join(new[MAX_FAILURES:])}"[:1000])
    if old:
        told.append(f"already failing at base, not yours: {', '.join(old)}"[:1000])
    if not failed and not results.passed:
        told.append(_tail(results.execution.output))
    return "\n".join(told)


def failure_reports(output: str) -> Iterator[FailureReport]:
    """Yield the failures and errors of pytest's report, in order."""
    name, lines = "", list[str]()
    inside = False
    for line in output.split("\n"):
        section, heading = _ruled(line, "="), _ruled(line, "_") or None
        if section is None and heading is None:
            lines.append(line)
            continue
        if name:
            yield FailureReport(name, tuple(lines))
        if section is not None:
            inside = section in ("FAILURES", "ERRORS")
        name, lines = (heading if heading is not None and inside else ""), []
    if name:
        yield FailureReport(name, tuple(lines))


def _ruled(line: str, mark: str) -> str | None:
    """Return what stands between two rules of three marks or more; None in any other line."""
    if not (line.startswith(mark * 3) and line.endswith(mark * 3)):
        return None
    said = line.strip(mark).strip(" ")
    return said if len(said) <= MAX_HEADING_LENGTH else None


def _one(test: str, reports: Sequence[FailureReport], output: str) -> str:
    mine = next((one for one in reports if _is_of(one, test)), None)
    if mine is None:
        return f"{test}\n{_around(test, output)}".rstrip()
    return shortened(f"{test}\n  {mine.frame}\n  {mine.error}".rstrip(), MAX_FAILURE_LENGTH, 0.7)


def _is_of(report: FailureReport, test: str) -> bool:
    """Say whether a report is of a test: `Class.name`, or a file that could not be collected."""
    path, *names = test.split("::")
    own = ".".join(names)
    return own == report.name if names else report.name.endswith(path)


def _around(test: str, output: str) -> str:
    """Return the lines that follow a test's own name in the output of any runner."""
    name = test.rpartition("::")[2].rpartition(" > ")[2]
    lines = output.split("\n")
    at = next((number for number, line in enumerate(lines) if name and name in line), None)
    if at is None:
        return ""
    return shortened("\n".join(lines[at : at + 14]), MAX_FAILURE_LENGTH, 0.7)


def _is_pytest(results: SuiteResults) -> bool:
    return results.runner in LIKE_PYTEST


def _tail(output: str) -> str:
    return shortened(output.strip("\n"), MAX_TAIL_LENGTH, 0.2)
