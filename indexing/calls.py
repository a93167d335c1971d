"""Who calls whom among the rows of a view, by name: how scores are handed along calls.

A name with many definitions says little about any of them; calls by name are a hint for ranking
and never shown as a fact (`resolve` tells what a name refers to).
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexing import seals
from indexing.arrays import scaled
from indexing.view import View

MOST_DEFINITIONS = 5
"""A name with more definitions than this hands nothing on."""


def called(
    database: sqlite3.Connection, view: View, seeds: Sequence[tuple[int, float]]
) -> NDArray[np.float32]:
    """Hand the scores of rows (row, score) on to what they call: shape (N,)."""
    handed = np.zeros(len(view.ids), dtype=np.float32)
    documents = {int(view.documents[view.document[row]]) for row, _ in seeds}
    calls: dict[int, list[tuple[int, str]]] = {}
    seals.check_names(database, documents)
    for document, line, name in database.execute(
        "SELECT document, line, name FROM reference WHERE kind = 'call'"
        " AND document IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(documents)),),
    ):
        calls.setdefault(document, []).append((line, name.rpartition(".")[2].lower()))
    for row, score in seeds:
        begin, end = int(view.starts[row]), int(view.ends[row])
        found = calls.get(int(view.documents[view.document[row]]), ())
        for name in {name for line, name in found if begin <= line <= end}:
            rows = view.rows_defining(name)
            if 0 < len(rows) <= MOST_DEFINITIONS:
                for other in rows:
                    if other != row:
                        handed[other] += score / len(rows)
    return handed


def centrality(database: sqlite3.Connection, view: View) -> NDArray[np.float32]:
    """Return how often the name of each row is used, from 0 to 1: shape (N,)."""
    uses: Counter[str] = Counter()
    for name, times in database.execute(
        "SELECT name, count(*) FROM reference JOIN member"
        " ON member.document = reference.document AND member.generation = ? GROUP BY name",
        (view.generation.id,),
    ):
        uses[name.rpartition(".")[2].lower()] += times
    found = np.zeros(len(view.ids), dtype=np.float32)
    for name, times in uses.items():
        rows = view.rows_defining(name)
        for row in rows:
            found[row] = times / len(rows)
    return scaled(np.log1p(found))
