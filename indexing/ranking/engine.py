"""The tiers asked together: which rows of a view are candidates for a question, and their columns.

Words propose, names propose and vectors propose; every candidate is then looked at by all of them.
It reads a view and the vectors, and does not depend on hits or how they are shown.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from indexing.ranking import bm25, features
from indexing.ranking.arrays import RowNumbers, ScoreColumn, best
from indexing.ranking.bm25 import LexicalMatches, WeightedWord
from indexing.ranking.features import QueryScores
from indexing.ranking.index_view import IndexView
from indexing.ranking.recency import FileActivity
from indexing.ranking.vector_scan import table_of
from indexing.store import occurrence_store as occurrences
from indexing.vectors.embedder import Embedder, Vectors
from indexing.vectors.store import DenseMatch
from indexing.words import tokens as lexical
from indexing.words.query import Query

CANDIDATES = 200
"""How many occurrences words propose, and how many texts a vector engine is asked for."""
NEAR = 100
"""How many live texts vectors propose; an engine that knows fewer of them is not trusted."""
NAMED = 50
"""How many definitions of the names in a question are looked at."""
RARE = 10
"""What more places than this hold does not single any of them out."""
COMPOUND = 0.5
"""What a pair of neighbours counts where the code writes it as one word."""
MAX_WORDS = 64
"""Of a longer question the rarest words are looked for."""


@dataclass(frozen=True, slots=True)
class VectorMatches:
    """What a vector engine returns: matches, best first, live or not."""

    matches: Sequence[DenseMatch] = ()
    lacking: RowNumbers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """The texts of the view that it has not been given: they are compared one by one."""
    problem: str = ""
    """Why it has no answer; empty where it has one."""
    may_scan: bool = True
    """Whether all vectors may be scanned instead: else words and names alone are asked."""


FindNearest = Callable[[IndexView, Vectors, int], VectorMatches]
"""Finds the texts nearest to a query vector; where it finds too few, all vectors are scanned."""


@dataclass(frozen=True, slots=True)
class RankingCandidates:
    """Rows of a view that may answer, what is known of each, and what the words found."""

    rows: RowNumbers
    columns: NDArray[np.float32]
    """Shape (len(rows), len(FEATURES))."""
    cosines: NDArray[np.float32]
    """Of each candidate, NaN where it has no vector."""
    words: tuple[WeightedWord, ...]
    found: LexicalMatches
    engine: str = ""
    """Why the vector engine had no answer; empty where it had one, or there is none."""
    by_words: bool = False
    """Whether no vectors were asked for that reason."""


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What the vectors say: cosines of all texts (NaN unknown), and the rows they propose."""

    by_text: ScoreColumn
    near: RowNumbers
    border: float = 0.0
    """The cosine of the last text that is near: one below it says nothing."""
    engine: str = ""
    by_words: bool = False


class RankingEngine:
    """Asks the tiers about one view."""

    def __init__(
        self,
        database: sqlite3.Connection,
        view: IndexView,
        embedder: Embedder | None,
        nearest: FindNearest | None,
        activity: FileActivity | None,
    ) -> None:
        self._database = database
        self._view = view
        self._embedder = embedder
        self._nearest = nearest
        self._activity = activity

    def candidates(self, query: Query) -> RankingCandidates:
        """Collect everything that may answer a question."""
        view = self._view
        words = self._words(query)
        found = bm25.find(view, words)
        mentions, quoted = self._mentions(query), self._quoted(query)
        proposed = [best(found.scores, CANDIDATES), self._named(query)]
        proposed.append(np.fromiter([*mentions, *quoted], dtype=np.int64))
        meaning = self._meaning(query, np.unique(np.concatenate(proposed)))
        rows = np.unique(np.concatenate([*proposed, meaning.near])).astype(np.int64)
        cosines = meaning.by_text[view.text[rows]]
        asked = QueryScores(query, found, cosines, meaning.border, mentions, quoted)
        columns = features.features(view, asked, rows, self._activity)
        return RankingCandidates(
            rows, columns, cosines, words, found, meaning.engine, meaning.by_words
        )

    def lexical_rows(self, query: Query) -> RowNumbers:
        """Return what words and names propose."""
        found = bm25.find(self._view, self._words(query))
        return np.union1d(best(found.scores, CANDIDATES), self._named(query))

    def _words(self, query: Query) -> tuple[WeightedWord, ...]:
        """Weigh the words by how often the question says them; keep the rarest of many."""
        words = [
            WeightedWord(term, 1 + float(np.log(count)))
            for term, count in zip(query.terms, query.counts, strict=True)
        ]
        if len(words) > MAX_WORDS:
            postings = self._view.postings
            counts = [postings.frequency(lexical.key(word.text)) for word in words]
            order = sorted(range(len(words)), key=lambda n: (counts[n] == 0, counts[n]))
            words = [words[n] for n in sorted(order[:MAX_WORDS])]
        return (*words, *self._compounds(query))

    def _compounds(self, query: Query) -> Iterator[WeightedWord]:
        """Yield the neighbours in a question that the code writes as one word."""
        for compound in query.compounds:
            if compound not in query.terms and self._view.postings.frequency(lexical.key(compound)):
                yield WeightedWord(compound, COMPOUND)

    def _named(self, query: Query) -> RowNumbers:
        """Return the rows in which a name that the question gives is defined."""
        if not query.names:
            return np.zeros(0, dtype=np.int64)
        found = occurrences.definitions(self._database, query.names)
        rows = {row for document, line in found for row in self._view.rows_at(document, line)}
        return np.array(sorted(rows)[:NAMED], dtype=np.int64)

    def _mentions(self, query: Query) -> dict[int, float]:
        """Return how much of what the question names each row holds.

        A name that many places use says little about any one of them.
        """
        shares: dict[int, float] = {}
        for name in query.names:
            rows = self._view.postings.postings_of(lexical.key(name)).rows
            if len(rows) > NAMED * RARE:
                continue
            share = min(1.0, RARE / max(len(rows), 1)) / len(query.names)
            for row in rows[:NAMED]:
                shares[int(row)] = shares.get(int(row), 0.0) + share
        return shares

    def _quoted(self, query: Query) -> frozenset[int]:
        """Return the rows that hold text which the question quotes, unless many do."""
        found = (self._quoting(phrase) for phrase in query.phrases)
        return frozenset(row for rows in found if len(rows) <= RARE for row in rows)

    def _quoting(self, phrase: str) -> list[int]:
        """Return the rows whose text holds these words one after the other."""
        postings = self._view.postings
        wanted = list(dict.fromkeys(phrase.split()))
        held = [postings.postings_of(lexical.key(word)).rows for word in wanted]
        rows = held[0]
        for more in held[1:]:
            rows = np.intersect1d(rows, more, assume_unique=True)
        read = occurrences.texts(self._database, self._view.ids[rows[:NAMED]].tolist())
        by_id = dict(zip(self._view.ids[rows].tolist(), rows.tolist(), strict=True))
        padded = f" {phrase} "
        return [by_id[key] for key, text in read if padded in f" {' '.join(lexical.words(text))} "]

    def _meaning(self, query: Query, proposed: RowNumbers) -> _Meaning:
        nothing = np.full(len(self._view.texts), np.nan, dtype=np.float32)
        if self._embedder is None or not len(self._view.ids):
            return _Meaning(nothing, np.zeros(0, dtype=np.int64))
        vector: Vectors = self._embedder.embed_query([query.text])[0]
        told = (
            VectorMatches()
            if self._nearest is None
            else self._nearest(self._view, vector, CANDIDATES)
        )
        known = self._by_engine(told, self._embedder, vector, proposed)
        if known is not None:
            return known
        if not told.may_scan:
            return _Meaning(nothing, np.zeros(0, dtype=np.int64), 0.0, told.problem, by_words=True)
        table = table_of(self._view, self._embedder.fingerprint, self._embedder.dimension)
        by_text = table.cosines(self._database, vector)
        near = best(np.nan_to_num(by_text, nan=-1.0) + 1, self._near)
        # What a vector engine would not tell is not used here either: both give one order.
        found = self._merge_known(by_text, near, np.union1d(near, self._view.text[proposed]))
        return replace(found, engine=told.problem)

    def _by_engine(
        self, told: VectorMatches, embedder: Embedder, vector: Vectors, proposed: RowNumbers
    ) -> _Meaning | None:
        """Take what the vector engine tells; None where what it holds is mostly dead."""
        view = self._view
        index = view.text_index
        found = [index[one.text_sha] for one in told.matches if one.text_sha in index]
        if not told.matches or len(found) + len(told.lacking) < self._near:
            return None
        asked = np.union1d(np.array(found, dtype=np.int64), told.lacking)
        texts = np.union1d(asked, view.text[proposed])
        table = table_of(view, embedder.fingerprint, embedder.dimension)
        by_text = np.full(len(view.texts), np.nan, dtype=np.float32)
        by_text[texts] = table.cosines_of(self._database, texts, vector)
        near = asked[best(np.nan_to_num(by_text[asked], nan=-1.0) + 1, self._near)]
        return self._merge_known(by_text, near, texts)

    @property
    def _near(self) -> int:
        """How many texts are near: in a small repository at most half of them."""
        return min(NEAR, (len(self._view.texts) + 1) // 2)

    def _merge_known(self, by_text: ScoreColumn, near: RowNumbers, asked: RowNumbers) -> _Meaning:
        """Keep what is known of the texts that were asked about."""
        told = np.full(len(by_text), np.nan, dtype=np.float32)
        told[asked] = by_text[asked]
        border = float(np.nanmin(by_text[near])) if len(near) else 0.0
        return _Meaning(told, self._view.rows_of_texts(near), border)
