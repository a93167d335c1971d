"""The words of a question in the index: how many places hold each, and which of the hits do."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexing.ranking.arrays import RowNumbers
from indexing.ranking.bm25 import WeightedWord, rarity_of
from indexing.ranking.index_view import IndexView
from indexing.search.hits import Hit
from indexing.words.query import Query
from indexing.words.terms import QueryTerm, abbreviations
from indexing.words.tokens import key


def question_words(
    view: IndexView, query: Query, words: Sequence[WeightedWord], hits: Sequence[Hit]
) -> tuple[QueryTerm, ...]:
    """Say of each word how rare it is, and which hits hold it.

    Numbers are left out: in a message they vary from run to run.
    """
    said = dict(zip(query.terms, query.written, strict=True))
    shown = view.rows_of(np.array([hit.occurrence for hit in hits], dtype=np.int64))
    terms = []
    for word in (each.text for each in words if not each.text.isdigit()):
        frequency, holders = _holding(view, word, shown)
        weight = rarity_of(len(view.ids), frequency)
        held_by = frozenset(view.ids[holders].tolist())
        terms.append(QueryTerm(word, frequency, weight, held_by, said.get(word, word)))
    return tuple(terms)


def _holding(view: IndexView, word: str, among: RowNumbers) -> tuple[int, RowNumbers]:
    """Count the rows whose text, name or path holds a word, or what code writes for it.

    Returns those of them as well that are `among` some rows.
    """
    for form in (word, *abbreviations().get(word, ())):
        held = view.postings.postings_of(key(form)).rows
        packs = view.postings.packs_named(key(form))
        if len(held) or len(packs):
            named = np.zeros(len(view.documents), dtype=bool)
            named[packs] = True
            count = len(held)
            if len(packs):
                count -= int(np.count_nonzero(named[view.document[held]]))
                count += int(view.postings.units[packs].sum())
            holds = named[view.document[among]] | _are_in(among, held)
            return count, among[holds]
    return 0, among[:0]


def _are_in(rows: RowNumbers, rising: RowNumbers) -> NDArray[np.bool_]:
    """Say of each of a few rows whether it is one of many rising ones."""
    if not len(rising):
        return np.zeros(len(rows), dtype=bool)
    places = np.minimum(np.searchsorted(rising, rows), len(rising) - 1)
    found: NDArray[np.bool_] = rising[places] == rows
    return found
