"""Near-copies of what the embedder is evaluated on, told by runs of tokens that they share."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RUN = 6
"""Tokens that must follow one another."""
SHARED = 0.4
"""The share of a text's runs from which on it is a copy."""
COMMONPLACE = 4
"""A run in more of the evaluated documents than this is idiom, not a mark of any of them."""
_FACTOR = np.uint64(1_000_003)


class NearCopyFilter:
    """Knows the runs of the evaluated documents, and the evaluated queries word for word."""

    def __init__(
        self, documents: Sequence[NDArray[np.int64]], queries: Sequence[NDArray[np.int64]]
    ) -> None:
        runs = np.concatenate([np.unique(_runs(document)) for document in documents])
        found, times = np.unique(runs, return_counts=True)
        self._runs = found[times <= COMMONPLACE]
        self._queries = {query.tobytes() for query in queries if len(query) >= RUN}

    def holds(self, code: NDArray[np.int64], words: NDArray[np.int64]) -> bool:
        """Tell whether an example is a near-copy of a document, or asks one of the queries."""
        if len(words) >= RUN and words.tobytes() in self._queries:
            return True
        runs = _runs(code)
        if not len(runs) or not len(self._runs):
            return False
        places = np.minimum(np.searchsorted(self._runs, runs), len(self._runs) - 1)
        return bool(np.mean(self._runs[places] == runs) >= SHARED)


def _runs(tokens: NDArray[np.int64]) -> NDArray[np.uint64]:
    count = len(tokens) - RUN + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    values = np.zeros(count, dtype=np.uint64)
    for place in range(RUN):
        values = values * _FACTOR + tokens[place : place + count].astype(np.uint64) + np.uint64(1)
    return values
