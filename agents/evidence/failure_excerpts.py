"""A failing test's output, cut to what a small model can use: the test, and where it failed."""

import re

from agents.evidence.fault_localization import test_sources
from agents.runs.team import text_for_model
from tools.drafts.draft import Draft

MAX_OUTPUT_LENGTH = 1200
_FAILURES = re.compile(r"^=+ (?:FAILURES|ERRORS) =+$", re.MULTILINE)
_NEXT = re.compile(r"^(?:_{3,} .* _{3,}|=+ .* =+)$", re.MULTILINE)
MAX_TEST_LINES = 14


def failure_excerpt(output: str, test: str = "") -> str:
    """Return the failure of a test that pytest tells, or the first; or the end of other output."""
    began = _of_test(output, test) or _FAILURES.search(output)
    if began is None:
        return text_for_model(output, MAX_OUTPUT_LENGTH)
    rest = output[began.end() :].lstrip("\n")
    heading = _NEXT.match(rest)
    if heading is not None:
        rest = rest[heading.end() :]
    ended = _NEXT.search(rest)
    return text_for_model(rest[: ended.start()] if ended else rest, MAX_OUTPUT_LENGTH)


def _of_test(output: str, test: str) -> "re.Match[str] | None":
    """Return the heading of a test's failure: `Class.name`, or the file that could not be read."""
    path, *names = test.split("::")
    said = re.escape(".".join(names) or path)
    return re.search(rf"^_{{3,}} (?:.* )?{said} _{{3,}}$", output, re.MULTILINE) if test else None


def failing_test_excerpt(draft: Draft, tests: tuple[str, ...], output: str) -> str:
    """Return the part of the first failing test that ends where it failed."""
    source = test_sources(draft, tests[:1]).split("\n")
    failed = [line[1:].strip() for line in output.split("\n") if line.startswith(">")]
    failed += [line.strip() for line in output.split("\n") if line.startswith("    ")]
    for number in range(len(source) - 1, -1, -1):
        if source[number].strip() and source[number].strip() in failed:
            source = source[: number + 1]
            break
    if len(source) > MAX_TEST_LINES:
        source = [source[0], "    ...", *source[-MAX_TEST_LINES + 2 :]]
    return "\n".join(source)
