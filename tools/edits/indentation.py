"""Move lines of code to another indentation, and leave alone what is not indentation.

The lines of a text in several lines begin where the text says, so they are code's only to keep:
moving them changes what the program prints.
"""

from collections.abc import Sequence

from indexing.parsing.syntax.grammars import ParserSource, parse
from indexing.parsing.syntax.languages import language_of_text

TEXTS = ("string", "heredoc")
"""Parts of the names that grammars give to texts."""


def leading(line: str) -> str:
    """Return the white space that a line begins with."""
    return line[: len(line) - len(line.lstrip())]


def reindented(
    path: str, given: Sequence[str], start: int, end: int, indent: str, old: Sequence[str]
) -> list[str]:
    """Return the lines from `start` to before `end`, with the first one at `indent`.

    A line inside of a text is moved as the code around it, unless the old lines have it as it is.
    """
    own = leading(given[start])
    if own == indent:
        return list(given[start:end])
    bare = "\n".join(line.removeprefix(own) for line in given)
    kept = set(old)
    inside = rows_of_texts(path, bare)
    found = []
    for row in range(start, end):
        line = given[row]
        there = indent + line.removeprefix(own) if line.strip() else line
        as_it_was = line in kept and there not in kept
        is_text = row in inside and (as_it_was or not line.startswith(own))
        found.append(line if is_text else there)
    return found


def rows_of_texts(path: str, text: str) -> frozenset[int]:
    """Return the rows (from 0) that begin inside of a text of several lines."""
    language = language_of_text(path, text)
    try:
        tree = parse(language, ParserSource(text)) if language is not None else None
    except ImportError:
        return frozenset()
    rows: set[int] = set()
    waiting = [tree.root_node] if tree is not None else []
    while waiting:
        node = waiting.pop()
        first, last = node.start_point[0], node.end_point[0]
        if first == last:
            continue
        if any(word in node.type for word in TEXTS):
            rows.update(range(first + 1, last + 1))
        else:
            waiting += node.children
    return frozenset(rows)
