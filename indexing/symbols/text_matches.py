"""A name matched as text in files that have no symbols, or not all of them: lines, and why so.

What is found here is no definition and no resolved use: only that the name stands there.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from indexing.store.manifest import Generation

MAX_MATCHES = 200
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class MatchingLine:
    """A line that holds a name, as the index holds it (redacted)."""

    path: str
    line: int
    text: str
    why: str


def text_matches(
    database: sqlite3.Connection, generation: Generation, name: str, files: Mapping[str, str]
) -> list[MatchingLine]:
    """Return the first lines that hold a name as a whole word in some files, by path and line.

    `files` are the paths to look at, each with why it is looked at by text.
    """
    if not files or not name:
        return []
    rows = database.execute(
        "SELECT path, start, text FROM member JOIN document ON document.id = member.document"
        " JOIN occurrence ON occurrence.document = document.id"
        " JOIN unit ON unit.key = occurrence.unit"
        " WHERE member.generation = ? AND instr(text, ?) > 0"
        " AND path IN (SELECT value FROM json_each(?)) ORDER BY path, start",
        (generation.id, name, json.dumps(list(files))),
    )
    found: dict[tuple[str, int], MatchingLine] = {}
    for path, line, text in _lines(rows, name):
        found.setdefault((path, line), MatchingLine(path, line, text, files[path]))
        if len(found) >= MAX_MATCHES:
            break
    return sorted(found.values(), key=lambda match: (match.path, match.line))


def _lines(rows: Iterable[tuple[str, int, str]], name: str) -> Iterator[tuple[str, int, str]]:
    for path, start, text in rows:
        for number, line in enumerate(text.split("\n")):
            if name in line and name in _WORD.findall(line):
                yield path, start + number, line.strip()
