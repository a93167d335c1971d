"""Search: hits, and how much of the repository was searched for them.

Both tiers propose, every candidate is scored by both, and `rank` fuses them. The dense tier may be
partial or absent; then the coverage says so. A search never claims that nothing exists: it says
what was found and what was looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from indexing.ranking import weights as rank
from indexing.ranking.engine import FindNearest, RankingCandidates, RankingEngine
from indexing.ranking.index_view import IndexView
from indexing.ranking.index_view_reader import view_of
from indexing.ranking.recency import FileActivity
from indexing.ranking.vector_scan import table_of
from indexing.ranking.weights import RankingWeights
from indexing.search.hits import Hit, best_places, hit_of, read_places
from indexing.search.index_coverage import IndexCoverage
from indexing.search.question_words import question_words
from indexing.search.worktree_freshness import WorktreeFreshness
from indexing.store.manifest import Generation, Manifest
from indexing.symbols import call_sites
from indexing.symbols.resolution.entities import DefinitionEntity
from indexing.symbols.symbol_index import SymbolIndex
from indexing.vectors import coverage_notes
from indexing.vectors import store as dense
from indexing.vectors.embedder import Embedder
from indexing.words.query import MAX_TEXT_LENGTH, Query, analyse
from indexing.words.terms import QueryTerm
from rooftree.errors import EmbeddingError

__all__ = ["FindNearest", "Hit", "IndexCoverage", "RankingSettings", "SearchResult", "Searcher"]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Hits, best first, and the coverage they were found with."""

    query: Query
    hits: tuple[Hit, ...]
    coverage: IndexCoverage
    terms: tuple[QueryTerm, ...] = ()


@dataclass(frozen=True, slots=True)
class RankingSettings:
    """What orders the hits: the weights, and what the repository says of its own files."""

    weights: RankingWeights
    activity: FileActivity | None = None
    """Which files were changed lately; None where that is not known."""


class Searcher:
    """Searches one generation of one worktree."""

    def __init__(
        self,
        manifest: Manifest,
        generation: Generation,
        *,
        embedder: Embedder | None = None,
        nearest: FindNearest | None = None,
        looked: WorktreeFreshness | None = None,
        ranking: RankingSettings | None = None,
    ) -> None:
        self._manifest = manifest
        self._generation = generation
        self.dense_share: Callable[[], float] | None = None
        """Tells which part has vectors, where it is known without counting."""
        self.wants_meaning = embedder is not None
        """Whether vectors are wanted: where there are none, that is told as not looked at."""
        self._embedder = embedder
        self._nearest = nearest
        self._looked = looked or WorktreeFreshness(0, 0.0)
        self._ranking = ranking or RankingSettings(rank.shipped_weights())
        self._notes: list[Callable[[], str]] = []

    def note(self, text: str | Callable[[], str]) -> None:
        """Have the coverage of this searcher's results say so; an empty text says nothing.

        What is only known after the search is a function.
        """
        self._notes.append(text if callable(text) else lambda: text)

    @cached_property
    def view(self) -> IndexView:
        """The generation that is searched, as arrays."""
        return view_of(self._manifest, self._generation)

    def warm(self) -> None:
        """Read the view, and sort its words: a search that finds both there only looks up."""
        self.view.postings.sort()
        len(self.view.text_index)

    def search(self, text: str, limit: int) -> SearchResult:
        """Find at most `limit` places for a question or a name."""
        query = analyse(text)
        candidates = self._candidates(query)
        hits = self._hits(query, candidates, limit)
        cut = coverage_notes.cut_query(MAX_TEXT_LENGTH) if len(text) > MAX_TEXT_LENGTH else ""
        coverage = self.coverage(candidates, cut)
        words = question_words(self.view, query, candidates.words, hits)
        return SearchResult(query, hits, coverage, words)

    def _hits(self, query: Query, candidates: RankingCandidates, limit: int) -> tuple[Hit, ...]:
        view, weights, columns = self.view, self._ranking.weights, candidates.columns
        files = view.document[candidates.rows]
        scores = rank.scores(columns, files, weights, query.kind)
        places = best_places(view, candidates, scores, limit)
        rows = [int(candidates.rows[place.number]) for place in places]
        hits = []
        for place, row in zip(
            places, read_places(self._manifest.database, view, rows), strict=True
        ):
            score, cosine = (float(of[place.number]) for of in (scores, candidates.cosines))
            why = ", ".join(rank.reasons(columns[place.number], weights, query.kind))
            hits.append(hit_of(row, place.lines, score, why, cosine))
        return tuple(hits)

    def _candidates(self, query: Query) -> RankingCandidates:
        """Ask all tiers; where the embedder fails, ask the others again without it, and say so."""
        try:
            return self._engine().candidates(query)
        except EmbeddingError as error:
            self.note(coverage_notes.no_vectors_note(str(error)))
            self._embedder = None
            return self._engine().candidates(query)

    def _engine(self) -> RankingEngine:
        return RankingEngine(
            self._manifest.database,
            self.view,
            self._embedder,
            self._nearest,
            self._ranking.activity,
        )

    def texts_to_embed(self, text: str) -> frozenset[str]:
        """Return the text hashes that words and names propose: what to embed first."""
        rows = self._engine().lexical_rows(analyse(text))
        return frozenset(self.view.texts[number] for number in self.view.text[rows])

    def coverage(self, asked: RankingCandidates | None = None, cut: str = "") -> IndexCoverage:
        """Say what is looked at: after a search by what it asked, and what was `cut` off it."""
        share = self._share(asked)
        missing = coverage_notes.missing_vectors_note(share) if self._embedder else ""
        engine = ""
        if asked is not None and asked.engine:
            missing = "" if asked.by_words else missing
            engine = coverage_notes.engine_skipped_note(asked.engine, by_words=asked.by_words)
        told = [note() for note in self._notes]
        notes = (*self._looked.notes(), missing, engine, *told, cut)
        return IndexCoverage(
            self._generation.commit,
            self._looked.files_behind,
            share,
            self._manifest.reasons(self._generation),
            tuple(note for note in notes if note),
            self._looked.seconds_ago,
            self._looked.checked,
            self._looked.ignored,
            is_empty=self._manifest.is_empty(self._generation),
            stale=self._looked.may_lack,
            without_meaning=coverage_notes.without_meaning(share) if self.wants_meaning else "",
        )

    def _share(self, asked: RankingCandidates | None) -> float:
        """Return which part of the texts was looked at by their vectors."""
        if self._embedder is None or (asked is not None and asked.by_words):
            return 0.0
        if self.dense_share is not None:
            return self.dense_share()
        database, fingerprint = self._manifest.database, self._embedder.fingerprint
        if asked is None:
            return dense.share(database, self._generation, fingerprint)
        # A search without an engine has read them already; counting them in SQL takes longer.
        return table_of(self.view, fingerprint, self._embedder.dimension).share(database)

    def defined(self, names: Sequence[str]) -> set[str]:
        """Return those of `names` that some live symbol has, in any case."""
        return call_sites.defined_names(self._manifest.database, self._generation, names)

    def callers(self, hit: Hit, limit: int) -> list[call_sites.CallSite]:
        """Return calls of a hit's symbol, those that are resolved before those matched by name."""
        name = hit.symbol.rpartition(".")[2]
        if not name or name.startswith("__"):
            return []
        definition = DefinitionEntity(hit.document, hit.symbol)
        found = call_sites.callers(self._symbols, definition, limit + 1)
        return [use for use in found if use.path != hit.path or use.within != hit.symbol][:limit]

    @cached_property
    def _symbols(self) -> SymbolIndex:
        return SymbolIndex(self._manifest, self._generation)
