"""The words of a question in the index: how rare each is, and which of the hits hold it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache

from indexing.words.word_lists import lines_of


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One word of a question; `weight` grows with its rarity, most of all where it is absent.

    `frequency` counts the places whose text, name or path holds it, `held_by` are those hits, by
    occurrence, that do, and `written` is the word as it stands in the question: what a person is
    told, since the term may be a part of it.
    """

    word: str
    frequency: int
    weight: float
    held_by: frozenset[int]
    written: str = ""


def share(terms: Iterable[QueryTerm], occurrences: Collection[int]) -> float:
    """Return the weight of the terms that any of `occurrences` holds, of all terms' weight."""
    terms = tuple(terms)
    total = sum(term.weight for term in terms)
    held = sum(term.weight for term in terms if not term.held_by.isdisjoint(occurrences))
    return held / total if total else 0.0


@cache
def abbreviations() -> dict[str, tuple[str, ...]]:
    """Return what code may write for a word: `async` for "asynchronous"."""
    found: dict[str, tuple[str, ...]] = {}
    for short, *meant in lines_of("abbreviations"):
        for word in meant:
            found[word] = (*found.get(word, ()), short)
    return found
