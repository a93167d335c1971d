"""The places that are shown for a question: whole definitions where they are not too long."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from indexing.ranking import weights as rank
from indexing.ranking.diversify import RankedPlace, diversified
from indexing.ranking.engine import RankingCandidates
from indexing.ranking.index_view import IndexView
from indexing.store import occurrence_store as occurrences
from indexing.store.occurrence_store import Occurrence

MAX_DEFINITION_LINES = 120
"""A definition of more lines than this is shown by its best part."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that was found: lines are 1-based and inclusive, `text` is redacted.

    `start` to `end` is the whole definition where it is not too long, `focus` the lines of the part
    that matched, and `text` the text of that part.
    """

    path: str
    start: int
    end: int
    symbol: str
    kind: str
    score: float
    why: str
    language: str
    signature: str
    doc: str
    text: str
    blob: str
    document: int
    occurrence: int
    cosine: float | None
    focus: tuple[int, int]

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "start": self.start,
            "end": self.end,
            "symbol": self.symbol,
            "kind": self.kind,
            "score": round(self.score, 4),
            "why": self.why,
        }


def best_places(
    view: IndexView, candidates: RankingCandidates, scores: rank.RankingScores, limit: int
) -> list[RankedPlace]:
    """Choose what is shown, best first; a definition that is shown whole counts once."""
    return diversified(_ranked(view, candidates, scores), limit)


def _ranked(
    view: IndexView, candidates: RankingCandidates, scores: rank.RankingScores
) -> Iterator[RankedPlace]:
    """Yield the candidates, best first, with the lines that each would show."""
    for number in np.lexsort((candidates.rows, -scores)).tolist():
        row = int(candidates.rows[number])
        yield RankedPlace(number, int(view.document[row]), definition_lines(view, row))


def definition_lines(view: IndexView, row: int) -> tuple[int, int]:
    """Return the lines of the whole definition that a row belongs to, if it is not too long.

    The parts of a long definition follow each other and carry its symbol; a part of one that
    is longer than `MAX_DEFINITION_LINES` stays on its own.
    """
    own = start, end = int(view.starts[row]), int(view.ends[row])
    if not view.symbols[row]:
        return own
    below = row + 1
    while _is_part_of(view, row, below) and view.starts[below] <= end + 1:
        end = max(end, int(view.ends[below]))
        below += 1
    above = row - 1
    while _is_part_of(view, row, above) and view.ends[above] >= start - 1:
        start = min(start, int(view.starts[above]))
        above -= 1
    return own if end - start >= MAX_DEFINITION_LINES else (start, end)


def _is_part_of(view: IndexView, row: int, other: int) -> bool:
    return (
        0 <= other < len(view.ids)
        and view.document[other] == view.document[row]
        and view.symbols[other] == view.symbols[row]
    )


def read_places(database: sqlite3.Connection, view: IndexView, rows: list[int]) -> list[Occurrence]:
    """Read what stands in some rows. Raises DatabaseError where one is not there."""
    ids = view.ids[rows].tolist()
    by_id = {row.id: row for row in occurrences.read(database, ids)}
    if len(by_id) < len(set(ids)):
        raise sqlite3.DatabaseError("units that are listed are not there")
    return [by_id[number] for number in ids]


def hit_of(row: Occurrence, lines: tuple[int, int], score: float, why: str, cosine: float) -> Hit:
    """Return a place as it is shown."""
    return Hit(
        row.path,
        *lines,
        row.symbol,
        row.kind,
        score,
        why,
        row.language,
        row.signature,
        row.doc,
        row.text,
        row.blob,
        row.document,
        row.id,
        None if np.isnan(cosine) else cosine,
        (row.start, row.end),
    )
