"""Places that a search found, each checked against the bytes of its file."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest

from agents.ask.abstention import AnswerVerdict, decide_answer
from agents.ask.answer import MAX_CITATIONS, CitedPlace
from agents.ask.citation_groups import group_hits
from agents.ask.citations import CitationChecker
from indexing.repository.repository import Repository
from indexing.search.search import IndexCoverage
from tools.model_tools.search import RepositorySearch


@dataclass(frozen=True, slots=True)
class FoundPlaces:
    """What was found for a question, and whether it answers it."""

    verdict: AnswerVerdict
    places: tuple[CitedPlace, ...]
    stale: int
    """How many places have changed since they were indexed; they are left out."""
    coverage: IndexCoverage
    has_terms: bool
    """Whether the question has a word that could be looked for."""

    @property
    def answers(self) -> bool:
        return self.verdict.answered and bool(self.places)


def together(found: Sequence[FoundPlaces]) -> FoundPlaces:
    """Join what several ways to ask the same have found; the last one that is answered judges."""
    judge = next((one for one in reversed(found) if one.verdict.answered), found[-1])
    ranked = chain.from_iterable(zip_longest(*(one.places for one in reversed(found))))
    places: dict[tuple[str, int, int], CitedPlace] = {}
    for place in filter(None, ranked):
        cited = place.citation
        places.setdefault((cited.path, cited.start, cited.end), place)
    stale = max(one.stale for one in found)
    return replace(judge, places=tuple(places.values())[:MAX_CITATIONS], stale=stale)


def check_places(repository: Repository, found: RepositorySearch) -> FoundPlaces:
    """Verify every hit against its bytes, and judge whether they answer the question."""
    coverage = found.result.coverage
    checker = CitationChecker(repository, coverage.commit)
    places: list[CitedPlace] = []
    stale = 0
    for spot in group_hits(found.result.hits, MAX_CITATIONS):
        citation = checker.check(spot)
        if citation is None:
            stale += 1
        else:
            places.append(CitedPlace(spot, citation, found.callers[spot.best.occurrence]))
    verdict = decide_answer(found.evidence)
    return FoundPlaces(verdict, tuple(places), stale, coverage, bool(found.result.query.terms))
