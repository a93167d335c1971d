"""The parts of a line that may be wrong by themselves: each is a hole that a model can fill.

A whole line leaves a small model too much room; with the rest of the line in place it has to write
the one operator, name or argument that fits (masks within a line: Xia and Zhang, 2022).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from indexing.parsing.syntax.grammars import ParserSource, parse
from indexing.parsing.syntax.languages import language_of_text

MAX_HOLES = 10
MAX_REPEAT_LENGTH = 12
PUNCTUATION = frozenset("()[]{},:.;\"'`")
WHOLE = frozenset({"string_start", "string_end", "comment", "escape_sequence"})


@dataclass(frozen=True, slots=True)
class LineMask:
    """One part of a line: what stands before it, what it is, what stands behind."""

    before: str
    part: str
    behind: str


def holes_of(path: str, text: str, line: int) -> list[LineMask]:
    """Return the parts of a line by its syntax, the smallest first; none without a grammar."""
    language = language_of_text(path, text)
    tree = None if language is None else parse(language, ParserSource(text))
    if tree is None:
        return []
    raw = text.split("\n")[line - 1].encode("utf-8", "surrogateescape")
    spans = dict.fromkeys(_spans(tree.root_node, line - 1))
    holes = [
        LineMask(*(part.decode("utf-8", "replace") for part in (raw[:a], raw[a:b], raw[b:])))
        for a, b in spans
    ]
    fit = [one for one in holes if _is_informative(one)]
    fit.sort(key=lambda one: (len(one.part) > 3 and not one.part.isidentifier(), len(one.part)))
    return fit[:MAX_HOLES]


def _spans(root: Node, row: int) -> Iterator[tuple[int, int]]:
    """Yield the columns, in bytes, of every node that stands within one line."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.end_point[0] < row or node.start_point[0] > row or node.type in WHOLE:
            continue
        if node.start_point[0] == row == node.end_point[0]:
            yield node.start_point[1], node.end_point[1]
        waiting += reversed(node.children)


def _is_informative(hole: LineMask) -> bool:
    """Leave out punctuation, and the line as a whole, which is asked for elsewhere."""
    is_whole = not hole.before.strip() and not hole.behind.strip()
    return bool(hole.part.strip()) and hole.part not in PUNCTUATION and not is_whole


def fitted(fill: str, behind: str) -> str:
    """Return what was written into a hole without what repeats the text behind it.

    Small models write on to the end of the line, often along with what stands there already.
    """
    text = fill.partition("\n")[0]
    rest = behind.strip()[:MAX_REPEAT_LENGTH]
    least = 3 if rest[:1].isalnum() else 1
    for size in (len(rest), *range(len(rest) - 1, least - 1, -1)):
        for at in range(len(text)):
            if size and text.startswith(rest[:size], at) and _balanced(text[:at]):
                return text[:at] if behind[:1].isalnum() else text[:at].rstrip()
    return text.rstrip()


def _balanced(text: str) -> bool:
    """Say whether no bracket is left open, as far as its quotes let that be told."""
    return all(text.count(a) == text.count(b) for a, b in ("()", "[]", "{}"))
