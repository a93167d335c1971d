"""The lines of a text, and how runs of lines are cut into pieces of a size that can be embedded.

A line ends at `\\n` only. Rows here are 0-based, as in a syntax tree; `Unit` counts from 1. It
does not depend on languages.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from indexing.parsing.syntax.types import Unit

MAX_UNIT_LENGTH = 1600
"""Characters; about 400 tokens."""
MAX_LINES = 60
PLAIN_LINES = 40
"""Lines of a unit where nothing is known but the lines."""


@dataclass(frozen=True, slots=True)
class RowSpan:
    """Rows `first` to `last`, and within a single overlong row the characters that are meant."""

    first: int
    last: int
    start: int = 0
    stop: int | None = None


class TextRows:
    """A text by rows, with the size of any run of rows in constant time."""

    def __init__(self, text: str) -> None:
        self.rows = text.split("\n")
        self._offsets = [0, *accumulate(len(row) + 1 for row in self.rows)]

    def size(self, first: int, last: int) -> int:
        """Return the characters of rows `first` to `last`, newlines between them included."""
        return self._offsets[last + 1] - self._offsets[first] - 1

    def text(self, piece: RowSpan) -> str:
        if piece.first == piece.last:
            return self.rows[piece.first][piece.start : piece.stop]
        return "\n".join(self.rows[piece.first : piece.last + 1])

    def blank(self, row: int) -> bool:
        content = self.rows[row]
        return not content or content.isspace()

    def trim(self, first: int, last: int) -> tuple[int, int] | None:
        """Return the run without blank rows at its edges, or None where all are blank."""
        while first <= last and self.blank(first):
            first += 1
        while last >= first and self.blank(last):
            last -= 1
        return (first, last) if first <= last else None

    def pack(
        self, first: int, last: int, borders: Mapping[int, int], most_lines: int = MAX_LINES
    ) -> Iterator[RowSpan]:
        """Cut a run into pieces within the limits, at the outermost border that comes late enough.

        `borders` maps the rows before which a cut is good to their depth; 0 is best.
        """
        while (run := self.trim(first, last)) is not None:
            first, end = run
            if end - first < most_lines and self.size(first, end) <= MAX_UNIT_LENGTH:
                yield RowSpan(first, end)
                return
            furthest = self._furthest(first, end, most_lines)
            if self.size(first, furthest) > MAX_UNIT_LENGTH:
                yield from self._slices(first)
                first += 1
                continue
            cut = self._cut(first, furthest, borders) if furthest < end else end + 1
            trimmed = self.trim(first, cut - 1)
            if trimmed is not None:
                yield RowSpan(*trimmed)
            first = cut

    def _furthest(self, first: int, last: int, most_lines: int) -> int:
        row = first
        stop = min(last, first + most_lines - 1)
        while row < stop and self.size(first, row + 1) <= MAX_UNIT_LENGTH:
            row += 1
        return row

    def _cut(self, first: int, furthest: int, borders: Mapping[int, int]) -> int:
        """Return the row at which the next piece starts."""
        best, best_depth = furthest + 1, borders.get(furthest + 1, 1_000)
        for row in range(furthest, first, -1):
            if 4 * self.size(first, row - 1) < self.size(first, furthest):
                break
            depth = borders.get(row, 999 if self.blank(row - 1) else 1_000)
            if depth < best_depth:
                best, best_depth = row, depth
        return best

    def _slices(self, row: int) -> Iterator[RowSpan]:
        for start in range(0, len(self.rows[row]), MAX_UNIT_LENGTH):
            piece = RowSpan(row, row, start, start + MAX_UNIT_LENGTH)
            content = self.text(piece)
            if content and not content.isspace():
                yield piece


def line_units(text: str, language: str) -> tuple[Unit, ...]:
    """Return units of about 40 lines that break at blank lines."""
    lines = TextRows(text)
    last = len(lines.rows) - 1
    borders = {row: 0 for row in range(1, last + 1) if lines.blank(row - 1)}
    return tuple(
        Unit(language, "lines", "", "", piece.first + 1, piece.last + 1, lines.text(piece))
        for piece in lines.pack(0, last, borders, PLAIN_LINES)
    )
