"""How good an order is: accuracy, reciprocal rank and NDCG, with bootstrap intervals.

A case counts as found at k when any of its gold is among the first k distinct files or
definitions; `all_file_accuracy` asks for every gold file, as LocAgent (arXiv 2503.09089) does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexing.ranking.weights import RankingWeights, scores
from training.retrieval.replay import ReplayedCase

FILE_DEPTHS = (1, 5, 10)
SYMBOL_DEPTHS = (5, 10)
DEPTH = 10
RESAMPLES = 1_000
SEED = 20261124

ScoreOrder = Callable[[ReplayedCase], NDArray[np.float32]]
"""Gives the score of every candidate of a case."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over cases with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float

    def as_json(self) -> list[float]:
        return [round(self.mean, 4), round(self.low, 4), round(self.high, 4)]


@dataclass(frozen=True, slots=True)
class GoldRanks:
    """Where the gold of one case came, from 1; what was not found is missing."""

    files: tuple[int, ...]
    symbols: tuple[int, ...]
    gold_files: int
    gold_symbols: int


def gold_ranks(replayed: ReplayedCase, scored: NDArray[np.float32]) -> GoldRanks:
    """Return where the gold files and definitions come in an order by scores."""
    order = np.lexsort((np.arange(len(scored)), -scored))
    return GoldRanks(
        _first_ranks(replayed.files[order], replayed.gold_files[order]),
        _first_ranks(replayed.places[order], replayed.gold_places[order]),
        len(replayed.case.files),
        len(replayed.case.symbols),
    )


def _first_ranks(groups: NDArray[np.int32], gold: NDArray[np.bool_]) -> tuple[int, ...]:
    """Return the rank, among distinct groups, of each group that has gold."""
    _, first = np.unique(groups, return_index=True)
    heads = np.sort(first)
    with_gold = set(groups[gold].tolist())
    return tuple(
        rank for rank, head in enumerate(heads.tolist(), 1) if groups[head].item() in with_gold
    )


def measured(replayed: ReplayedCase, weights: RankingWeights) -> dict[str, float]:
    """Return every measure of one case, ordered by `weights`."""
    kind = replayed.case.kind
    return measures(gold_ranks(replayed, scores(replayed.columns, replayed.files, weights, kind)))


def measures(found: GoldRanks) -> dict[str, float]:
    """Return every measure of one case; those of symbols only where it has gold symbols."""
    first = min(found.files, default=0)
    values = {f"file_acc@{k}": float(0 < first <= k) for k in FILE_DEPTHS}
    inside = [rank for rank in found.files if rank <= DEPTH]
    ideal = sum(1 / np.log2(rank + 1) for rank in range(1, min(found.gold_files, DEPTH) + 1))
    values["all_file_acc@10"] = float(len(inside) >= found.gold_files)
    values["mrr"] = 1 / first if first else 0.0
    values["ndcg@10"] = float(sum(1 / np.log2(rank + 1) for rank in inside) / ideal)
    if found.gold_symbols:
        best = min(found.symbols, default=0)
        values |= {f"symbol_acc@{k}": float(0 < best <= k) for k in SYMBOL_DEPTHS}
        values["symbol_mrr"] = 1 / best if best else 0.0
    return values


def summary(cases: Sequence[Mapping[str, float]]) -> dict[str, Interval]:
    """Return the mean of each measure over the cases that have it, with its interval."""
    names = dict.fromkeys(name for case in cases for name in case)
    return {name: interval([case[name] for case in cases if name in case]) for name in names}


def interval(values: Sequence[float]) -> Interval:
    """Return a mean and the middle 95 % of the means of resampled cases; the seed is fixed."""
    data = np.array(values, dtype=np.float64)
    if not len(data):
        return Interval(0.0, 0.0, 0.0)
    draws = np.random.default_rng(SEED).integers(0, len(data), (RESAMPLES, len(data)))
    low, high = np.quantile(data[draws].mean(axis=1), (0.025, 0.975))
    return Interval(float(data.mean()), float(low), float(high))
