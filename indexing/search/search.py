"""Search: hits, and how much of the repository was searched for them.

Both tiers propose, every candidate is scored by both, and `rank` fuses them. The dense tier may be
partial or absent; then the coverage says so. A search never claims that nothing exists: it says
what was found and what was looked at.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from indexing.ranking import weights as rank
from indexing.ranking.arrays import RowNumbers
from indexing.ranking.bm25 import rarity_of
from indexing.ranking.diversify import RankedPlace, diversified
from indexing.ranking.engine import FindNearest, RankingCandidates, RankingEngine
from indexing.ranking.features import RepositorySignals
from indexing.ranking.index_view import IndexView
from indexing.ranking.index_view_reader import view_of
from indexing.ranking.vector_scan import table_of
from indexing.ranking.weights import RankingWeights
from indexing.search.worktree_freshness import WorktreeFreshness, rounded
from indexing.store import occurrence_store as occurrences
from indexing.store.manifest import Generation, Manifest
from indexing.store.occurrence_store import Occurrence
from indexing.symbols import call_sites
from indexing.symbols.resolution.entities import DefinitionEntity
from indexing.symbols.symbol_index import SymbolIndex
from indexing.vectors import coverage_notes
from indexing.vectors import store as dense
from indexing.vectors.embedder import Embedder
from indexing.words.query import MAX_TEXT_LENGTH, Query, analyse
from indexing.words.terms import QueryTerm, abbreviations
from indexing.words.tokens import key
from rooftree.errors import EmbeddingError

__all__ = ["FindNearest", "Hit", "IndexCoverage", "RankingSettings", "SearchResult", "Searcher"]

NAMED = 50
"""How many definitions of the names in a question are looked at."""
MAX_DEFINITION_LINES = 120
"""A definition of more lines than this is shown by its best part."""


@dataclass(frozen=True, slots=True)
class IndexCoverage:
    """What was looked at: the commit (None for a plain folder), and what was not seen.

    `files_behind` is what the last look at the files found, None where there was none yet.

    `notes` say in words why a tier is missing or short; they are meant for a person.
    """

    commit: str | None
    files_behind: int | None
    dense_share: float
    skipped: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    looked_seconds_ago: float | None = None
    checked: str = ""
    """When the index was last looked at for damage, in words."""
    ignored: int | None = 0
    """How many files and folders git's ignore rules leave out, which `skipped` does not count;
    None where nobody has counted them yet."""
    without_symbols: dict[str, int] = field(default_factory=dict)
    """Of an answer from symbols: how many files have none, by the ending of their names."""
    partly_parsed: int = 0
    """Of an answer from symbols: how many files could not be parsed whole."""
    is_empty: bool = False
    """Whether no file was indexed at all."""
    stale: bool = False
    """Whether what is searched is not what is there now, or lacks what a fault kept out."""

    without_meaning: str = ""
    """Of a search: which part of the units was searched by words and names alone, in words."""

    @property
    def not_looked_at(self) -> tuple[str, ...]:
        """What was not seen, in words: what an answer that found nothing has to name."""
        told = coverage_notes.not_looked_at(
            self.files_behind, self.skipped, self.ignored, self.without_symbols, self.partly_parsed
        )
        told = (*told, self.without_meaning) if self.without_meaning else told
        return (coverage_notes.EMPTY, *told) if self.is_empty else told

    @property
    def nothing(self) -> Literal["not_found", "could_not_look"]:
        """What an answer without a hit means: an index must be whole and of now to deny."""
        unsure = self.is_empty or self.stale or self.files_behind is None or self.files_behind > 0
        return "could_not_look" if unsure else "not_found"

    def status(self, *, found: bool) -> Literal["found", "not_found", "could_not_look"]:
        """Tell "nothing found" from "could not look"."""
        return "found" if found else self.nothing

    def as_json(self) -> dict[str, Any]:
        return {
            "commit": self.commit,
            "files_behind": self.files_behind,
            "looked_seconds_ago": rounded(self.looked_seconds_ago),
            "dense_share": round(self.dense_share, 4),
            "skipped": self.skipped,
            "notes": list(self.notes),
            "checked": self.checked,
            "without_symbols": self.without_symbols,
            "partly_parsed": self.partly_parsed,
            "not_looked_at": list(self.not_looked_at),
        }


@dataclass(frozen=True, slots=True)
class Hit:
    """A place that was found: lines are 1-based and inclusive, `text` is redacted.

    `start` to `end` is the whole definition where it is not too long, `focus` the lines of the part
    that matched, and `text` the text of that part.
    """

    path: str
    start: int
    end: int
    symbol: str
    kind: str
    score: float
    why: str
    language: str
    signature: str
    doc: str
    text: str
    blob: str
    document: int
    occurrence: int
    cosine: float | None
    focus: tuple[int, int]

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "start": self.start,
            "end": self.end,
            "symbol": self.symbol,
            "kind": self.kind,
            "score": round(self.score, 4),
            "why": self.why,
        }


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
    signals: RepositorySignals = field(default_factory=RepositorySignals)


def _are_in(rows: RowNumbers, rising: RowNumbers) -> NDArray[np.bool_]:
    """Say of each of a few rows whether it is one of many rising ones."""
    if not len(rising):
        return np.zeros(len(rows), dtype=bool)
    places = np.minimum(np.searchsorted(rising, rows), len(rising) - 1)
    found: NDArray[np.bool_] = rising[places] == rows
    return found


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
        self._searched = False
        self._asked: RankingCandidates | None = None

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
        if len(text) > MAX_TEXT_LENGTH:
            self.note(coverage_notes.cut_query(MAX_TEXT_LENGTH))
        candidates = self._candidates(query)
        self._searched, self._asked = True, candidates
        files = self.view.document[candidates.rows]
        scores = rank.scores(candidates.columns, files, self._ranking.weights, query.kind)
        hits = self._hits(query, candidates, scores, limit)
        return SearchResult(query, hits, self.coverage(), self._terms(query, candidates, hits))

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
            self._manifest.database, self.view, self._embedder, self._nearest, self._ranking.signals
        )

    def _hits(
        self, query: Query, candidates: RankingCandidates, scores: rank.RankingScores, limit: int
    ) -> tuple[Hit, ...]:
        """Take the best; the parts of a definition that is shown whole count once."""
        shown = diversified(self._ranked(candidates, scores), limit)
        rows = self._read([int(candidates.rows[place.number]) for place in shown])
        hits = []
        for place, row in zip(shown, rows, strict=True):
            why = rank.reasons(candidates.columns[place.number], self._ranking.weights, query.kind)
            cosine = float(candidates.cosines[place.number])
            hits.append(_hit(row, place.lines, float(scores[place.number]), why, cosine))
        return tuple(hits)

    def _ranked(
        self, candidates: RankingCandidates, scores: rank.RankingScores
    ) -> Iterator[RankedPlace]:
        """Yield the candidates, best first, with the lines that each would show."""
        for number in np.lexsort((candidates.rows, -scores)).tolist():
            row = int(candidates.rows[number])
            yield RankedPlace(number, int(self.view.document[row]), self._span(row))

    def _read(self, rows: list[int]) -> list[Occurrence]:
        ids = self.view.ids[rows].tolist()
        by_id = {row.id: row for row in occurrences.read(self._manifest.database, ids)}
        if len(by_id) < len(set(ids)):
            raise sqlite3.DatabaseError("units that are listed are not there")
        return [by_id[number] for number in ids]

    def _span(self, row: int) -> tuple[int, int]:
        """Return the lines of the whole definition that a row belongs to, if it is not too long.

        The parts of a long definition follow each other and carry its symbol; a part of one that
        is longer than `MAX_DEFINITION_LINES` stays on its own.
        """
        view = self.view
        own = int(view.starts[row]), int(view.ends[row])
        start, end = own
        if not view.symbols[row]:
            return own
        below = row + 1
        while self._continues(row, below) and view.starts[below] <= end + 1:
            end = max(end, int(view.ends[below]))
            below += 1
        above = row - 1
        while self._continues(row, above) and view.ends[above] >= start - 1:
            start = min(start, int(view.starts[above]))
            above -= 1
        return own if end - start >= MAX_DEFINITION_LINES else (start, end)

    def _continues(self, row: int, other: int) -> bool:
        view = self.view
        return (
            0 <= other < len(view.ids)
            and view.document[other] == view.document[row]
            and view.symbols[other] == view.symbols[row]
        )

    def _terms(
        self, query: Query, candidates: RankingCandidates, hits: Sequence[Hit]
    ) -> tuple[QueryTerm, ...]:
        """Say of each word how rare it is, and which hits hold it.

        Numbers are left out: in a message they vary from run to run.
        """
        view = self.view
        said = dict(zip(query.terms, query.written, strict=True))
        shown = view.rows_of(np.array([hit.occurrence for hit in hits], dtype=np.int64))
        terms = []
        for word in candidates.words:
            if not word.text.isdigit():
                frequency, holders = self._holding(word.text, shown)
                weight = rarity_of(len(view.ids), frequency)
                held_by = frozenset(view.ids[holders].tolist())
                written = said.get(word.text, word.text)
                terms.append(QueryTerm(word.text, frequency, weight, held_by, written))
        return tuple(terms)

    def _holding(self, word: str, among: RowNumbers) -> tuple[int, RowNumbers]:
        """Count the rows whose text, name or path holds a word, or what code writes for it.

        Returns those of them as well that are `among` some rows.
        """
        view = self.view
        for form in (word, *abbreviations().get(word, ())):
            held = view.postings.held(key(form)).rows
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

    def proposed_texts(self, text: str) -> frozenset[str]:
        """Return the text hashes that words and names propose: what to embed first."""
        rows = self._engine().lexical_rows(analyse(text))
        return frozenset(self.view.texts[number] for number in self.view.text[rows])

    def coverage(self) -> IndexCoverage:
        share = self._share()
        missing = coverage_notes.missing_vectors_note(share) if self._embedder else ""
        engine = ""
        if self._asked is not None and self._asked.engine:
            by_words = self._asked.by_words
            missing = "" if by_words else missing
            engine = coverage_notes.engine_skipped_note(self._asked.engine, by_words=by_words)
        told = [note() for note in self._notes]
        notes = (*self._looked.notes(), missing, engine, *told)
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

    def _share(self) -> float:
        """Return which part of the texts was looked at by their vectors."""
        if self._embedder is None or (self._asked is not None and self._asked.by_words):
            return 0.0
        if self.dense_share is not None:
            return self.dense_share()
        database, fingerprint = self._manifest.database, self._embedder.fingerprint
        if not self._searched:
            return dense.share(database, self._generation, fingerprint)
        # A search without an engine has read them already; counting them in SQL takes longer.
        return table_of(self.view, fingerprint, self._embedder.dimension).share(database)

    def defined(self, names: Sequence[str]) -> set[str]:
        """Return those of `names` (lower case) that some live symbol has."""
        found = call_sites.definitions(self._manifest, self._generation, names, NAMED)
        return {item.qualified.rpartition(".")[2].lower() for item in found} & set(names)

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


def _hit(
    row: Occurrence, span: tuple[int, int], score: float, why: Sequence[str], cosine: float
) -> Hit:
    return Hit(
        row.path,
        *span,
        row.symbol,
        row.kind,
        score,
        ", ".join(why),
        row.language,
        row.signature,
        row.doc,
        row.text,
        row.blob,
        row.document,
        row.id,
        None if np.isnan(cosine) else cosine,
        (row.start, row.end),
    )
