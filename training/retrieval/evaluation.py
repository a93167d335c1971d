"""A repository's own evaluation: its cases mined, asked of the past, split, and summed up.

The older changes are for learning, the newer ones for reporting, so what is reported was never
learnt from. Questions made from definitions have no age; a hash of the name splits them.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from indexing.ranking.weights import RankingWeights
from training.retrieval import history
from training.retrieval.cases import RetrievalCase
from training.retrieval.history import MiningLimits
from training.retrieval.replay import ReplayedCase, ReplaySettings, mine_definitions, replay
from training.retrieval.scores import Interval, measured, summary

TUNED = 0.6
"""The share of the cases that may be learnt from: of a history the older part."""

EvaluationListener = Callable[[str, int, int], None]
"""Is told a stage, how many are done, and of how many."""


@dataclass(frozen=True, slots=True)
class ReplayedCases:
    """Replayed cases in two parts, and what became of the others."""

    commit: str
    tune: tuple[ReplayedCase, ...]
    report: tuple[ReplayedCase, ...]
    left_out: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class GroupMeasures:
    """The measures of one group of cases."""

    group: str
    cases: int
    measures: Mapping[str, Interval]

    def as_json(self) -> dict[str, Any]:
        found = {name: interval.as_json() for name, interval in self.measures.items()}
        return {"group": self.group, "cases": self.cases, **found}


def collect(
    setting: ReplaySettings,
    commit: str,
    limits: MiningLimits,
    tell: EvaluationListener,
    issues: Mapping[int, str] = history.NO_ISSUES,
) -> ReplayedCases:
    """Mine and replay the cases of a history that ends in `commit`."""
    tell("mining", 0, 1)
    mined = history.mine(setting.root, limits, commit, issues)
    tell("mining", 1, 1)
    made = mine_definitions(setting, commit, limits.cases // 4)
    total = len(mined.cases) + len(made.plain) + len(made.documented)
    kept: list[ReplayedCase] = []
    lost = 0
    for cases, edit in ((mined.cases, None), (made.plain, None), (made.documented, made.edit)):
        for replayed in replay(setting, cases, edit):
            if replayed is None:
                lost += 1
            else:
                kept.append(replayed)
            tell("replaying", len(kept) + lost, total)
    left_out = {**mined.left_out, "gold_not_indexed": lost} if lost else dict(mined.left_out)
    learnt = _learnt_from([each.case for each in kept])
    return ReplayedCases(
        commit,
        tuple(each for each, old in zip(kept, learnt, strict=True) if old),
        tuple(each for each, old in zip(kept, learnt, strict=True) if not old),
        left_out,
    )


def _learnt_from(cases: Sequence[RetrievalCase]) -> list[bool]:
    """Say of each case whether it is of the part that may be learnt from."""
    times = sorted(case.time for case in cases if case.source == "history")
    border = times[int(TUNED * len(times))] if times else 0
    return [
        case.time < border if case.source == "history" else _share(case) < TUNED for case in cases
    ]


def _share(case: RetrievalCase) -> float:
    """Return a number from 0 to 1 that depends on the gold alone."""
    digest = hashlib.sha256(repr((case.files, case.symbols)).encode()).digest()
    return int.from_bytes(digest[:4], "big") / (1 << 32)


def rows(cases: Sequence[ReplayedCase], weights: RankingWeights) -> list[GroupMeasures]:
    """Sum up how well `weights` order the cases: all, and by source and kind of question."""
    found = [(each.case, measured(each, weights)) for each in cases]
    groups: dict[str, list[Mapping[str, float]]] = {}
    for case, values in found:
        for group in ("all", f"source {case.source}", f"kind {case.kind}"):
            groups.setdefault(group, []).append(values)
    return [
        GroupMeasures(group, len(groups[group]), summary(groups[group])) for group in sorted(groups)
    ]
