"""Hits of several repositories as one list: scores of different indexes are not comparable alone.

Within a repository a score says how a place stands to the best of that repository, so the best of
one that has nothing to say would stand beside the answer. Here a score counts by how much of the
question the place really holds: the weight of its words, weighed alike for all repositories, or
its nearness in meaning. The order inside each repository stays as its own ranking made it.
"""

from collections.abc import Mapping, Sequence

from indexing.search.search import Hit, SearchResult

MIN_SHARE = 0.05
"""What a place counts that holds no word of the question, such as one that is called by others."""

MergedHit = tuple[str, Hit, float]


def merge_results(results: Mapping[str, SearchResult], limit: int) -> list[MergedHit]:
    """Return (repository, hit, comparable score) of the best hits, best first."""
    weights = _weights(list(results.values()))
    scored: list[MergedHit] = []
    for name, result in results.items():
        least = float("inf")
        for hit in result.hits:
            least = min(least, hit.score * _held(result, hit, weights))
            scored.append((name, hit, least))
    return sorted(scored, key=lambda item: -item[2])[:limit]


def _weights(results: Sequence[SearchResult]) -> dict[str, float]:
    """Return one weight a word: its mean over the repositories that know the word."""
    known: dict[str, list[float]] = {}
    for result in results:
        for term in result.terms:
            if term.frequency:
                known.setdefault(term.word, []).append(term.weight)
    return {word: sum(weights) / len(weights) for word, weights in known.items()}


def _held(result: SearchResult, hit: Hit, weights: Mapping[str, float]) -> float:
    """Return how much of the question a hit holds, from `LEAST` to 1."""
    total = sum(weights.values())
    if not total:
        return 1.0
    words = {term.word for term in result.terms if hit.occurrence in term.held_by}
    share = sum(weight for word, weight in weights.items() if word in words) / total
    return max(share, hit.cosine or 0.0, MIN_SHARE)
