"""Where a file is cut: its rows given to definitions, in runs, merged when tiny, split when long.

Every non-blank row ends up in at least one unit. A member of one row stays with what is around it;
a definition that holds others is broken up only when it is too long to stand whole.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from indexing.parsing.syntax.captures import LeadingNode
from indexing.parsing.syntax.definitions import MEMBER_KINDS, Outline, OutlineDefinition
from indexing.parsing.syntax.lines import MAX_LINES, MAX_UNIT_LENGTH, RowSpan, TextRows
from indexing.parsing.syntax.types import Unit

CONTAINERS = MEMBER_KINDS | {"module", "section", "block"}
"""These are broken up into their members early; functions only when they are too long."""

WHOLE_CONTAINER = 400
"""Characters; a smaller class is one unit with its members."""

MERGED = 800
"""Characters up to which tiny neighbours are put together."""
TINY = 240
STRAY = 60
"""Characters of a line that goes with the method above it."""

# Tiny neighbours are merged only within one of these groups.
_GROUPS = {
    "constant": "code",
    "type": "code",
    "key": "key",
    "rule": "rule",
    "section": "section",
}

_WORD = re.compile(r"[^\W_]+")
_CLOSERS = frozenset({"end", "fi", "done", "esac"})
"""A closing line says nothing by itself."""


@dataclass(slots=True)
class _Run:
    """Rows that belong to one definition, or to none (`owner` -1)."""

    owner: int
    first: int
    last: int
    kind: str
    symbol: str
    group: str
    """Runs of one group may be merged; empty where they may not."""


class Chunker:
    """Cuts one parsed file."""

    def __init__(
        self,
        language: str,
        lines: TextRows,
        outline: Outline,
        root: Node,
        leads: dict[int, LeadingNode],
        row_of: Callable[[int], int],
    ) -> None:
        """`row_of` tells the file's row of a row of the tree."""
        self._language = language
        self._lines = lines
        self._definitions = outline.definitions
        self._doc = outline.doc
        self._root = root
        self._leads = leads
        self._row_of = row_of
        self._borders: dict[int, int] | None = None

    def units(self) -> Iterator[Unit]:
        documented: set[int] = set()
        for run in self._merged(self._runs()):
            short = self._lines.size(run.first, run.last) <= MAX_UNIT_LENGTH
            if short and run.last - run.first < MAX_LINES:
                pieces = [RowSpan(run.first, run.last)]
            else:
                pieces = list(self._lines.pack(run.first, run.last, self._all_borders()))
            for piece in pieces:
                yield self._unit(run, piece, run.owner not in documented)
                documented.add(run.owner)

    def _owners(self) -> list[int]:
        """Return for each row the definition whose unit it goes to, or -1."""
        owners, reached = [-1] * len(self._lines.rows), -1
        forming: list[bool] = []
        for index, definition in enumerate(self._definitions):
            forms = self._forms(definition, forming)
            first, end = definition.first, min(definition.end, len(owners) - 1)
            if forms and definition.parent < 0 and first == end and first <= reached:
                # Several definitions share one row: it belongs to none of them.
                owners[first], forms = -1, False
            reached = max(reached, end)
            forming.append(forms)
            if forms:
                owners[first : end + 1] = [index] * (end + 1 - first)
        return owners

    def _forms(self, definition: OutlineDefinition, forming: Sequence[bool]) -> bool:
        """Tell whether a definition gets a unit of its own."""
        if definition.parent < 0:
            row = self._lines.rows[definition.start]
            return definition.kind != "constant" or not row[:1].isspace()
        above = self._definitions[definition.parent]
        if not forming[definition.parent] or definition.start == definition.end:
            return False
        size = self._lines.size(above.first, min(above.end, len(self._lines.rows) - 1))
        if above.kind in CONTAINERS:
            return size > WHOLE_CONTAINER
        return size > MAX_UNIT_LENGTH or above.end - above.first >= MAX_LINES

    def _runs(self) -> Iterator[_Run]:
        owners = self._owners()
        start, named = 0, False
        for row in range(1, len(owners) + 1):
            if row < len(owners) and owners[row] == owners[start]:
                continue
            span = self._lines.trim(start, row - 1)
            owner = owners[start]
            if span is not None:
                yield self._run(owner, *span, named)
            named = named or (owner >= 0 and self._definitions[owner].kind != "constant")
            start = row

    def _run(self, owner: int, first: int, last: int, named: bool) -> _Run:
        if owner < 0:
            return _Run(owner, first, last, "block" if named else "head", "", "code")
        definition = self._definitions[owner]
        group = _GROUPS.get(definition.kind, "")
        if not group and definition.parent < 0 and definition.first == definition.end:
            group = "code"
        return _Run(owner, first, last, definition.kind, definition.qualified, group)

    def _merged(self, runs: Iterator[_Run]) -> Iterator[_Run]:
        last: _Run | None = None
        for run in runs:
            if last is None:
                last = run
            elif self._says_nothing(run) or self._stray(last, run):
                last.last = run.last
            elif self._says_nothing(last):
                run.first, last = last.first, run
            elif self._mergeable(last, run):
                self._merge(last, run)
            else:
                yield last
                last = run
        if last is not None:
            yield last

    def _says_nothing(self, run: _Run) -> bool:
        """Tell whether a run is only closing or opening brackets and the like."""
        if self._lines.size(run.first, run.last) > TINY:
            return False
        text = self._lines.text(RowSpan(run.first, run.last)).lstrip()
        if run.first == run.last and text.startswith("}"):
            return True
        return all(word[0] in _CLOSERS for word in _WORD.finditer(text))

    def _stray(self, last: _Run, run: _Run) -> bool:
        """Tell whether a run is one short line of a class between its methods."""
        between = run.owner >= 0 and run.owner == self._parent(last)
        return between and run.first == run.last and len(self._lines.rows[run.first]) < STRAY

    def _mergeable(self, one: _Run, two: _Run) -> bool:
        if not one.group or one.group != two.group or self._parent(one) != self._parent(two):
            return False
        sizes = self._lines.size(one.first, one.last), self._lines.size(two.first, two.last)
        return (
            min(sizes) < TINY
            and self._lines.size(one.first, two.last) <= MERGED
            and two.last - one.first < MAX_LINES
        )

    def _merge(self, one: _Run, two: _Run) -> None:
        one.last = two.last
        if one.owner == two.owner and one.owner >= 0:
            return
        if one.kind not in ("head", two.kind):
            one.kind = "block"
        one.symbol = ""

    def _parent(self, run: _Run) -> int:
        return self._definitions[run.owner].parent if run.owner >= 0 else -1

    def _unit(self, run: _Run, piece: RowSpan, with_doc: bool) -> Unit:
        text = self._lines.text(piece)
        place = (piece.first + 1, piece.last + 1, text)
        if not run.symbol:
            parent = self._parent(run)
            enclosing = self._definitions[parent].qualified if parent >= 0 else ""
            doc = self._doc if run.kind == "head" and with_doc else ""
            return Unit(self._language, run.kind, "", enclosing, *place, "", doc)
        definition = self._definitions[run.owner]
        return Unit(
            self._language,
            run.kind,
            run.symbol,
            definition.enclosing,
            *place,
            definition.signature,
            definition.doc if with_doc else "",
        )

    def _all_borders(self) -> dict[int, int]:
        if self._borders is None:
            self._borders = statement_borders(self._root, self._leads, self._row_of)
        return self._borders


def statement_borders(
    root: Node, leads: dict[int, LeadingNode], row_of: Callable[[int], int]
) -> dict[int, int]:
    """Map each row on which a statement of a long block starts to its depth.

    A statement below a comment is no border: the comment is.
    """
    borders: dict[int, int] = {}
    level = [root]
    depth = 0
    while level and depth < 40:
        inner: list[Node] = []
        for node in level:
            for child in node.children:
                first, last = row_of(child.start_point[0]), row_of(child.end_point[0])
                if first - 1 not in leads:
                    borders.setdefault(first, depth)
                if last - first >= 8:
                    inner.append(child)
        level, depth = inner, depth + 1
    return borders
