"""How good the answers are: over distinct files, and over places that overlap a definition."""

from collections.abc import Sequence
from math import log2

from benchmarks.retrieval.checkout import Question
from benchmarks.retrieval.competitor import Place

DEPTH = 10


def measures(question: Question, found: Sequence[Place]) -> dict[str, float]:
    """Return the measures of one answer; those of symbols only where the question has any."""
    files = list(dict.fromkeys(path for path, _, _ in found))
    ranks = [n for n, path in enumerate(files[:DEPTH], 1) if path in question.files]
    ideal = sum(1 / log2(n + 1) for n in range(1, min(len(question.files), DEPTH) + 1))
    first = min(ranks, default=0)
    values = {f"file@{k}": float(0 < first <= k) for k in (1, 5, 10)}
    values["MRR"] = 1 / first if first else 0.0
    values["NDCG@10"] = sum(1 / log2(n + 1) for n in ranks) / ideal
    if question.places:
        hits = [n for n, place in enumerate(found[:DEPTH], 1) if _hits(place, question)]
        values |= {f"symbol@{k}": float(bool(hits) and hits[0] <= k) for k in (5, 10)}
    return values


def _hits(place: Place, question: Question) -> bool:
    path, first, last = place
    return any(
        path == right and first <= end and begin <= last for right, begin, end in question.places
    )
