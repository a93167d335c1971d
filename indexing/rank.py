"""Fusion: what the words say, what the vectors say, and what the names and paths say, in one score.

Each part is put on a scale from 0 to 1 and weighted by the kind of question; priors then weight
tests, prose and fragments down, because a question is more often about the code than about them.
The numbers are plain defaults, chosen on 51 questions over six public packages
(docs/experiments.md); nothing here is learnt yet.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexing.query import Query, QueryKind

_TEST_PATH = re.compile(
    r"(^|/)(tests?|testing|spec|specs|__tests__)/|(^|/)(test_[^/]*|conftest)\.py$"
    r"|[._-](test|spec|tests)\.\w+$|_test\.\w+$",
    re.IGNORECASE,
)
_SIDE_PATH = re.compile(
    r"(^|/)(change(s|log)|history|news|release[-_ ]?notes|authors|contributors|licen[cs]e)[^/]*$"
    r"|(^|/)(examples?|benchmarks?|vendor|third_party|fixtures)/|\.ipynb$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts for one kind of question."""

    words: float
    meaning: float
    name: float
    path: float
    coverage: float
    file_coverage: float


WEIGHTS: Mapping[QueryKind, Weights] = {
    "natural": Weights(0.5, 0.7, name=0.6, path=0.2, coverage=0.3, file_coverage=0.3),
    "identifier": Weights(0.5, 0.1, name=1.0, path=0.2, coverage=0.2, file_coverage=0.1),
    "path": Weights(0.5, 0.4, name=0.6, path=0.6, coverage=0.3, file_coverage=0.3),
}
TEST_PRIOR = 0.7
SIDE_PRIOR = 0.7
KIND_PRIORS: Mapping[str, float] = {
    "section": 0.85,
    "lines": 0.8,
    "block": 0.85,
    "head": 0.85,
    "key": 0.75,
    "rule": 0.6,
}
MENTION = 0.8
"""What using a name or a text that the question gives counts, where defining it counts 1."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An occurrence that one of the tiers proposed, with what each of them says of it."""

    occurrence: int
    path: str
    symbol: str
    kind: str
    lexical: float
    cosine: float | None
    mentions: float = 0.0
    """The share of the names in the question that stand in this occurrence's text."""
    coverage: float = 0.0
    """The share of the question's words, by weight, that this occurrence holds."""
    file_coverage: float = 0.0
    """The share that all proposed occurrences of its file hold together."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A scored candidate and the reasons for its score, the weightiest first."""

    occurrence: int
    score: float
    why: tuple[str, ...]


def rank(query: Query, candidates: Sequence[Candidate]) -> list[Ranked]:
    """Score and order the candidates, best first."""
    if not candidates:
        return []
    weights = WEIGHTS[query.kind]
    best_lexical = max(candidate.lexical for candidate in candidates) or 1.0
    best_cosine = max((candidate.cosine or 0.0) for candidate in candidates) or 1.0
    ranked = []
    for candidate in candidates:
        parts = _parts(query, weights, candidate, best_lexical, best_cosine)
        score = sum(parts.values()) * _prior(query, candidate)
        ranked.append(Ranked(candidate.occurrence, score, _why(parts)))
    return sorted(ranked, key=lambda item: (-item.score, item.occurrence))


def _parts(
    query: Query, weights: Weights, candidate: Candidate, best_lexical: float, best_cosine: float
) -> dict[str, float]:
    by_words = candidate.lexical / best_lexical
    # Without a vector the words stand in at half their strength: unknown is not unlike.
    by_meaning = (
        max(candidate.cosine, 0.0) / best_cosine if candidate.cosine is not None else by_words / 2
    )
    return {
        "words": weights.words * by_words,
        "meaning": weights.meaning * by_meaning,
        "name": weights.name
        * max(_name_match(query, candidate.symbol), MENTION * candidate.mentions),
        "path": weights.path * _path_match(query, candidate.path),
        "coverage": weights.coverage * candidate.coverage
        + weights.file_coverage * candidate.file_coverage,
    }


def _name_match(query: Query, symbol: str) -> float:
    """1.0 where the question names this symbol in full, 0.8 where it names its last part."""
    if not symbol or not query.identifiers:
        return 0.0
    lowered = symbol.lower()
    if any(name.lower().replace("::", ".") == lowered for name in query.identifiers):
        return 1.0
    parts = lowered.split(".")
    if parts[-1] in query.names:
        return 0.8
    return 0.3 if any(part in query.names for part in parts) else 0.0


def _path_match(query: Query, path: str) -> float:
    """1.0 where the question names this path, 0.6 where it names only the file."""
    lowered = path.lower()
    for named in query.paths:
        wanted = named.lower()
        if lowered == wanted or lowered.endswith("/" + wanted) or wanted.endswith("/" + lowered):
            return 1.0
        if lowered.rpartition("/")[2] == wanted.rpartition("/")[2]:
            return 0.6
    return 0.0


def _prior(query: Query, candidate: Candidate) -> float:
    prior = KIND_PRIORS.get(candidate.kind, 1.0)
    asks_tests = any(term.startswith("test") for term in query.terms)
    if _TEST_PATH.search(candidate.path) and not asks_tests:
        prior *= TEST_PRIOR
    if _SIDE_PATH.search(candidate.path):
        prior *= SIDE_PRIOR
    return prior


def _why(parts: Mapping[str, float]) -> tuple[str, ...]:
    ordered = sorted(parts.items(), key=lambda item: -item[1])
    return tuple(f"{name} {value:.2f}" for name, value in ordered if value >= 0.05)
