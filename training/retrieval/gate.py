"""Whether learnt weights may replace those in use: only if they win on cases they never saw."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from indexing.ranking.weights import RankingWeights
from training.retrieval.replay import ReplayedCase
from training.retrieval.scores import RESAMPLES, SEED, measured

MIN_CASES = 20
"""Fewer held-out cases decide nothing."""
SURE = 0.9
"""The share of resamples in which the gain must be there."""


@dataclass(frozen=True, slots=True)
class WeightsVerdict:
    """How two sets of weights compare on held-out cases.

    `before` and `after` are means of the files' NDCG@10 and the definitions' reciprocal rank.
    """

    cases: int
    before: float
    after: float
    certainty: float
    """The share of bootstrap resamples in which `after` is better."""

    @property
    def promoted(self) -> bool:
        return self.cases >= MIN_CASES and self.after > self.before and self.certainty >= SURE

    @property
    def reason(self) -> str:
        if self.cases < MIN_CASES:
            return f"{self.cases} held-out cases are too few, {MIN_CASES} are needed"
        if self.promoted:
            return f"better on held-out cases, in {self.certainty:.0%} of the resamples"
        return f"not surely better on held-out cases: in {self.certainty:.0%} of the resamples"

    def as_json(self) -> dict[str, Any]:
        return {
            "cases": self.cases,
            "before": round(self.before, 4),
            "after": round(self.after, 4),
            "certainty": round(self.certainty, 3),
            "promoted": self.promoted,
            "reason": self.reason,
        }


def compare(
    cases: Sequence[ReplayedCase], before: RankingWeights, after: RankingWeights
) -> WeightsVerdict:
    """Compare two sets of weights case by case."""
    old, new = (np.array([_worth(case, weights) for case in cases]) for weights in (before, after))
    if not len(cases):
        return WeightsVerdict(0, 0.0, 0.0, 0.0)
    draws = np.random.default_rng(SEED).integers(0, len(cases), (RESAMPLES, len(cases)))
    better = (new - old)[draws].mean(axis=1) > 0
    return WeightsVerdict(len(cases), float(old.mean()), float(new.mean()), float(better.mean()))


def _worth(case: ReplayedCase, weights: RankingWeights) -> float:
    found = measured(case, weights)
    return float(np.mean([found["ndcg@10"], found.get("symbol_mrr", found["ndcg@10"])]))
