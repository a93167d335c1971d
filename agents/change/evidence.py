"""What a failing test says, cut to what a small model can use: the test, and where it failed."""

import re

from agents.change.suspects import test_sources
from agents.change.team import shown
from tools.draft import Draft

LONGEST = 1200
_FAILURES = re.compile(r"^=+ (?:FAILURES|ERRORS) =+$", re.MULTILINE)
_NEXT = re.compile(r"^(?:_{3,} .* _{3,}|=+ .* =+)$", re.MULTILINE)
MOST_TEST_LINES = 14


def failure_of(output: str) -> str:
    """Return the first failure that pytest tells, or the end of any other output."""
    began = _FAILURES.search(output)
    if began is None:
        return shown(output, LONGEST)
    rest = output[began.end() :].lstrip("\n")
    heading = _NEXT.match(rest)
    if heading is not None:
        rest = rest[heading.end() :]
    ended = _NEXT.search(rest)
    return shown(rest[: ended.start()] if ended else rest, LONGEST)


def wanted_of(draft: Draft, tests: tuple[str, ...], output: str) -> str:
    """Return the part of the first failing test that ends where it failed."""
    source = test_sources(draft, tests[:1]).split("\n")
    failed = [line[1:].strip() for line in output.split("\n") if line.startswith(">")]
    failed += [line.strip() for line in output.split("\n") if line.startswith("    ")]
    for number in range(len(source) - 1, -1, -1):
        if source[number].strip() and source[number].strip() in failed:
            source = source[: number + 1]
            break
    if len(source) > MOST_TEST_LINES:
        source = [source[0], "    ...", *source[-MOST_TEST_LINES + 2 :]]
    return "\n".join(source)
