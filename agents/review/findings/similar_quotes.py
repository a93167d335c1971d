"""Lines that a quote means though it is not quite as they are.

Models leave out what is long (`...`) and miscopy a character. Such a quote counts where exactly one
place of what was changed fits it, and nothing else comes near: a guess between two places would be
a claim about unrelated code.
"""

from collections.abc import Sequence

from agents.review.findings.diff_regions import DiffRegion
from rooftree.errors import ToolRetryError
from tools.edits.anchors import find

ELISIONS = ("...", "\N{HORIZONTAL ELLIPSIS}")
MIN_QUOTE_LENGTH = 12
"""Characters of a quote that may be off, or have something left out."""
MAX_GAP_LINES = 40
"""Lines that one elision may replace."""
_BETWEEN = "\0"
"""Stands between hunks, where no line can be like it."""


def find_similar_quote(wanted: Sequence[str], region: DiffRegion) -> tuple[int, int] | None:
    """Return the one place of a region that a quote comes near to, if that was changed."""
    if sum(map(_size, wanted)) < MIN_QUOTE_LENGTH:
        return None
    if any(mark in line for line in wanted for mark in ELISIONS):
        return _elided(wanted, region)
    return _similar(wanted, region)


def _similar(wanted: Sequence[str], region: DiffRegion) -> tuple[int, int] | None:
    lines: list[str] = []
    numbers: list[int] = []
    for run in region.runs:
        for number, text in (*run, (0, _BETWEEN)):
            lines.append(text)
            numbers.append(number)
    if len(lines) < len(wanted):
        return None
    try:
        found = find(lines, list(wanted))
    except ToolRetryError:
        return None
    inside = numbers[found.start : found.end]
    if not inside or 0 in inside or not region.weight(inside[0], inside[-1]):
        return None
    return inside[0], inside[-1]


def _elided(wanted: Sequence[str], region: DiffRegion) -> tuple[int, int] | None:
    """Return where the lines stand in their order, with anything in place of the elisions."""
    if all(line in ELISIONS for line in (wanted[0], wanted[-1])):
        return None
    wanted = [line for at, line in enumerate(wanted) if at in range(*_told(wanted))]
    places = {
        (run[at][0], run[end][0])
        for run in region.runs
        for at in range(len(run))
        if (end := _follow(wanted, [text for _, text in run[at : at + MAX_GAP_LINES]], at))
        is not None
        and region.weight(run[at][0], run[end][0])
    }
    return places.pop() if len(places) == 1 else None


def _told(wanted: Sequence[str]) -> tuple[int, int]:
    """Return the range of the lines without an elision alone at either end."""
    said = [at for at, line in enumerate(wanted) if line not in ELISIONS]
    return said[0], said[-1] + 1


def _follow(wanted: Sequence[str], lines: Sequence[str], start: int) -> int | None:
    """Return the index of the last line where the wanted ones follow from the first line on."""
    at, free = 0, False
    for line in wanted:
        if line in ELISIONS:
            free = True
            continue
        while free and at < len(lines) and not _fits(line, lines[at]):
            at += 1
        if at >= len(lines) or not _fits(line, lines[at]):
            return None
        at, free = at + 1, False
    return start + at - 1


def _fits(wanted: str, line: str) -> bool:
    """Say whether a line holds the parts of a wanted one in their order, from end to end."""
    for mark in ELISIONS[1:]:
        wanted = wanted.replace(mark, ELISIONS[0])
    first, *others = wanted.split(ELISIONS[0])
    if not others:
        return line == wanted
    *middle, last = others
    if len(line) < sum(map(len, (first, *others))) or not line.startswith(first.rstrip()):
        return False
    at = len(first.rstrip())
    for part in middle:
        at = line.find(part.strip(), at)
        if at < 0:
            return False
        at += len(part.strip())
    return line.endswith(last.lstrip()) and len(line) - len(last.lstrip()) >= at


def _size(line: str) -> int:
    for mark in ELISIONS:
        line = line.replace(mark, "")
    return len("".join(line.split()))
