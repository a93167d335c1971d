"""Where a finding stands: lines found by their text, never by a number that a model said."""

from collections.abc import Iterator, Sequence

from indexing.redact import redact
from tools.diffs.patch import Block, FileDiff

LONGEST_QUOTE = 12
"""Lines; a longer quote names no place."""


def anchor(quote: str, text: str, diff: FileDiff) -> tuple[int, int] | None:
    """Return the lines that a quote means, if a hunk shows them and no other place is as good.

    Indentation does not count. Among several places the one with the most new lines is meant.
    """
    wanted = [line.strip() for line in quote.strip("\n").split("\n")]
    while wanted and not wanted[0]:
        wanted.pop(0)
    while wanted and not wanted[-1]:
        wanted.pop()
    if not wanted or len(wanted) > LONGEST_QUOTE or not any(len(line) > 1 for line in wanted):
        return None
    places = list(_places(text.split("\n"), wanted, diff))
    if not places:
        return None
    added = diff.added
    weight = {place: len(added.intersection(range(place[0], place[1] + 1))) for place in places}
    best = max(weight.values())
    found = [place for place in places if weight[place] == best]
    return found[0] if best and len(found) == 1 else None


def _places(
    lines: Sequence[str], wanted: Sequence[str], diff: FileDiff
) -> Iterator[tuple[int, int]]:
    bare = [line.strip() for line in lines]
    for at in range(len(bare) - len(wanted) + 1):
        if bare[at : at + len(wanted)] == list(wanted):
            start, end = at + 1, at + len(wanted)
            if diff.shows(start, end):
                yield start, end


def quoted(text: str, line: int, end_line: int) -> str:
    """Return lines of a file as they may be shown."""
    return "\n".join(redact(text).split("\n")[line - 1 : end_line])


def lines_of(block: Block, diff: FileDiff, text: str) -> tuple[int, int] | None:
    """Return the lines at which a block can be commented on.

    Where lines were only taken away, that is the line before the gap, or else the one behind it.
    """
    said = [number for number, line in zip(block.new_lines, block.new, strict=True) if line.strip()]
    if said:
        return said[0], said[-1]
    count = text.count("\n") + 1
    lines = text.split("\n")
    near = [block.new_start - 1, block.new_start]
    for number in sorted(near, key=lambda one: not _says(lines, one)):
        if 1 <= number <= count and diff.shows(number, number):
            return number, number
    return None


def _says(lines: Sequence[str], number: int) -> bool:
    return 1 <= number <= len(lines) and bool(lines[number - 1].strip())
