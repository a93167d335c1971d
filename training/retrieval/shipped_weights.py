"""Learn the weights that are shipped, and print the effect of each column of the ranking.

    python -m training.retrieval.shipped --clones DIR [--embedder static] [--out FILE]

`DIR` holds clones of the repositories named below, with their history. Weights are learnt on
`LEARNT` and reported on `REPORTED`, which share no code; nothing is chosen by looking at the
second. A column's row says what becomes of the report when the weights are learnt without it.
"""

import argparse
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexing.ranking.features import FEATURES
from indexing.ranking.weights import RankingWeights, shipped_weights, write_weights
from indexing.store.manifest import open_manifest
from indexing.vectors.embedder import Embedder
from indexing.vectors.embedders import open_embedder
from models.weights.store import WeightsStore
from rooftree.config import load_config
from rooftree.git.commands import open_worktree
from training.retrieval.evaluation import collect
from training.retrieval.history import MiningLimits
from training.retrieval.replay import ReplayedCase, ReplaySettings
from training.retrieval.scores import measured
from training.retrieval.tune import tune

TRAINING_REPOSITORIES = ("requests", "express", "cobra", "axum", "ripgrep", "pytest")
EVALUATION_REPOSITORIES = ("flask", "gin", "commons-lang", "axios", "fd", "jekyll")
SHOWN = ("file_acc@1", "file_acc@5", "symbol_acc@5", "symbol_acc@10", "ndcg@10", "symbol_mrr")
LIMITS = MiningLimits(cases=110, commits=8_000)

CasesByRepository = Mapping[str, Sequence[ReplayedCase]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True, help="A folder for the indexes.")
    parser.add_argument("--embedder", default="static")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    embedder = open_embedder(
        options.embedder, lambda: WeightsStore(load_config().config.paths.models())
    )
    learnt = replay_repositories(TRAINING_REPOSITORIES, options.clones, options.state, embedder)
    reported = replay_repositories(EVALUATION_REPOSITORIES, options.clones, options.state, embedder)
    weights = learn(learnt)
    for line in report(learnt, reported, weights):
        print(line, flush=True)  # noqa: T201 - a program
    if options.out:
        write_weights(
            options.out, weights, {"learnt_on": TRAINING_REPOSITORIES, "embedder": options.embedder}
        )


def replay_repositories(
    names: Iterable[str], clones: Path, state: Path, embedder: Embedder | None
) -> dict[str, tuple[ReplayedCase, ...]]:
    """Mine and replay every repository that is there."""
    found: dict[str, tuple[ReplayedCase, ...]] = {}
    for name in names:
        worktree = open_worktree(clones / name)
        if worktree.commit is None:
            continue
        folder = state / name
        folder.mkdir(parents=True, exist_ok=True)
        manifest = open_manifest(folder)
        try:
            setting = ReplaySettings(worktree.root, manifest, embedder)
            collected = collect(setting, worktree.commit, LIMITS, _silent)
        finally:
            manifest.close()
        found[name] = (*collected.tune, *collected.report)
    return found


def learn(cases: CasesByRepository, columns: Sequence[str] = FEATURES) -> RankingWeights:
    """Learn from all repositories; changes count twice as much as all made-up questions."""
    every = [case for some in cases.values() for case in some]
    changes = sum(case.case.source == "history" for case in every)
    others = max(len(every) - changes, 1)

    def weight_of(case: ReplayedCase) -> float:
        return 1.0 if case.case.source == "history" else changes / (2 * others)

    return tune(every, weight_of, columns)


def report(
    learnt: CasesByRepository, reported: CasesByRepository, weights: RankingWeights
) -> Iterable[str]:
    """Yield the lines of the report: before, after, each repository, each column left out."""
    yield "| | " + " | ".join(SHOWN) + " |"
    yield "|---" * (len(SHOWN) + 1) + "|"
    yield _row("shipped until now", _mean(reported, shipped_weights()))
    yield _row("learnt", whole := _mean(reported, weights))
    for name, cases in reported.items():
        yield _row(f"  {name} ({len(cases)})", _mean({name: cases}, weights))
    for source in ("history", "docstring", "where", "name"):
        part = {n: [c for c in cases if c.case.source == source] for n, cases in reported.items()}
        yield _row(f"  {source}", _mean(part, weights))
    for column in FEATURES:
        others = [name for name in FEATURES if name != column]
        without = _mean(reported, learn(learnt, others))
        yield _row(f"without {column}", without - whole, signed=True)


def _mean(cases: CasesByRepository, weights: RankingWeights) -> Any:
    """Return the mean over repositories of their means over cases."""
    means = [_means(some, weights) for some in cases.values() if some]
    return np.mean(means, axis=0)


def _means(cases: Sequence[ReplayedCase], weights: RankingWeights) -> list[float]:
    found = [measured(c, weights) for c in cases]
    return [float(np.mean([each[name] for each in found if name in each])) for name in SHOWN]


def _row(label: str, values: Iterable[float], *, signed: bool = False) -> str:
    cells = (f"{value:+.3f}" if signed else f"{value:.3f}" for value in values)
    return f"| {label} | " + " | ".join(cells) + " |"


def _silent(stage: str, done: int, total: int) -> None:
    """Ignore progress."""


if __name__ == "__main__":
    main()
