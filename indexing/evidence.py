"""How well what was found covers what was asked: the facts that abstention is decided on."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from indexing.search import Searcher, SearchResult

TOP = 6
"""How many of the best hits count as evidence."""


@dataclass(frozen=True, slots=True)
class TermEvidence:
    """One term of a question: in how many units it occurs, and in which of the top hits."""

    term: str
    frequency: int
    weight: float
    held_by: frozenset[int]


TermPredicate = Callable[[TermEvidence], bool]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Terms, the best cosine (None without vectors), and whether a named symbol was found."""

    terms: tuple[TermEvidence, ...]
    best_cosine: float | None
    names_asked: int
    names_found: int

    @property
    def absent(self) -> tuple[str, ...]:
        """The terms that occur nowhere in the repository."""
        return tuple(term.term for term in self.terms if term.frequency == 0)

    def union_share(self) -> float:
        """The weight of the terms that any top hit holds, of all terms' weight."""
        return self._share(lambda term: bool(term.held_by))

    def best_share(self) -> float:
        """The largest weight of terms that one single top hit holds, of all terms' weight."""
        hits = frozenset[int]().union(*(term.held_by for term in self.terms))
        return max((self._share(_held_by(hit)) for hit in hits), default=0.0)

    def _share(self, holds: TermPredicate) -> float:
        total = sum(term.weight for term in self.terms)
        return sum(term.weight for term in self.terms if holds(term)) / total if total else 0.0


def _held_by(hit: int) -> TermPredicate:
    return lambda term: hit in term.held_by


def gather(searcher: Searcher, result: SearchResult) -> Evidence:
    """Collect the evidence for a result, with the searcher that found it."""
    top = result.hits[:TOP]
    units = max(searcher.units(), 1)
    terms = []
    for term in dict.fromkeys(result.query.terms):
        frequency = searcher.term_frequency(term)
        # A term that occurs nowhere weighs most: the question turns on something unheard of.
        weight = math.log(1 + units / (frequency + 0.5))
        terms.append(TermEvidence(term, frequency, weight, searcher.holding(term, top)))
    cosines = [hit.cosine for hit in result.hits if hit.cosine is not None]
    names = result.query.names
    return Evidence(
        tuple(terms),
        max(cosines) if cosines else None,
        len(names),
        len(searcher.defined(names)),
    )
