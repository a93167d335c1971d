"""What SQL creates, found by its words where the grammar does not know the dialect.

T-SQL's procedures, MySQL's with a definer and Oracle's packages are errors to the grammar, though
`CREATE … NAME` says the same in all of them. One reaches to the end of its batch or to the next.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace

from tree_sitter import Node

from indexing.parsing.syntax.captures import CapturedDefinition, CapturedReference, Captures
from indexing.parsing.syntax.grammars import ParserSource

_PART = rb"(?:\[[^\]\n]{1,128}+\]|\"[^\"\n]{1,128}+\"|`[^`\n]{1,128}+`|[A-Za-z_#@][\w$#@]{0,127}+)"
_NAME = rb"(" + _PART + rb"(?:\." + _PART + rb"){0,3}+)"
_CREATED = re.compile(
    rb"^[ \t]*+(?:CREATE(?:\s++OR\s++(?:ALTER|REPLACE))?+|ALTER(?=\s++(?:PROC|FUNC|TRIG|VIEW)))"
    rb"(?:\s++(?:DEFINER\s*+=\s*+\S++|AGGREGATE|EDITIONABLE|NONEDITIONABLE)){0,2}+"
    rb"\s++(PROCEDURE|PROC|FUNCTION|TRIGGER|PACKAGE(?:\s++BODY)?|VIEW|TABLE|TYPE)"
    rb"(?:\s++IF\s++NOT\s++EXISTS)?+\s++" + _NAME,
    re.MULTILINE | re.IGNORECASE,
)
_BATCH_END = re.compile(
    rb"^[ \t]*+(?:GO|/|DELIMITER\b[^\n]*+)[ \t]*+$", re.MULTILINE | re.IGNORECASE
)
_CALLED = re.compile(rb"^[ \t]*+(?:EXEC(?:UTE)?|CALL)\s++" + _NAME, re.MULTILINE | re.IGNORECASE)
_ONE_PART = re.compile(_PART)
_KINDS = {b"VIEW": "table", b"TABLE": "table", b"TYPE": "type", b"PACKAGE": "module"}
_COMMENTS = frozenset({"comment", "marginalia"})
_BY_WORDS = 1_000
"""After all patterns of a query: what the tree finds too is taken from the tree."""


def add(captures: Captures, root: Node, source: ParserSource) -> None:
    """Add what the tree does not have, and the calls of routines."""
    rows = {source.row(found.start) for found in captures.found}
    ends = [match.start() for match in _BATCH_END.finditer(source.data)]
    _end_with_their_batch(captures, ends)
    created = [
        match
        for match in _CREATED.finditer(source.data)
        if _is_code(root, source, match.end() - len(match[0].lstrip()))
    ]
    borders = sorted([*ends, *(match.start() for match in created), len(source.data)])
    for match, end in zip(created, _next(created, borders), strict=True):
        start = source.data.find(match[0].lstrip()[:1], match.start())
        if source.row(start) in rows:
            continue
        word = match[1].split()[0].upper()
        node = root.descendant_for_byte_range(start, start) or root
        names = tuple(_plain(part) for part in _ONE_PART.findall(match[2]))
        captures.name_starts.add(match.start(2))
        kind = _KINDS.get(word, "function")
        captures.found.append(
            CapturedDefinition(kind, names, node, start, end, _BY_WORDS, True, frozenset())
        )
    for match in _CALLED.finditer(source.data):
        if not _is_code(root, source, match.start(1)):
            continue
        *_, last = _ONE_PART.finditer(source.data, match.start(1), match.end(1))
        quoted = last[0][:1] in b'["`'
        captures.uses.append(
            CapturedReference("call", (last.start() + quoted, last.end() - quoted))
        )


def _is_code(root: Node, source: ParserSource, place: int) -> bool:
    """Tell whether it is neither a comment nor a text that stands at a place."""
    node = root.descendant_for_byte_range(place, place)
    if node is None or node.type in _COMMENTS:
        return node is None
    # To MySQL a backslash keeps a text open, to the grammar and to others it does not.
    return node.type != "literal" or b"\\'" in source.data


def _end_with_their_batch(captures: Captures, ends: list[int]) -> None:
    """Cut off what the grammar, which knows no `GO`, took for the rest of a definition."""
    for index, found in enumerate(captures.found):
        place = bisect_right(ends, found.start)
        if found.node.has_error and place < len(ends) and ends[place] < found.end:
            captures.found[index] = replace(found, end=ends[place])


def _next(created: list[re.Match[bytes]], borders: list[int]) -> Iterator[int]:
    """Yield for each where the first border after it stands."""
    place = 0
    for match in created:
        while borders[place] <= match.start():
            place += 1
        yield borders[place]


def _plain(part: bytes) -> str:
    return part.strip(b'[]"`').decode("utf-8", "replace")
