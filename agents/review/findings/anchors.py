"""Where a finding stands: lines found by their text, never by a number that a model said.

Lines that are gone stand on the old side, under the numbers that they had. `nearness` finds a quote
that is not quite as the lines are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.review.findings.diff_regions import NEW, OLD, DiffRegion, DiffSide, regions_of
from agents.review.findings.similar_quotes import find_similar_quote
from indexing.secrets.redact import redact
from tools.diffs.patch import ChangedBlock, FileDiff

MAX_QUOTE_LINES = 12
"""Lines; a longer quote names no place."""
NEARLY = "the model's quote is not quite these lines, and near to no others that were changed"


@dataclass(frozen=True, slots=True)
class Anchor:
    """Lines of the new file, or of the old one where they are gone."""

    line: int
    end_line: int
    side: DiffSide = NEW
    beside: int = 0
    """For lines that are gone: a line of the new file beside the gap; 0 where the file is gone."""
    exact: bool = True


def anchor_quote(quote: str, diff: FileDiff, new: str | None, old: str | None) -> Anchor | None:
    """Return the lines that a quote means, if a hunk shows them and no other place is as good.

    Indentation does not count. What is new is meant before what is gone, unless the quote bears the
    marks of a diff that say otherwise. Among several places of a side the one with the most changed
    lines is meant.
    """
    readings = [_lines(one) for one in (quote, *_unmarked(quote))]
    sides = (OLD, NEW) if _is_of_old(quote) else (NEW, OLD)
    texts = {NEW: new, OLD: old}
    regions = [regions_of(diff, side, text) for side in sides if (text := texts[side]) is not None]
    for exact in (True, False):
        for wanted in readings:
            if (
                not wanted
                or len(wanted) > MAX_QUOTE_LINES
                or not any(len(one) > 1 for one in wanted)
            ):
                continue
            for region in regions:
                lines = _exact(wanted, region) if exact else find_similar_quote(wanted, region)
                if lines is not None:
                    return _anchor(lines, region.side, diff, new, exact=exact)
    return None


def _anchor(
    lines: tuple[int, int], side: DiffSide, diff: FileDiff, new: str | None, *, exact: bool
) -> Anchor:
    beside = line_beside_removal(lines[0], diff, new) if side == OLD else 0
    return Anchor(*lines, side, beside, exact)


def _exact(wanted: Sequence[str], region: DiffRegion) -> tuple[int, int] | None:
    weights = {place: region.weight(*place) for place in _places(wanted, region)}
    best = max(weights.values(), default=0)
    found = [place for place, weight in weights.items() if weight == best]
    return found[0] if best and len(found) == 1 else None


def _places(wanted: Sequence[str], region: DiffRegion) -> Iterator[tuple[int, int]]:
    for run in region.runs:
        bare = [text for _, text in run]
        for at in range(len(bare) - len(wanted) + 1):
            if bare[at : at + len(wanted)] == list(wanted):
                yield run[at][0], run[at + len(wanted) - 1][0]


def _lines(quote: str) -> list[str]:
    wanted = [line.strip() for line in quote.strip("\n").split("\n")]
    while wanted and not wanted[0]:
        wanted.pop(0)
    while wanted and not wanted[-1]:
        wanted.pop()
    return wanted


def _is_of_old(quote: str) -> bool:
    """Say whether a quote was copied with the marks of lines that are gone, and of no new ones."""
    marks = {line[:1] for line in quote.split("\n")}
    return "-" in marks and "+" not in marks


def _unmarked(quote: str) -> Iterator[str]:
    """Yield the quote without backticks, and without the marks of a diff, where it has any."""
    bare = quote
    lines = quote.strip().split("\n")
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```":
        bare = "\n".join(lines[1:-1])
    elif len(quote.strip()) > 1 and quote.strip()[0] == quote.strip()[-1] == "`":
        bare = quote.strip().strip("`")
    if bare != quote:
        yield bare
    lines = bare.split("\n")
    marks = {line[:1] for line in lines}
    if marks <= {"+", "-", " ", ""} and marks & {"+", "-"}:
        for mark in ("+", "-"):
            kept = [line[1:] for line in lines if line[:1] in (mark, " ", "")]
            if mark in marks:
                yield "\n".join(kept)


def quoted_lines(text: str, line: int, end_line: int) -> str:
    """Return lines of a file as they may be shown."""
    return "\n".join(redact(text).split("\n")[line - 1 : end_line])


def anchor_of(block: ChangedBlock, diff: FileDiff, text: str | None) -> Anchor | None:
    """Return where a block is told: its new lines, or those that it took away."""
    said = [number for number, line in zip(block.new_lines, block.new, strict=True) if line.strip()]
    if said:
        return Anchor(said[0], said[-1])
    gone = [at for at, line in enumerate(block.old, block.old_start) if line.strip()]
    if not gone:
        return None
    return Anchor(gone[0], gone[-1], OLD, _beside(block, diff, text))


def line_beside_removal(line: int, diff: FileDiff, text: str | None) -> int:
    """Return a line of the new file beside where a line of the old one was; 0 where none is."""
    for block in diff.blocks():
        if block.old_start <= line < block.old_start + len(block.old):
            return block.new_lines[0] if block.new else _beside(block, diff, text)
    return 0


def _beside(block: ChangedBlock, diff: FileDiff, text: str | None) -> int:
    """Return the line before a gap, or else the one behind it; one that says something first."""
    if text is None:
        return 0
    lines = text.split("\n")
    near_gap = [block.new_start - 1, block.new_start]
    for number in sorted(near_gap, key=lambda one: not _says(lines, one)):
        if 1 <= number <= len(lines) and diff.shows(number, number):
            return number
    return 0


def _says(lines: Sequence[str], number: int) -> bool:
    return 1 <= number <= len(lines) and bool(lines[number - 1].strip())
