"""One Python file that is edited: its tree, and where each part of it stands in its bytes."""

import ast
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from rooftree.errors import ToolRefusedError
from tools.drafts.syntax import UNREADABLE, python_tree

Span = tuple[int, int]
"""Where the bytes of something begin, and where they end."""
_REST = re.compile(rb"[ \t]*+(?:#[^\n]*+)?+\r?+")


@dataclass(frozen=True)
class PythonSource:
    """A file's text; ToolRefusedError where it is no Python that can be edited."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        if "\r" in self.text.replace("\r\n", ""):
            raise ToolRefusedError(
                f"{self.path} has lines that end by a return alone; nothing is moved"
            )
        try:
            return python_tree(self.text)
        except UNREADABLE as error:
            raise ToolRefusedError(f"{self.path} cannot be read as Python: {error}") from error

    @cached_property
    def data(self) -> bytes:
        return self.text.encode("utf-8", "surrogatepass")

    @cached_property
    def lines(self) -> list[bytes]:
        return self.data.split(b"\n")

    @cached_property
    def starts(self) -> list[int]:
        """Where each line begins, and where the last one ends."""
        found = [0]
        for line in self.lines:
            found.append(found[-1] + len(line) + 1)
        return found

    def at(self, line: int, column: int) -> int:
        return self.starts[line - 1] + column

    def span(self, node: ast.expr | ast.stmt | ast.alias) -> Span:
        end_line, end = node.end_lineno or node.lineno, node.end_col_offset or 0
        return self.at(node.lineno, node.col_offset), self.at(end_line, end)

    def part(self, span: Span) -> str:
        return self.data[span[0] : span[1]].decode("utf-8", "surrogatepass")

    def line_start(self, at: int) -> int:
        return self.data.rfind(b"\n", 0, at) + 1

    def line_end(self, at: int) -> int:
        found = self.data.find(b"\n", at)
        return len(self.data) if found < 0 else found

    def after_line(self, at: int) -> int:
        """Return where the line after a place begins."""
        return min(self.line_end(at) + 1, len(self.data))

    def is_alone(self, span: Span) -> bool:
        """Say whether nothing stands on its lines beside it but a comment after it."""
        before = self.data[self.line_start(span[0]) : span[0]]
        after = self.data[span[1] : self.line_end(span[1])]
        return not before.strip() and _REST.fullmatch(after) is not None

    def is_blank(self, line: int) -> bool:
        """Say whether a line, from 1, is there and holds nothing."""
        return 1 <= line <= len(self.lines) and not self.lines[line - 1].strip()

    def starts_with_comment(self, line: int) -> bool:
        return 1 <= line <= len(self.lines) and self.lines[line - 1].lstrip().startswith(b"#")


class Edits:
    """Replacements in one file that do not touch each other."""

    def __init__(self, source: PythonSource) -> None:
        self.source = source
        self._all: list[tuple[int, int, str]] = []
        self._gone: set[int] = set()
        """The lines that are deleted."""

    def replace(self, span: Span, text: str) -> None:
        self._all.append((*span, text))

    def insert(self, at: int, text: str) -> None:
        self._all.append((at, at, text))

    def delete_lines(self, span: Span) -> None:
        """Delete the whole lines on which something stands."""
        source = self.source
        start, end = source.line_start(span[0]), source.after_line(span[1])
        first = source.data.count(b"\n", 0, start) + 1
        after = source.data.count(b"\n", 0, end) + 1
        before = first - 1
        while before in self._gone:
            before -= 1
        self._gone |= set(range(first, after))
        # Of blank lines on both sides, those on one are enough.
        while (before == 0 or source.is_blank(before)) and source.is_blank(after):
            end, after = source.after_line(end), after + 1
            if end == len(source.data):
                break
        self._all.append((start, end, ""))

    @property
    def is_empty(self) -> bool:
        return not self._all

    def applied(self) -> str:
        """Return the new text; ToolRefusedError where two replacements meet.

        What is put where something is deleted stands in its place, and lines may be deleted twice.
        """
        data, parts, done, deleted = self.source.data, list[bytes](), 0, False
        for start, end, text in sorted(self._all, key=lambda one: one[:2]):
            if start < done and not (deleted and (not text or start == end)):
                line = data.count(b"\n", 0, start) + 1
                raise ToolRefusedError(
                    f"{self.source.path}:{line} would have to be changed twice; nothing is moved"
                )
            parts += [data[done:start], text.encode("utf-8", "surrogatepass")]
            if end > done:
                done, deleted = end, not text
        return b"".join([*parts, data[done:]]).decode("utf-8", "surrogatepass")


def take_items(edits: Edits, items: Sequence[Span], taken: Collection[int]) -> None:
    """Take some of several items out of a list that commas separate."""
    source = edits.source
    if all(_is_line(source, items[at]) for at in taken):
        for at in taken:
            edits.delete_lines(items[at])
        return
    span = items[0][0], items[-1][1]
    if b"#" in source.data[slice(*span)]:
        line = source.data.count(b"\n", 0, span[0]) + 1
        raise ToolRefusedError(f"{source.path}:{line} has comments between names; nothing is moved")
    kept = [one for at, one in enumerate(items) if at not in taken]
    lead = source.data[source.line_start(span[0]) : span[0]]
    many = "\n" in source.part(span)
    joint = f",\n{lead.decode()}" if many and not lead.strip() else ", "
    edits.replace(span, joint.join(map(source.part, kept)))


def _is_line(source: PythonSource, span: Span) -> bool:
    """Say whether an item and its comma have a line of their own."""
    before = source.data[source.line_start(span[0]) : span[0]]
    after = source.data[span[1] : source.line_end(span[1])].lstrip()
    rest = after.removeprefix(b",").strip()
    return not before.strip() and after.startswith(b",") and (not rest or rest.startswith(b"#"))


def put_item(edits: Edits, items: Sequence[Span], texts: Sequence[str], new: str) -> None:
    """Put an item into a list that commas separate; in its order, where it has one."""
    source = edits.source
    is_sorted = list(texts) == sorted(texts)
    at = next((n for n, one in enumerate(texts) if is_sorted and one > new), len(items))
    near = items[min(at, len(items) - 1)][0]
    indent = source.data[source.line_start(near) : near]
    between = " " if indent.strip() else f"\n{indent.decode()}"
    if at < len(items):
        edits.insert(items[at][0], f"{new},{between}")
    else:
        edits.insert(items[-1][1], f",{between}{new}")
