"""BM25 over the index's own words: identifiers whole and split, stemmed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped] # comes without stubs

from indexing.words.tokens import counted

SATURATION = 1.2
LENGTH = 0.75


def bm25_scores(queries: Sequence[str], documents: Sequence[str]) -> NDArray[np.float32]:
    """Score every document for every query: shape (len(queries), len(documents))."""
    columns: dict[int, int] = {}
    bags = [counted(document) for document in documents]
    rows, cols, values = [], [], []
    for index, bag in enumerate(bags):
        for word, times in bag.items():
            rows.append(index)
            cols.append(columns.setdefault(word, len(columns)))
            values.append(times)
    counts = csr_matrix((np.array(values, np.float32), (rows, cols)), (len(bags), len(columns)))
    held = np.asarray((counts > 0).sum(axis=0)).ravel()
    rarity = np.log(1 + (len(bags) - held + 0.5) / (held + 0.5)).astype(np.float32)
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    room = SATURATION * (1 - LENGTH + LENGTH * lengths / lengths.mean())
    coo = counts.tocoo()
    coo.data = rarity[coo.col] * coo.data * (SATURATION + 1) / (coo.data + room[coo.row])
    weights = coo.tocsr()
    rows, cols = [], []
    for index, query in enumerate(queries):
        for word in counted(query):
            if word in columns:
                rows.append(index)
                cols.append(columns[word])
    asked = csr_matrix((np.ones(len(rows), np.float32), (rows, cols)), (len(queries), len(columns)))
    return np.asarray((asked @ weights.T).todense(), dtype=np.float32)
