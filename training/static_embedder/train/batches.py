"""Batches of questions and documents, drawn anew each epoch from the encoded examples.

Examples of one source stand together, so that most of a document's rivals in its batch come from
the same code base, as they do in a search: cheap hard negatives.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexing.vectors.static_embedder import saturated
from training.static_embedder.pairs.training_examples import (
    COMMENT,
    COMMIT,
    DOCUMENTED,
    KINDS,
    NAMED,
    SECTION,
    TESTED,
)
from training.static_embedder.train.arrays import Corpus, TokenBags

HEADER_TIMES = 7
"""How often a name stands above what it names: chosen on packages that training leaves out."""


@dataclass(frozen=True, slots=True)
class PairMixture:
    """How examples become questions and documents."""

    shares: tuple[tuple[str, float], ...] = (
        (DOCUMENTED, 1.0),
        (NAMED, 0.4),
        (COMMENT, 0.6),
        (COMMIT, 0.5),
        (SECTION, 0.3),
        (TESTED, 0.3),
    )
    """The share of each kind that an epoch shows."""
    name_asked: float = 0.1
    """How often a documented definition is asked for by its name."""
    header_kept: float = 0.5
    """How often a document is headed by its qualified name, as the index heads it."""
    header_times: int = HEADER_TIMES
    """How often the name then stands there."""
    name_hidden: float = 0.8
    """How often a word of the name that is asked for is hidden from the document."""
    dropped: float = 0.1
    """How often a token of either text is left out."""
    together: int = 128
    """How many examples of one source stand together."""


@dataclass(frozen=True, slots=True)
class BatchSide:
    """Bags with weights: shapes (T,), (T,), (B,) for T tokens in B texts."""

    tokens: NDArray[np.int64]
    weights: NDArray[np.float32]
    offsets: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PairBatch:
    """B questions, their B documents, and a key of each question: equal keys are no rivals."""

    questions: BatchSide
    documents: BatchSide
    keys: NDArray[np.uint64]


class BatchSampler:
    """Draws batches; two of the same seed draw the same."""

    def __init__(
        self, corpus: Corpus, mixture: PairMixture, size: int, seed: int, left_out: frozenset[int]
    ) -> None:
        self._corpus = corpus
        self._mixture = mixture
        self._size = size
        self._draw = np.random.default_rng(seed)
        self._usable = ~np.isin(corpus.sources, list(left_out))
        name_lengths = np.diff(corpus.names.starts)
        named = corpus.kinds == KINDS.index(NAMED)
        self._usable &= ~named | (name_lengths >= 2)
        self._marks = self._draw.integers(0, 1 << 63, size=1 << 16, dtype=np.uint64)

    def epoch(self) -> Iterator[PairBatch]:
        """Yield the batches of one epoch; what does not fill a batch is left for another epoch."""
        order = self._order()
        for first in range(0, len(order) - self._size + 1, self._size):
            yield self._batch(order[first : first + self._size])

    def expected(self) -> int:
        """Return about how many batches an epoch has."""
        shares = np.zeros(len(KINDS))
        for kind, share in self._mixture.shares:
            shares[KINDS.index(kind)] = share
        return max(1, int(shares[self._corpus.kinds[self._usable]].sum()) // self._size)

    def _order(self) -> NDArray[np.int64]:
        corpus, mixture = self._corpus, self._mixture
        shares = np.zeros(len(KINDS))
        for kind, share in mixture.shares:
            shares[KINDS.index(kind)] = share
        drawn = self._draw.random(len(corpus)) < shares[corpus.kinds]
        rows = np.flatnonzero(drawn & self._usable)
        self._draw.shuffle(rows)
        rows = rows[np.argsort(corpus.sources[rows], kind="stable")]
        cuts = np.flatnonzero(np.diff(corpus.sources[rows])) + 1
        groups = [
            part[first : first + mixture.together]
            for part in np.split(rows, cuts)
            for first in range(0, len(part), mixture.together)
        ]
        return np.concatenate([groups[index] for index in self._draw.permutation(len(groups))])

    def _batch(self, rows: NDArray[np.int64]) -> PairBatch:
        corpus, mixture, draw = self._corpus, self._mixture, self._draw
        kinds = corpus.kinds[rows]
        by_name = kinds == KINDS.index(NAMED)
        asked = draw.random(len(rows)) < mixture.name_asked
        by_name |= (kinds == KINDS.index(DOCUMENTED)) & asked
        by_name &= np.diff(corpus.names.starts)[rows] > 0
        words, names = corpus.words.take(rows), corpus.names.take(rows)
        questions = _weighted([(words, ~by_name), (names, by_name)])
        headed = ~by_name & (draw.random(len(rows)) < mixture.header_kept)
        codes = corpus.codes.take(rows)
        header = TokenBags(names.tokens, names.counts * mixture.header_times, names.starts)
        documents = _weighted([(codes, np.ones(len(rows), bool)), (header, headed)])
        self._hide_names(documents, names, by_name)
        keys = np.zeros(len(rows), dtype=np.uint64)
        owners = np.repeat(
            np.arange(len(rows)), np.diff([*questions.offsets, len(questions.tokens)])
        )
        np.add.at(keys, owners, self._marks[questions.tokens] * questions.weights.astype(np.uint64))
        return PairBatch(self._thinned(questions), self._thinned(documents), keys)

    def _hide_names(
        self, documents: BatchSide, names: TokenBags, by_name: NDArray[np.bool_]
    ) -> None:
        owners = np.repeat(
            np.arange(len(names)), np.diff([*documents.offsets, len(documents.tokens)])
        )
        name_owners = np.repeat(np.arange(len(names)), np.diff(names.starts))
        hidden = by_name[name_owners] & (
            self._draw.random(len(names.tokens)) < self._mixture.name_hidden
        )
        keys = (name_owners[hidden] << 16) | names.tokens[hidden]
        documents.weights[np.isin((owners << 16) | documents.tokens, keys)] = 0.0

    def _thinned(self, side: BatchSide) -> BatchSide:
        kept = self._draw.random(len(side.tokens)) >= self._mixture.dropped
        return BatchSide(side.tokens, side.weights * kept.astype(np.float32), side.offsets)


def _weighted(parts: list[tuple[TokenBags, NDArray[np.bool_]]]) -> BatchSide:
    """Put the bags of each row together, those of rows that are switched off left out."""
    count = len(parts[0][0])
    keys, counts = [], []
    for bags, on in parts:
        owner = np.repeat(np.arange(count), np.diff(bags.starts))
        kept = on[owner]
        keys.append((owner[kept] << 16) | bags.tokens[kept])
        counts.append(bags.counts[kept])
    held, places = np.unique(np.concatenate(keys), return_inverse=True)
    total = np.bincount(places, weights=np.concatenate(counts), minlength=len(held))
    offsets = np.searchsorted(held >> 16, np.arange(count))
    return BatchSide(held & 0xFFFF, saturated(total), offsets)
