"""How well what was found covers what was asked: the facts that abstention is decided on."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from indexing.query import common_words
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
    """What the terms of a question and its names found; `best_cosine` is None without vectors."""

    terms: tuple[TermEvidence, ...]
    best_cosine: float | None
    names_asked: int
    names_found: int
    entities: tuple[str, ...] = ()

    @property
    def absent(self) -> tuple[str, ...]:
        """The terms that occur nowhere in the repository."""
        return tuple(term.term for term in self.terms if term.frequency == 0)

    @property
    def unheard_entities(self) -> tuple[str, ...]:
        """Proper names that occur nowhere in the repository."""
        return tuple(name for name in self.entities if name in self.absent)

    @property
    def unheard_jargon(self) -> tuple[str, ...]:
        """Words that occur nowhere in the repository and are no everyday English either."""
        return tuple(term for term in self.absent if term not in common_words())

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
    for term in result.query.terms:
        if term.isdigit():
            continue  # numbers in a message vary from run to run
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
        result.query.entities,
    )
