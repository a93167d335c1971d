"""The code cells of a Jupyter notebook, each source line with the row of the file that holds it.

A notebook is JSON: a cell's source is a list of lines, which mostly stand on a row each, or one
string, all of whose lines stand on one row. Magics are no Python and are left out.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from indexing.parsing.syntax.grammars import ParserSource, parse
from indexing.parsing.syntax.languages import named

NO_CELLS = "no cells in it"
UNREADABLE = "its JSON cannot be read"

_CELL_MAGIC = re.compile(r"%%(\w*)")
_MAGIC = re.compile(r"(\s*+)(?:[%!]|\?\w|[\w.]++\?{1,2}+\s*+$)")
_ASSIGNED = re.compile(r"(\s*+[\w, ]++=\s*+)[%!]")
_SAME_LANGUAGE = frozenset({"time", "timeit", "capture", "prun", "memit", "mprun", "lprun", ""})
"""Cell magics under which the kernel's language goes on."""


@dataclass(frozen=True, slots=True)
class NotebookCode:
    """The code of all cells as one text; `rows` has the file's row of each of its lines."""

    language: str
    text: str
    rows: tuple[int, ...]
    partial: bool
    """Whether some cell is in another language."""


def read(text: str) -> NotebookCode | str:
    """Return a notebook's code, or why there is none."""
    source = ParserSource(text)
    tree = parse(named("json"), source)
    top = next(iter(tree.root_node.named_children), None) if tree is not None else None
    if top is None or top.type != "object":
        return UNREADABLE
    cells = _value(source, top, "cells")
    if cells is None or cells.type != "array":
        return NO_CELLS
    codes = [
        list(_lines(source, _value(source, cell, "source")))
        for cell in cells.named_children
        if _string(source, _value(source, cell, "cell_type")) == "code"
    ]
    read_here = [code for code in codes if code and not _foreign(code)]
    if not read_here:
        return NO_CELLS
    # A blank line stands between cells.
    placed = [line for code in read_here for line in (*code, (code[-1][0], ""))]
    return NotebookCode(
        _language(source, top),
        "\n".join(_without_magic(line) for _, line in placed),
        tuple(row for row, _ in placed),
        any(_foreign(code) for code in codes),
    )


def _value(source: ParserSource, container: Node | None, key: str) -> Node | None:
    if container is None or container.type != "object":
        return None
    for pair in container.named_children:
        name = pair.child_by_field_name("key")
        if name is not None and source.text(name) == f'"{key}"':
            return pair.child_by_field_name("value")
    return None


def _string(source: ParserSource, node: Node | None) -> str:
    """Return the text of a JSON string; an empty one where it is something else."""
    if node is None or node.type != "string":
        return ""
    try:
        value = json.loads(source.text(node), strict=False)
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""


def _lines(source: ParserSource, node: Node | None) -> Iterator[tuple[int, str]]:
    """Yield each line of a cell's source with its row; a line may come in several strings."""
    if node is None:
        return
    strings = node.named_children if node.type == "array" else [node]
    pending: tuple[int, str] | None = None
    for string in strings:
        row = string.start_point[0]
        *whole, rest = _string(source, string).split("\n")
        for line in whole:
            first, before = pending or (row, "")
            pending = None
            yield first, before + line
        if rest:
            first, before = pending or (row, "")
            pending = (first, before + rest)
    if pending is not None:
        yield pending


def _foreign(code: list[tuple[int, str]]) -> bool:
    first = next((line for _, line in code if line.strip()), "")
    magic = _CELL_MAGIC.match(first.lstrip())
    return magic is not None and magic[1] not in _SAME_LANGUAGE


def _without_magic(line: str) -> str:
    """Return a line as Python: a magic becomes a statement that does nothing."""
    magic = _MAGIC.match(line)
    if magic is not None:
        return f"{magic[1]}pass" if magic[1] else ""
    assigned = _ASSIGNED.match(line)
    return line if assigned is None else f"{assigned[1]}None"


def _language(source: ParserSource, top: Node) -> str:
    """Return the kernel's language, in lower case; Python where nothing is said."""
    metadata = _value(source, top, "metadata")
    said = _string(source, _value(source, _value(source, metadata, "kernelspec"), "language"))
    info = _value(source, _value(source, metadata, "language_info"), "name")
    return (said or _string(source, info) or "python").lower()
