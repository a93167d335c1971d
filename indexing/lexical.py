"""The lexical tier: words and identifier parts in SQLite's FTS5, beside the manifest's own rows.

The table is contentless: it holds the inverted index and no text. Deleting a row therefore needs
the words it was added with, and `passage_words` makes the same words from the same unit each time.
Every identifier is kept whole and split, so `get_user`, `getUser` and "get user" find each other.
"""

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

SCHEMA = """
CREATE VIRTUAL TABLE passage USING fts5(
  path, symbol, body, content='', tokenize="porter unicode61 tokenchars '_'"
);
CREATE VIRTUAL TABLE passage_words USING fts5vocab(passage, 'row');
"""

COLUMN_WEIGHTS = (1.5, 4.0, 1.0)
"""bm25 weights of path, symbol and body; the symbol is the definition's own name."""

_WORD = re.compile(r"[^\W\d]\w*|\d+", re.UNICODE)
_PARTS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\da-zA-Z_]+", re.UNICODE)
LONGEST_WORD = 64


@dataclass(frozen=True, slots=True)
class Passage:
    """What of one occurrence is searched: three strings of words."""

    path: str
    symbol: str
    body: str


@dataclass(frozen=True, slots=True)
class LexicalMatch:
    """One occurrence that holds some of the words; a higher score is better."""

    occurrence: int
    score: float


def words(text: str) -> Iterator[str]:
    """Yield every word of `text` in lower case, and the parts of those that are compound."""
    for match in _WORD.finditer(text):
        word = match.group()[:LONGEST_WORD]
        lowered = word.lower()
        yield lowered
        if "_" in word or (lowered != word and not word.istitle()):
            for part in _PARTS.findall(word):
                if len(part) > 1 and part.lower() != lowered:
                    yield part.lower()


def passage(path: str, symbol: str, text: str) -> Passage:
    """Return the searchable words of a unit at a path."""
    return Passage(" ".join(words(path)), " ".join(words(symbol)), " ".join(words(text)))


def add(database: sqlite3.Connection, rows: Iterable[tuple[int, Passage]]) -> None:
    database.executemany(
        "INSERT INTO passage(rowid, path, symbol, body) VALUES (?, ?, ?, ?)",
        ((key, row.path, row.symbol, row.body) for key, row in rows),
    )


def remove(database: sqlite3.Connection, rows: Iterable[tuple[int, Passage]]) -> None:
    database.executemany(
        "INSERT INTO passage(passage, rowid, path, symbol, body) VALUES ('delete', ?, ?, ?, ?)",
        ((key, row.path, row.symbol, row.body) for key, row in rows),
    )


def query(
    database: sqlite3.Connection, generation: int, terms: Sequence[str], limit: int
) -> list[LexicalMatch]:
    """Return the best live occurrences that hold any of `terms`, best first."""
    if not terms:
        return []
    expression = " OR ".join(_phrase(term) for term in terms)
    rows = database.execute(
        "SELECT passage.rowid, bm25(passage, ?, ?, ?) AS cost FROM passage"
        " JOIN live ON live.id = passage.rowid AND live.generation = ?"
        " WHERE passage MATCH ? ORDER BY cost LIMIT ?",
        (*COLUMN_WEIGHTS, generation, expression, limit),
    )
    return [LexicalMatch(key, -cost) for key, cost in rows]


def _phrase(term: str) -> str:
    """Return any text as an FTS5 string; FTS5 ends at a NUL and SQLite takes no surrogates."""
    text = term.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
    return '"' + text.replace('"', '""') + '"'


def frequency(database: sqlite3.Connection, generation: int, term: str) -> int:
    """Return how many live occurrences hold `term`, stemmed as the index stems it."""
    row = database.execute(
        "SELECT count(*) FROM passage JOIN live ON live.id = passage.rowid AND live.generation = ?"
        " WHERE passage MATCH ?",
        (generation, _phrase(term)),
    ).fetchone()
    return int(row[0])


def holders(database: sqlite3.Connection, term: str, occurrences: Sequence[int]) -> frozenset[int]:
    """Return which of `occurrences` hold `term`."""
    rows = database.execute(
        "SELECT rowid FROM passage WHERE passage MATCH ?"
        " AND rowid IN (SELECT value FROM json_each(?))",
        (_phrase(term), json.dumps(occurrences)),
    )
    return frozenset(row[0] for row in rows)
