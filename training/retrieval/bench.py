"""A repository put on the bench: its past in an index of its own, evaluated, and learnt from.

What is made here lies in `past/` below the repository's state folder and may be thrown away; only
`tune` writes something that a search reads: weights that won on cases they were not learnt from.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from indexing.ranking.weights import (
    OWN,
    RankingWeights,
    own_weights,
    shipped_weights,
    write_weights,
)
from indexing.repository.lock import repository_lock
from indexing.store.manifest import open_manifest
from indexing.vectors.embedder import Embedder
from rooftree.config import Config
from rooftree.errors import EvaluationError
from rooftree.git.commands import open_worktree
from rooftree.paths import private_folder
from training.retrieval.evaluation import (
    EvaluationListener,
    GroupMeasures,
    ReplayedCases,
    collect,
    rows,
)
from training.retrieval.gate import WeightsVerdict, compare
from training.retrieval.history import NO_ISSUES, MiningLimits
from training.retrieval.replay import ReplaySettings
from training.retrieval.tune import adapt

MIN_CASES = 10
LOCK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well a repository is searched, on the part of its cases that nothing was learnt from."""

    repo: str
    collected: ReplayedCases
    ranking: str
    """Whose weights were used: `shipped`, or the repository's `own`."""
    rows: tuple[GroupMeasures, ...]
    rows_without_tests_weighted: tuple[GroupMeasures, ...]
    dense: bool

    def as_json(self) -> dict[str, Any]:
        return {
            "repo": self.repo,
            "commit": self.collected.commit,
            "ranking": self.ranking,
            "dense": self.dense,
            "cases": {"tune": len(self.collected.tune), "report": len(self.collected.report)},
            "left_out": dict(self.collected.left_out),
            "tests_weighted": [row.as_json() for row in self.rows],
            "tests_unweighted": [row.as_json() for row in self.rows_without_tests_weighted],
        }


@dataclass(frozen=True, slots=True)
class TuningResult:
    """What learning on a repository came to; `weights` are in use only if `verdict` says so."""

    repo: str
    verdict: WeightsVerdict
    weights: RankingWeights
    learnt_from: int

    def as_json(self) -> dict[str, Any]:
        return {
            "repo": self.repo,
            "learnt_from": self.learnt_from,
            **self.verdict.as_json(),
            "weights": {kind: dict(named) for kind, named in self.weights.by_kind.items()},
        }


class RetrievalBench:
    """One repository on the bench."""

    def __init__(self, path: Path, config: Config, embedder: Embedder | None) -> None:
        self._worktree = open_worktree(path)
        self._config = config
        self._embedder = embedder
        self._folder = config.paths.repository(self._worktree.repo_id)
        self.repo = str(self._worktree.root)

    def evaluate(
        self, limits: MiningLimits, tell: EvaluationListener, issues: Mapping[int, str] = NO_ISSUES
    ) -> Evaluation:
        """Ask the repository's past what its history asked, and say how good the answers were."""
        collected = self._collect(limits, tell, issues)
        own = own_weights(self._folder)
        weights = own or shipped_weights()
        return Evaluation(
            self.repo,
            collected,
            "own" if own else "shipped",
            tuple(rows(collected.report, weights)),
            tuple(rows(collected.report, weights.without("test"))),
            self._embedder is not None,
        )

    def tune(
        self, limits: MiningLimits, tell: EvaluationListener, issues: Mapping[int, str] = NO_ISSUES
    ) -> TuningResult:
        """Learn on the older part of the history; keep the weights if they win on the newer."""
        collected = self._collect(limits, tell, issues)
        before = own_weights(self._folder) or shipped_weights()
        tell("learning", 0, 1)
        after = adapt(collected.tune, shipped_weights())
        verdict = compare(collected.report, before, after)
        tell("learning", 1, 1)
        if verdict.promoted:
            about = {
                "made": datetime.now(UTC).isoformat(timespec="seconds"),
                "commit": collected.commit,
                "learnt_from": len(collected.tune),
                **verdict.as_json(),
            }
            write_weights(self._folder / OWN, after, about)
        return TuningResult(self.repo, verdict, after, len(collected.tune))

    def forget(self) -> bool:
        """Go back to the shipped weights; say whether there were others."""
        path = self._folder / OWN
        there = path.exists()
        path.unlink(missing_ok=True)
        return there

    def _collect(
        self, limits: MiningLimits, tell: EvaluationListener, issues: Mapping[int, str]
    ) -> ReplayedCases:
        commit = self._worktree.commit
        if commit is None:
            raise EvaluationError(
                f"{self.repo!r} has no history to learn from; name a git repository with commits"
            )
        with self._setting() as setting:
            collected = collect(setting, commit, limits, tell, issues)
        found = len(collected.tune) + len(collected.report)
        if found < MIN_CASES:
            reasons = ", ".join(f"{name} {n}" for name, n in collected.left_out.items())
            raise EvaluationError(
                f"{self.repo!r} gives only {found} questions, at least {MIN_CASES} are needed "
                f"(left out: {reasons or 'nothing'}); a longer history would give more"
            )
        return collected

    @contextmanager
    def _setting(self) -> Iterator[ReplaySettings]:
        folder = private_folder(self._folder / "past")
        with repository_lock(folder, "rooftree eval", wait_seconds=LOCK_SECONDS):
            manifest = open_manifest(folder)
            try:
                yield ReplaySettings(
                    self._worktree.root,
                    manifest,
                    self._embedder,
                    workers=self._config.index.workers or 2,
                    largest=self._config.index.largest_file_bytes,
                )
            finally:
                manifest.close()
