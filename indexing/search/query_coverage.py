"""How well the hits cover the question: the evidence for abstention."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from indexing.search.search import Searcher, SearchResult
from indexing.words.actions import actions, is_action
from indexing.words.terms import QueryTerm, share
from indexing.words.word_lists import common_words, weak_words

TOP = 6
"""How many of the best hits count as evidence."""
WEAK = 0.2
"""What a word counts that a place which answers need not hold, such as "enough"."""
ABSENT = 0.5
"""What an ordinary word counts that occurs nowhere: rarer than all others, and yet no name."""


@dataclass(frozen=True, slots=True)
class QueryCoverage:
    """What the terms of a question and its names found.

    `covered` is the weight of the terms that the best hits hold, of all terms' weight; `unheard`
    are those of the question's names (`get_user`, `Queue.get`) that stand nowhere, as written.
    """

    terms: tuple[QueryTerm, ...]
    covered: float
    names_asked: int
    names_found: int
    entities: tuple[str, ...] = ()
    unheard: tuple[str, ...] = ()
    verbs: frozenset[str] = frozenset()
    """The words that stand in the question as verbs."""

    @property
    def absent(self) -> tuple[str, ...]:
        """The words of the question that occur nowhere in the repository, as they are written."""
        return _written(term for term in self.terms if _is_absent(term))

    @property
    def absent_things(self) -> tuple[str, ...]:
        """Those of them that are no everyday words for what is done or how."""
        return _written(
            term for term in self.terms if _is_absent(term) and not is_action(term.word, self.verbs)
        )

    @property
    def absent_share(self) -> float:
        """Which part of the question's words occurs nowhere, by their number."""
        said = _written(term for term in self.terms if term.word not in weak_words())
        return len(self.absent) / len(said) if said else 0.0

    @property
    def unheard_entities(self) -> tuple[str, ...]:
        """Proper names that occur nowhere in the repository."""
        return _written(t for t in self.terms if _is_absent(t) and t.word in self.entities)

    @property
    def unheard_jargon(self) -> tuple[str, ...]:
        """Words that occur nowhere in the repository and are no everyday English either."""
        return _written(t for t in self.terms if _is_absent(t) and t.word not in common_words())


def coverage_of(searcher: Searcher, result: SearchResult) -> QueryCoverage:
    """Collect the evidence for a result, with the searcher that found it."""
    top = [hit.occurrence for hit in result.hits[:TOP]]
    names = result.query.names
    defined = searcher.defined(names)
    heard = {term.word for term in result.terms if term.frequency}
    written = dict(zip(result.query.terms, result.query.written, strict=True))
    return QueryCoverage(
        result.terms,
        share(map(_weighed, result.terms), top),
        len(names),
        len(defined),
        result.query.entities,
        tuple(written[name] for name in names if name in written and name not in defined | heard),
        actions(result.query.text),
    )


def _weighed(term: QueryTerm) -> QueryTerm:
    """Return a term with what it counts as evidence."""
    factor = WEAK if term.word in weak_words() else 1.0
    return replace(term, weight=term.weight * factor * (1.0 if term.frequency else ABSENT))


def _is_absent(term: QueryTerm) -> bool:
    return not term.frequency and term.word not in weak_words()


def _written(terms: Iterable[QueryTerm]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(term.written or term.word for term in terms))
