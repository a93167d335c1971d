"""Measures: ranks over distinct files and definitions, and intervals that are always the same."""

import numpy as np
import pytest

from indexing.ranking.features import FEATURES
from indexing.ranking.weights import KINDS, RankingWeights, shipped_weights
from training.retrieval.cases import RetrievalCase
from training.retrieval.gate import MIN_CASES, compare
from training.retrieval.replay import ReplayedCase
from training.retrieval.scores import gold_ranks, interval, measures
from training.retrieval.tune import adapt, tune


def replayed(
    files: list[int], gold: list[int], columns: dict[str, list[float]] | None = None
) -> ReplayedCase:
    """Make a case with one definition a candidate; `gold` are the right files."""
    places = np.arange(len(files), dtype=np.int32)
    numbers = np.zeros((len(files), len(FEATURES)), dtype=np.float32)
    for name, values in (columns or {}).items():
        numbers[:, FEATURES.index(name)] = values
    right = np.isin(np.array(files, dtype=np.int32), gold)
    paths = tuple(f"{number}.py" for number in gold)
    case = RetrievalCase("history", "why is the card refused", "c0", 0, paths, (("0.py", "x"),))
    return ReplayedCase(case, numbers, np.array(files, dtype=np.int32), places, right, right)


def test_files_are_ranked_once_by_their_best_place() -> None:
    found = gold_ranks(replayed([7, 7, 3, 5], [3, 5]), np.array([9, 8, 7, 6], dtype=np.float32))
    assert found.files == (2, 3)
    assert found.symbols == (3, 4)


def test_measures_are_those_of_the_books() -> None:
    found = measures(gold_ranks(replayed([7, 3, 5], [3, 5]), np.array([3, 2, 1], dtype=np.float32)))
    assert found["file_acc@1"] == 0
    assert found["file_acc@5"] == 1
    assert found["mrr"] == 0.5
    ideal = 1 + 1 / np.log2(3)
    assert found["ndcg@10"] == pytest.approx((1 / np.log2(3) + 1 / np.log2(4)) / ideal)
    assert found["all_file_acc@10"] == 1


def test_what_is_not_found_counts_nothing() -> None:
    found = measures(gold_ranks(replayed([7], [9]), np.zeros(1, dtype=np.float32)))
    assert set(found.values()) == {0.0}


def test_an_interval_holds_its_mean_and_never_varies() -> None:
    found = interval([0, 1, 1, 1, 0, 1])
    assert found.low <= found.mean <= found.high
    assert found == interval([0, 1, 1, 1, 0, 1])
    assert interval([]).mean == 0


def cases(number: int) -> list[ReplayedCase]:
    """Make cases in which `path_named` alone tells what is right, and `words` leads astray."""
    columns = {"words": [1.0, 0.9, 0.8], "path_named": [0.0, 0.0, 1.0]}
    return [replayed([1, 2, 3], [3], columns) for _ in range(number)]


def test_learning_finds_the_column_that_tells() -> None:
    weights = tune(cases(40))
    named = weights.by_kind["natural"]
    assert named["path_named"] > named.get("words", 0.0)
    assert "path_named" not in tune(cases(40), columns=("words",)).by_kind["natural"]


def test_one_repository_draws_weights_only_as_far_as_its_cases_ask() -> None:
    shipped = shipped_weights()
    few, many = (adapt(cases(n), shipped).by_kind["natural"].get("path_named", 0) for n in (3, 600))
    assert shipped.by_kind["natural"].get("path_named", 0) <= few < many
    assert adapt([], shipped).by_kind["path"] == adapt(cases(3), shipped).by_kind["path"]


def test_weights_are_promoted_only_where_they_win_on_enough_cases() -> None:
    bad = RankingWeights({kind: {"words": 1.0} for kind in KINDS})
    good = tune(cases(40))
    assert compare(cases(MIN_CASES), bad, good).promoted
    assert not compare(cases(MIN_CASES), good, bad).promoted
    assert not compare(cases(MIN_CASES), good, good).promoted
    assert "too few" in compare(cases(MIN_CASES - 1), bad, good).reason
    assert not compare([], bad, good).promoted
