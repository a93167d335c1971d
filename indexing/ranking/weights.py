"""Fusion: the columns of `features`, weighed by the kind of question, in one score.

The weights are learnt: the shipped ones on the histories of public repositories, a repository's
own by `rooftree tune` on its history. docs/experiments.md holds the row of every column.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexing.ranking.arrays import file_scores, scaled
from indexing.ranking.features import FEATURES
from indexing.words.query import QueryKind
from rooftree.errors import IndexingError, StorageError
from rooftree.state_files import write_atomically

OF_FILE = 0.1
"""What the best file as a whole adds to its best place, relative to the best place's own score."""
ANSWER = 0.5
"""What has a smaller part of the best score does not speak for its file: whether such a candidate
is looked at at all depends on how far each tier looked."""

RankingScores = NDArray[np.float32]
KINDS: tuple[QueryKind, ...] = ("natural", "identifier", "path")
SHIPPED = Path(__file__).with_name("ranking_weights.json")
OWN = "ranking.json"
"""The file in a repository's state folder that holds weights learnt on its own history."""


@dataclass(frozen=True, slots=True)
class RankingWeights:
    """What each column of `FEATURES` counts, by kind of question; a column not named counts 0."""

    by_kind: Mapping[QueryKind, Mapping[str, float]]

    def vector(self, kind: QueryKind) -> NDArray[np.float32]:
        """Return the weights of one kind in the order of `FEATURES`."""
        named = self.by_kind[kind]
        return np.array([named.get(name, 0.0) for name in FEATURES], dtype=np.float32)

    def without(self, feature: str) -> "RankingWeights":
        """Return the same weights with one column left out."""
        return RankingWeights(
            {
                kind: {name: weight for name, weight in named.items() if name != feature}
                for kind, named in self.by_kind.items()
            }
        )


@cache
def shipped_weights() -> RankingWeights:
    return read_weights(SHIPPED)


def own_weights(folder: Path) -> RankingWeights | None:
    """Return the weights that a repository learnt on its own history, if it did."""
    path = folder / OWN
    return read_weights(path) if path.exists() else None


def write_weights(path: Path, weights: RankingWeights, about: Mapping[str, Any]) -> None:
    """Write weights, with `about` beside them, so that a reader sees the old file or the new."""
    content: dict[str, Any] = {kind: dict(weights.by_kind[kind]) for kind in KINDS}
    content["about"] = dict(about)
    try:
        write_atomically(path, json.dumps(content, indent=1) + "\n")
    except OSError as error:
        raise StorageError(f"cannot write the ranking weights {str(path)!r}: {error}") from error


def read_weights(path: Path) -> RankingWeights:
    """Read weights from a JSON file `{kind: {column: weight}}`; other keys are for people."""
    try:
        content: Any = json.loads(path.read_text("utf-8"))
        return RankingWeights({kind: _named(content[kind]) for kind in KINDS})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexingError(
            f"the ranking weights {str(path)!r} cannot be used: {type(error).__name__}: {error}; "
            "remove the file, or make it again with `rooftree tune`"
        ) from error


def _named(content: Any) -> dict[str, float]:
    named = {str(name): float(weight) for name, weight in content.items()}
    strange = sorted(set(named) - set(FEATURES))
    if strange:
        raise ValueError(f"unknown columns {', '.join(strange)}")
    if not all(np.isfinite(list(named.values()))):
        raise ValueError("a weight is not a finite number")
    return named


def scores(
    columns: NDArray[np.float32], files: NDArray[np.int32], weights: RankingWeights, kind: QueryKind
) -> RankingScores:
    """Return one score a candidate; `files` says which file each is of, as a number: shape (C,)."""
    return _with_files(columns @ weights.vector(kind), files)


def _with_files(own: RankingScores, files: NDArray[np.int32]) -> RankingScores:
    """Raise the best candidate of each file by how well the file answers as a whole."""
    if not len(own) or own.max() <= 0:
        return own
    numbers: NDArray[np.int32] = np.unique(files, return_inverse=True)[1].astype(np.int32)
    answers = np.where(own >= ANSWER * own.max(), own, 0).astype(np.float32)
    whole = file_scores(numbers, answers, int(numbers.max()) + 1)
    order = np.lexsort((-own, numbers))
    best = order[np.flatnonzero(np.diff(numbers[order], prepend=-1))]
    raised = own.copy()
    raised[best] += np.float32(OF_FILE * own.max()) * scaled(whole)
    return raised


def reasons(column: Sequence[float], weights: RankingWeights, kind: QueryKind) -> tuple[str, ...]:
    """Return what made a candidate's score, the weightiest first."""
    parts = zip(FEATURES, np.asarray(column) * weights.vector(kind), strict=True)
    ordered = sorted(parts, key=lambda part: -part[1])
    return tuple(f"{name} {value:.2f}" for name, value in ordered if value >= 0.05)
