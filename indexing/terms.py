"""The words of a question in the index: how rare each is, and which occurrences hold it."""

import math
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from indexing import lexical


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a question; `weight` grows with its rarity, most of all where it is absent."""

    word: str
    frequency: int
    weight: float
    held_by: frozenset[int]


def weigh(
    database: sqlite3.Connection,
    generation: int,
    words: Sequence[str],
    units: int,
    among: Sequence[int],
) -> tuple[Term, ...]:
    """Look up every word, and which of the occurrences `among` hold it.

    Numbers are left out: in a message they vary from run to run.
    """
    terms = []
    for word in words:
        if word.isdigit():
            continue
        frequency = lexical.frequency(database, generation, word)
        weight = math.log(1 + max(units, 1) / (frequency + 0.5))
        held_by = lexical.holders(database, word, among) if frequency else frozenset[int]()
        terms.append(Term(word, frequency, weight, held_by))
    return tuple(terms)


def share(terms: Iterable[Term], occurrences: Collection[int]) -> float:
    """Return the weight of the terms that any of `occurrences` holds, of all terms' weight."""
    terms = tuple(terms)
    total = sum(term.weight for term in terms)
    held = sum(term.weight for term in terms if not term.held_by.isdisjoint(occurrences))
    return held / total if total else 0.0
