"""A text turned into bytes that tree-sitter reads, and parsed within a time cap."""

import re
import time
from bisect import bisect_right

from tree_sitter import Node, Parser, Query, QueryCursor, Tree

from indexing.languages import Language, grammar_of

PARSE_SECONDS = 2.0
"""Processor time for one file; the wall clock is `workers`' business."""

DEEPEST = 4_000
"""How deep a query looks: from 32,768 levels on tree-sitter's cursor takes minutes."""

# Captures' text is read back through the same callback, so large chunks would make predicates slow.
_CHUNK = 1024


_NEWLINE = re.compile(rb"\n")


class Source:
    """The bytes that are parsed; they have the rows of the text, though not its every character.

    A lone surrogate becomes "?", NUL a space, CRLF a newline (not every grammar knows it), and a
    byte-order mark goes.
    """

    def __init__(self, text: str) -> None:
        encoded = text.removeprefix("\ufeff").encode("utf-8", "replace")
        self.data = encoded.replace(b"\0", b" ").replace(b"\r\n", b"\n")
        self._row_starts = [0, *(match.end() for match in _NEWLINE.finditer(self.data))]

    def row(self, byte: int) -> int:
        return bisect_right(self._row_starts, byte) - 1

    def row_start(self, row: int) -> int:
        return self._row_starts[row]

    def before(self, byte: int) -> bytes:
        """Return what stands before the byte on its row."""
        return self.data[self._row_starts[self.row(byte)] : byte]

    def after(self, byte: int) -> bytes:
        """Return what stands from the byte on to the end of its row."""
        end = self.data.find(b"\n", byte)
        return self.data[byte : len(self.data) if end < 0 else end]

    def text(self, node: Node) -> str:
        return self.between(node.start_byte, node.end_byte)

    def between(self, start: int, end: int) -> str:
        return self.data[start:end].decode("utf-8", "replace")


def parse(language: Language, source: Source, seconds: float = PARSE_SECONDS) -> Tree | None:
    """Return the syntax tree, or None when the parser took too long."""
    data = source.data
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
    """Return every match of a query below `node`, down to a depth that real code never reaches."""
    cursor = QueryCursor(query)
    cursor.set_max_start_depth(DEEPEST)
    return cursor.matches(node)
