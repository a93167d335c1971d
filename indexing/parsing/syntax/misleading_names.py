"""Names in code that are not what they look like."""

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from indexing.parsing.syntax.grammars import ParserSource, parse
from indexing.parsing.syntax.languages import language_of_text
from rooftree.text.lookalikes import deceptive

# What grammars call names, where it does not end in `identifier`.
_KINDS = frozenset({"constant", "name", "variable", "variable_name", "constructor", "alias"})
PROSE = (".md", ".rst", ".txt", ".adoc")
"""Endings of files that are read and not run."""
MAX_SHOWN_LENGTH = 80


@dataclass(frozen=True, slots=True)
class DeceptiveName:
    """One use of such a name."""

    line: int
    name: str
    why: str

    def __str__(self) -> str:
        codes = dict.fromkeys(f"U+{ord(one):04X}" for one in self.name if not one.isascii())
        return f"`{self.name[:MAX_SHOWN_LENGTH]}` {self.why} ({', '.join(list(codes)[:8])})"


def deceptive_names(path: str, text: str) -> tuple[DeceptiveName, ...]:
    """Return such names of a file, each once a line; prose, comments and strings hold none.

    A file in a language without a grammar here, or one that takes too long to parse, has none.
    """
    if text.isascii():
        return ()
    names = list(_names(path, text))
    known = {name for _, name in names}
    why = {name: deceptive(name, known - {name}) for name in known if not name.isascii()}
    found = dict.fromkeys((line, name) for line, name in names if why.get(name))
    return tuple(DeceptiveName(line, name, why[name]) for line, name in found)


def is_code(path: str, text: str) -> bool:
    """Say whether a file is in a language whose names have a grammar here."""
    language = language_of_text(path, text)
    return language is not None and language.is_code


def _names(path: str, text: str) -> Iterator[tuple[int, str]]:
    language = language_of_text(path, text)
    if language is None or not is_code(path, text):
        return
    source = ParserSource(text)
    try:
        tree = parse(language, source)
    except ImportError:
        return
    if tree is None:
        return
    for node in _leaves(tree.root_node):
        if node.type.endswith("identifier") or node.type in _KINDS:
            yield node.start_point[0] + 1, source.text(node)


def _leaves(root: Node) -> Iterator[Node]:
    """Yield nodes without children; by a cursor, since trees are deeper than Python may recurse."""
    cursor = root.walk()
    while True:
        if cursor.goto_first_child():
            continue
        if cursor.node is not None:
            yield cursor.node
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
