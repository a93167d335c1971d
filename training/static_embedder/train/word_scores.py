"""BM25 inside a batch: what words alone would say, so that the vectors learn what they miss."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix  # type: ignore[import-untyped] # comes without stubs

from training.static_embedder.train.batches import BatchSide, PairBatch

SATURATION = 1.2
LENGTH = 0.75


def word_scores(batch: PairBatch, rarity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return how well each document answers each question by its tokens alone: shape (B, B).

    Each row is brought to mean 0 and deviation 1, as the comparison fuses scores.
    """
    documents = _matrix(batch.documents, len(rarity))
    lengths = np.asarray(documents.sum(axis=1)).ravel()
    room = SATURATION * (1 - LENGTH + LENGTH * lengths / max(float(lengths.mean()), 1.0))
    rows = np.repeat(np.arange(documents.shape[0]), np.diff(documents.indptr))
    times = documents.data
    documents.data = rarity[documents.indices] * times * (SATURATION + 1) / (times + room[rows])
    questions = _matrix(batch.questions, len(rarity))
    questions.data = (questions.data > 0).astype(np.float32)
    scores = np.asarray((questions @ documents.T).todense(), dtype=np.float32)
    spread = np.maximum(scores.std(axis=1, keepdims=True), 1e-6)
    standard: NDArray[np.float32] = (scores - scores.mean(axis=1, keepdims=True)) / spread
    return standard


def _matrix(side: BatchSide, width: int) -> csr_matrix:
    ends = np.concatenate([side.offsets, [len(side.tokens)]])
    shape = (len(side.offsets), width)
    return csr_matrix((side.weights.astype(np.float32), side.tokens, ends), shape)
