"""Small sums over columns of numbers that several parts of the search share."""

import numpy as np
from numpy.typing import NDArray

ScoreColumn = NDArray[np.float32]
RowNumbers = NDArray[np.int64]

DECAY = 0.5
"""What the next-best unit of a file adds to the file's score, relative to the one before it."""
MAX_UNITS_PER_FILE = 8
MAX_SCORED = 3_000
"""So many of the best units make the files' scores."""


def file_scores(document: NDArray[np.int32], scores: ScoreColumn, files: int) -> ScoreColumn:
    """Add the scores of each file's units, the best in full and every next one at half: (D,)."""
    best = np.flatnonzero(scores > 0)
    if len(best) > MAX_SCORED:
        best = best[np.argpartition(-scores[best], MAX_SCORED)[:MAX_SCORED]]
    order = best[np.lexsort((-scores[best], document[best]))]
    of = document[order]
    firsts = np.flatnonzero(np.diff(of, prepend=-1))
    place = np.arange(len(order)) - np.repeat(firsts, np.diff(np.append(firsts, len(order))))
    kept = place < MAX_UNITS_PER_FILE
    decayed = scores[order[kept]] * DECAY ** place[kept]
    return np.bincount(of[kept], weights=decayed, minlength=files).astype(np.float32)


def scaled(column: ScoreColumn) -> ScoreColumn:
    """Divide by the largest value; a column without any stays as it is."""
    largest = float(column.max()) if len(column) else 0.0
    return column / np.float32(largest) if largest > 0 else column


def best(scores: ScoreColumn, most: int) -> RowNumbers:
    """Return the places of the best positive scores, at most so many, by rising place."""
    if len(scores) > most:
        places = np.argpartition(-scores, most - 1)[:most]
    else:
        places = np.arange(len(scores))
    return np.sort(places[scores[places] > 0])
