"""Learns what each column of the ranking should count, from replayed cases.

The loss is listwise (Cao et al., "Learning to rank", ICML 2007): the share of the softmax over
definitions, and over files by their best definition, that the right ones get. First one set of
weights is learnt for all kinds of question; then each kind may leave it as far as its cases ask.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexing.ranking.features import FEATURES
from indexing.ranking.weights import KINDS, RankingWeights
from indexing.words.query import QueryKind
from training.retrieval.replay import ReplayedCase

FREE = frozenset(["test", "side", "copy", "prose", "fragment", "data", "long"])
"""Columns that may count against a candidate; all others only for it."""
MIN_WEIGHTS = {"quoted": 0.8, "name": 0.4, "path": 0.4}
"""What a question quotes, names or gives the path of is asked for, though histories seldom do so:
these floors cost nothing on the reported repositories (docs/experiments.md)."""
MAX_WEIGHTS = {"copy": -0.8}
"""What is built of sources comes after them, also where no history changed it."""
STEPS = 200
RATE = 0.08
SHARPNESS = 8.0
"""How much a whole point of score counts in the softmax; it fixes the scale of the weights."""
PULL = 0.016
"""How strongly weights are held near zero."""
PULL_OF_KIND = 0.16
"""How strongly the weights of one kind are held near those of all."""
MIN_CASES_PER_KIND = 300
"""Of fewer cases a kind may leave the others' weights less."""

FloatArray = NDArray[np.float64]
GroupNumbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Grouping:
    """All candidates of all cases, sorted into groups: definitions, or files.

    Shapes: R candidates, G groups, E cases.
    """

    order: GroupNumbers
    """The candidates, group by group: shape (R,)."""
    starts: GroupNumbers
    """Where each group starts in `order`: shape (G,)."""
    firsts: GroupNumbers
    """Where the groups of each case start: shape (E,)."""
    gold: NDArray[np.bool_]
    """Which groups are right: shape (G,)."""
    weight: FloatArray
    """What each case counts; 0 where no group of it is right: shape (E,)."""


@dataclass(frozen=True, slots=True)
class _Problem:
    columns: NDArray[np.float32]
    groupings: tuple[_Grouping, ...]


def tune(
    cases: Sequence[ReplayedCase],
    weight_of: Callable[[ReplayedCase], float] = lambda _: 1.0,
    columns: Sequence[str] = FEATURES,
) -> RankingWeights:
    """Learn weights for each kind of question from nothing, using only these columns."""
    kept = np.array([name in columns for name in FEATURES])
    nothing = np.zeros(len(FEATURES))
    shared = _fit(_problem(cases, weight_of), kept, nothing, PULL) if cases else nothing
    return _by_kind(cases, weight_of, kept, dict.fromkeys(KINDS, shared))


def adapt(cases: Sequence[ReplayedCase], weights: RankingWeights) -> RankingWeights:
    """Let one repository's cases draw `weights` away from where they are."""
    kept = np.ones(len(FEATURES), dtype=bool)
    around = {kind: weights.vector(kind).astype(np.float64) for kind in KINDS}
    return _by_kind(cases, lambda _: 1.0, kept, around)


def _by_kind(
    cases: Sequence[ReplayedCase],
    weight_of: Callable[[ReplayedCase], float],
    kept: NDArray[np.bool_],
    around: Mapping[QueryKind, FloatArray],
) -> RankingWeights:
    by_kind: dict[QueryKind, Mapping[str, float]] = {}
    for kind in KINDS:
        own = [case for case in cases if case.case.kind == kind]
        found = around[kind]
        if own:
            # Few cases are held nearer to what many taught.
            pull = PULL_OF_KIND * max(1.0, MIN_CASES_PER_KIND / len(own))
            found = _fit(_problem(own, weight_of), kept, found, pull)
        by_kind[kind] = _named(found)
    return RankingWeights(by_kind)


def _named(weights: FloatArray) -> Mapping[str, float]:
    pairs = zip(FEATURES, weights, strict=True)
    return {name: round(float(weight), 3) for name, weight in pairs if abs(weight) >= 0.005}


def _problem(cases: Sequence[ReplayedCase], weight_of: Callable[[ReplayedCase], float]) -> _Problem:
    weights = np.array([weight_of(case) for case in cases], dtype=np.float64)
    columns = np.concatenate([case.columns for case in cases])
    places = _grouping([(case.places, case.gold_places) for case in cases], weights)
    files = _grouping([(case.files, case.gold_files) for case in cases], weights)
    return _Problem(columns, (places, files))


def _grouping(
    found: Sequence[tuple[NDArray[np.int32], NDArray[np.bool_]]], weights: FloatArray
) -> _Grouping:
    sizes = np.array([len(groups) for groups, _ in found])
    case = np.repeat(np.arange(len(found)), sizes)
    groups = np.concatenate([groups for groups, _ in found])
    gold = np.concatenate([right for _, right in found])
    order = np.lexsort((groups, case))
    changed = (np.diff(case[order], prepend=-1) != 0) | (np.diff(groups[order], prepend=-1) != 0)
    starts = np.flatnonzero(changed)
    right = np.logical_or.reduceat(gold[order], starts)
    firsts = np.flatnonzero(np.diff(case[order][starts], prepend=-1))
    solvable = np.logical_or.reduceat(right, firsts)
    return _Grouping(order, starts, firsts, right, weights * solvable)


def _fit(problem: _Problem, kept: NDArray[np.bool_], around: FloatArray, pull: float) -> FloatArray:
    """Minimise the loss by Adam (Kingma and Ba, 2015), held near `around`."""
    weights = around.copy() if around.any() else 0.2 * kept.astype(np.float64)
    least = np.array([-np.inf if name in FREE else MIN_WEIGHTS.get(name, 0.0) for name in FEATURES])
    most = np.array([MAX_WEIGHTS.get(name, np.inf) for name in FEATURES])
    least[~kept], most[~kept] = -np.inf, np.inf
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, STEPS + 1):
        slope = _slope(problem, weights) + pull * (weights - around)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope * slope
        move = (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        rate = RATE * (1 - step / (STEPS + 1))
        weights = np.clip(weights - rate * move * kept, least, most)
    return weights


def _slope(problem: _Problem, weights: FloatArray) -> FloatArray:
    """Return the gradient of the mean loss of all cases."""
    scores = problem.columns @ (weights * SHARPNESS).astype(np.float32)
    gradient = np.zeros_like(weights)
    for grouping in problem.groupings:
        heads, best = _heads(scores[grouping.order], grouping.starts)
        sizes = np.diff(np.append(grouping.firsts, len(best)))
        case = np.repeat(np.arange(len(sizes)), sizes)
        odds = np.exp(best - np.maximum.reduceat(best, grouping.firsts)[case]).astype(np.float64)
        right = np.where(grouping.gold, odds, 0.0)
        share = odds / np.add.reduceat(odds, grouping.firsts)[case]
        wanted = right / np.maximum(np.add.reduceat(right, grouping.firsts), 1e-300)[case]
        pushed = ((share - wanted) * grouping.weight[case]).astype(np.float32)
        total = max(float(grouping.weight.sum()), 1e-9)
        gradient += (pushed @ problem.columns[grouping.order[heads]]) / total
    return gradient


def _heads(
    scores: NDArray[np.float32], starts: GroupNumbers
) -> tuple[GroupNumbers, NDArray[np.float32]]:
    """Return where the best score of each run stands, and that score."""
    best = np.maximum.reduceat(scores, starts)
    group = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(scores))))
    highest = np.flatnonzero(scores == best[group])
    first = np.diff(group[highest], prepend=-1) != 0
    return highest[first], best
