"""How well what was found covers what was asked: the facts that abstention is decided on."""

from dataclasses import dataclass

from indexing.query import common_words
from indexing.search import Searcher, SearchResult
from indexing.terms import Term, share

TOP = 6
"""How many of the best hits count as evidence."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the terms of a question and its names found.

    `covered` is the weight of the terms that the best hits hold, of all terms' weight.
    """

    terms: tuple[Term, ...]
    covered: float
    names_asked: int
    names_found: int
    entities: tuple[str, ...] = ()

    @property
    def absent(self) -> tuple[str, ...]:
        """The terms that occur nowhere in the repository."""
        return tuple(term.word for term in self.terms if term.frequency == 0)

    @property
    def unheard_entities(self) -> tuple[str, ...]:
        """Proper names that occur nowhere in the repository."""
        return tuple(name for name in self.entities if name in self.absent)

    @property
    def unheard_jargon(self) -> tuple[str, ...]:
        """Words that occur nowhere in the repository and are no everyday English either."""
        return tuple(word for word in self.absent if word not in common_words())


def gather(searcher: Searcher, result: SearchResult) -> Evidence:
    """Collect the evidence for a result, with the searcher that found it."""
    top = [hit.occurrence for hit in result.hits[:TOP]]
    names = result.query.names
    return Evidence(
        result.terms,
        share(result.terms, top),
        len(names),
        len(searcher.defined(names)),
        result.query.entities,
    )
