"""Captured definitions put in order: nested, named, documented, with the rows that are theirs."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tree_sitter import Node

from indexing.parsing.syntax.captures import CapturedDefinition, Captures, LeadingNode
from indexing.parsing.syntax.documentation import first_sentence, fold
from indexing.parsing.syntax.grammars import ParserSource
from indexing.parsing.syntax.lines import TextRows
from indexing.parsing.syntax.types import ParsedSymbol

MEMBER_KINDS = frozenset({"class", "interface", "struct", "enum", "trait"})
"""Inside these, and inside extensions, a function is a method."""

# Where two patterns find the same node, the more telling kind stays.
_RANK = {"constant": 0, "type": 1, "class": 2, "function": 2}
_TAIL = re.compile(r"\s?(?:=>|[{=:(]|\sdo)$")
_MAX_HEADER_LENGTH = 800
_MAX_PREFIX_LENGTH = 400
"""Thousands of nested functions would otherwise have names of megabytes."""


@dataclass(slots=True)
class OutlineDefinition:
    """One definition: rows are 0-based, `first` includes the comments and attributes above."""

    found: CapturedDefinition
    kind: str
    parent: int
    qualified: str
    enclosing: str
    first: int = 0
    start: int = 0
    end: int = 0
    signature: str = ""
    doc: str = ""

    @property
    def listed(self) -> bool:
        """Whether it is a symbol; an extension only qualifies what is inside."""
        return self.found.listed

    @property
    def has_methods(self) -> bool:
        members = "members" in self.found.settings
        return members or self.kind in MEMBER_KINDS or not self.listed

    @property
    def prefix(self) -> str:
        """What the qualified name has before the names at the definition itself."""
        return self.qualified.removesuffix(".".join(self.found.names)).rstrip(".")

    def as_symbol(self) -> ParsedSymbol:
        name = self.found.names[-1]
        rows = (self.start + 1, self.end + 1)
        return ParsedSymbol(name, self.qualified, self.kind, *rows, self.signature, self.doc)


class Outline:
    """The definitions of a file in the order in which they start, each knowing its parent."""

    def __init__(self, definitions: Sequence[OutlineDefinition], doc: str = "") -> None:
        self.definitions = definitions
        self.doc = doc
        """What documents the file itself."""
        self._starts = [definition.found.start for definition in definitions]

    def around(self, byte: int) -> int:
        """Return the innermost definition that holds the byte, or -1."""
        index = bisect_right(self._starts, byte) - 1
        while index >= 0 and self.definitions[index].found.end <= byte:
            index = self.definitions[index].parent
        return index


def outline(captures: Captures, source: ParserSource, lines: TextRows) -> Outline:
    """Arrange what the query found."""
    definitions = _nested(_joined(_distinct(captures.found), source), len(source.data))
    for definition in definitions:
        _add_rows(definition, captures, source, lines)
        leads = list(_leads_above(captures, definition.first, definition.start))
        _describe(definition, leads, source)
    result = Outline(definitions)
    for node in captures.docs:
        index = result.around(node.start_byte)
        doc = first_sentence(source.text(node))
        if index < 0:
            result.doc = result.doc or doc
        else:
            definitions[index].doc = doc
    return result


def _distinct(found: Sequence[CapturedDefinition]) -> list[CapturedDefinition]:
    """Keep the most telling of several finds of one name at one node, in order of start."""
    best: dict[tuple[int, int, str], CapturedDefinition] = {}
    for item in found:
        key = (item.start, item.end, item.names[-1])
        rival = best.get(key)
        if rival is None or _telling(item) > _telling(rival):
            best[key] = item
    return sorted(best.values(), key=lambda item: (item.start, -item.end, item.pattern))


def _telling(found: CapturedDefinition) -> tuple[int, int, int]:
    return (_RANK.get(found.kind, 3), len(found.names), -found.pattern)


def _joined(found: Sequence[CapturedDefinition], source: ParserSource) -> list[CapturedDefinition]:
    """Join clauses of one function, and stretch what reaches to the next of its kind."""
    result: list[CapturedDefinition] = []
    last_clause: dict[tuple[str, ...], int] = {}
    for item in found:
        if "clauses" in item.settings:
            earlier = last_clause.get(item.names)
            if earlier is not None and _adjacent(result[earlier], item, source):
                result[earlier] = replace(result[earlier], end=item.end)
                continue
            last_clause[item.names] = len(result)
        result.append(item)
    next_start: dict[str, int] = {}
    for index in range(len(result) - 1, -1, -1):
        item = result[index]
        if "until_next" in item.settings:
            result[index] = replace(item, end=next_start.get(item.kind, len(source.data)))
        next_start[item.kind] = item.start
    return result


def _adjacent(earlier: CapturedDefinition, later: CapturedDefinition, source: ParserSource) -> bool:
    return earlier.end <= later.start and not source.data[earlier.end : later.start].strip()


def _nested(found: Sequence[CapturedDefinition], length: int) -> list[OutlineDefinition]:
    definitions: list[OutlineDefinition] = []
    stack: list[int] = []
    for item in found:
        while stack and not _holds(definitions[stack[-1]].found, item):
            stack.pop()
        parent = stack[-1] if stack else -1
        if "until_next" in item.settings:
            limit = definitions[parent].found.end if stack else length
            item = replace(item, end=min(item.end, limit))  # noqa: PLW2901 - the same, cut short
        definitions.append(_define(item, definitions[parent] if stack else None, parent))
        stack.append(len(definitions) - 1)
    return definitions


def _holds(outer: CapturedDefinition, inner: CapturedDefinition) -> bool:
    inside = outer.start <= inner.start < outer.end
    if "until_next" in inner.settings:
        return inside
    same = outer.start == inner.start and outer.end == inner.end
    return inside and inner.end <= outer.end and not same


def _define(
    found: CapturedDefinition, above: OutlineDefinition | None, parent: int
) -> OutlineDefinition:
    kind, path = found.kind, list(found.names)
    if above is not None:
        around = above.prefix if "flat" in above.found.settings else above.qualified
        if around and len(around) <= _MAX_PREFIX_LENGTH:
            path.insert(0, around)
        if kind == "function" and above.has_methods:
            kind = "method"
    return OutlineDefinition(found, kind, parent, ".".join(path), ".".join(path[:-1]))


def _add_rows(
    definition: OutlineDefinition, captures: Captures, source: ParserSource, lines: TextRows
) -> None:
    found = definition.found
    start = source.row(found.start)
    end = source.row(max(found.start, found.end - 1))
    while end > start and lines.blank(end):
        end -= 1
    outer = captures.outer.get(found.start)
    first = start if outer is None else source.row(outer.start_byte)
    # Attributes that are part of the node are skipped, so that `start` is the header's row.
    while (inner := captures.leads_from.get(start)) is not None and inner.last < end:
        start = inner.last + 1
    while (above := captures.leads.get(first - 1)) is not None:
        first = above.first
    definition.first, definition.start, definition.end = first, start, end


def _leads_above(captures: Captures, first: int, start: int) -> Iterator[LeadingNode]:
    row = first
    while row < start and (lead := captures.leads_from.get(row)) is not None:
        yield lead
        row = lead.last + 1


def _describe(
    definition: OutlineDefinition, leads: Sequence[LeadingNode], source: ParserSource
) -> None:
    comments = [source.between(lead.start, lead.end).strip() for lead in leads if not lead.role]
    if comments:
        definition.doc = first_sentence("\n".join(comments))
    signatures = [lead for lead in leads if lead.role == "signature"]
    if signatures:
        definition.signature = fold(source.between(signatures[-1].start, signatures[-1].end))
    else:
        definition.signature = _header(definition, source)


def _header(definition: OutlineDefinition, source: ParserSource) -> str:
    """Return the text up to the body, on one line."""
    found = definition.found
    start = found.start
    if definition.start > source.row(start):
        start = source.row_start(definition.start)
    else:
        before = source.before(start)
        if len(before) <= 40 and not any(mark in before for mark in (b"{", b"}", b";")):
            start -= len(before)
    body = _body(found.node)
    if body is not None and body.start_byte > start:
        end = body.start_byte
    else:
        row = source.after(start)
        brace = row.find(b" {")
        end = start + (brace if brace > 0 else len(row))
    text = fold(source.between(start, min(end, found.end, start + _MAX_HEADER_LENGTH)))
    while (tail := _TAIL.search(text)) is not None and tail.start() > 0:
        text = text[: tail.start()]
    return text


def _body(node: Node) -> Node | None:
    for path in ("body", "value"):
        inner = node.child_by_field_name(path)
        if inner is None:
            continue
        return inner if path == "body" else inner.child_by_field_name("body")
    return None
