"""A text turned into bytes that tree-sitter reads, and parsed within a time cap."""

import re
import time
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from tree_sitter import Node, Parser, Query, QueryCursor, Tree

from indexing.parsing.syntax.languages import Language, grammar_of

PARSE_SECONDS = 2.0
"""Processor time for one file; the wall clock is `workers`' business."""

MAX_QUERY_DEPTH = 4_000
"""How deep a query looks: from 32,768 levels on tree-sitter's cursor takes minutes."""

# Captures' text is read back through the same callback, so large chunks would make predicates slow.
_CHUNK = 1024


_NEWLINE = re.compile(rb"\n")


class ParserSource:
    """The bytes that are parsed; they have the rows of the text, though not its every character.

    A lone surrogate becomes "?", NUL a space, CRLF a newline (not every grammar knows it), and a
    byte-order mark goes. Where the text was taken out of a file, `rows` has the file's row of each
    of its lines, in order; several lines may stand on one.
    """

    def __init__(self, text: str, rows: Sequence[int] | None = None) -> None:
        encoded = text.removeprefix("\ufeff").encode("utf-8", "replace")
        self.data = encoded.replace(b"\0", b" ").replace(b"\r\n", b"\n")
        self.readable = self.data
        """What the parser gets: where a preprocessor is told beforehand, not all of the text."""
        self.declared: Mapping[int, tuple[str, ...]] = {}
        """Names that macros declare, by the byte at which the parser sees others in their place."""
        self._row_starts = [0, *(match.end() for match in _NEWLINE.finditer(self.data))]

        self._rows = rows

    def row(self, byte: int) -> int:
        """Return the row of the file on which a byte stands."""
        return self.row_of(self._line(byte))

    def row_of(self, line: int) -> int:
        """Return the row of the file that holds a line of the text, such as a tree's row."""
        return line if self._rows is None else self._rows[min(line, len(self._rows) - 1)]

    def row_start(self, row: int) -> int:
        """Return the byte at which the first line starts that stands on a row of the file."""
        return self._row_starts[row if self._rows is None else bisect_left(self._rows, row)]

    def _line(self, byte: int) -> int:
        return bisect_right(self._row_starts, byte) - 1

    def before(self, byte: int) -> bytes:
        """Return what stands before the byte on its row."""
        return self.data[self._row_starts[self._line(byte)] : byte]

    def after(self, byte: int) -> bytes:
        """Return what stands from the byte on to the end of its row."""
        end = self.data.find(b"\n", byte)
        return self.data[byte : len(self.data) if end < 0 else end]

    def text(self, node: Node) -> str:
        return self.between(node.start_byte, node.end_byte)

    def between(self, start: int, end: int) -> str:
        return self.data[start:end].decode("utf-8", "replace")


def parse(language: Language, source: ParserSource, seconds: float = PARSE_SECONDS) -> Tree | None:
    """Return the syntax tree, or None when the parser took too long."""
    data = source.readable
    deadline = time.thread_time() + seconds
    # A new parser each time: one whose parse was given up resumes that text at its next call.
    parser = Parser(grammar_of(language))
    try:
        return parser.parse(
            lambda offset, _point: data[offset : offset + _CHUNK],
            progress_callback=lambda _offset, _has_error: time.thread_time() > deadline,
        )
    except ValueError:
        return None


def matches(query: Query, node: Node) -> list[tuple[int, dict[str, list[Node]]]]:
    """Return every match of a query below `node`, down to a depth that real code never reaches.

    It cannot be stopped: a cursor that is given a callback for its progress may end the process.
    """
    cursor = QueryCursor(query)
    cursor.set_max_start_depth(MAX_QUERY_DEPTH)
    return cursor.matches(node)
