"""The way out: hits, and how much of the repository they were looked for in.

Both tiers propose, every candidate is scored by both, and `rank` fuses them. The dense tier may be
partial or absent; then the coverage says so. A search never claims that nothing exists: it says
what was found and what was looked at.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from indexing import dense, lexical, occurrences, uses
from indexing.dense import DenseMatch
from indexing.embed import Embedder, Vectors
from indexing.manifest import Generation, Manifest
from indexing.occurrences import Occurrence
from indexing.query import Query, analyse
from indexing.rank import Candidate, Ranked, rank
from indexing.terms import Term, share, weigh

CANDIDATES = 200
"""How many occurrences each tier proposes."""
LEAST_LIVE = 100
"""Fewer live proposals than this from a vector engine are not taken for all there are."""
NAMED = 50
"""How many definitions of the names in a question are looked at."""
RARE = 10
"""What more places than this hold does not single any of them out."""
LONGEST_DEFINITION = 120
"""A definition of more lines than this is shown by its best part."""
LONGEST_QUERY = 12
"""A longer question is searched by its rarest terms."""
COMMON_SHARE = 0.1
"""A term in more than this part of the units says little and is dropped from long questions."""

NearestTexts = Callable[[Vectors, int], list[DenseMatch]]
"""Finds the texts nearest to a query vector: an exact scan, or Chroma."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at: the commit (None for a plain folder), and what was not seen."""

    commit: str | None
    files_behind: int
    dense_share: float
    skipped: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "commit": self.commit,
            "files_behind": self.files_behind,
            "dense_share": round(self.dense_share, 4),
            "skipped": self.skipped,
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
    coverage: Coverage
    terms: tuple[Term, ...] = ()


class Searcher:
    """Searches one generation of one worktree."""

    def __init__(
        self,
        manifest: Manifest,
        generation: Generation,
        *,
        embedder: Embedder | None = None,
        nearest: NearestTexts | None = None,
        files_behind: int = 0,
    ) -> None:
        self._manifest = manifest
        self._generation = generation
        self._embedder = embedder
        self._nearest = nearest or self._scan
        self._files_behind = files_behind

    def search(self, text: str, limit: int) -> SearchResult:
        """Find at most `limit` places for a question or a name."""
        query = analyse(text)
        lexical_scores = self._lexical_scores(query)
        mentions = self._mentions(query)
        vector = self._embed(query)
        proposed = {*lexical_scores, *mentions, *self._named(query)}
        if vector is not None:
            proposed.update(self._near(vector))
        rows = occurrences.read(self._manifest.database, sorted(proposed))
        cosines = self._cosines(rows, vector)
        terms = self._weigh(query.terms, [row.id for row in rows])
        by_file = _by_file(rows)
        candidates = [
            Candidate(
                row.id,
                row.path,
                row.symbol,
                row.kind,
                lexical_scores.get(row.id, 0.0),
                cosines.get(row.text_sha),
                mentions.get(row.id, 0.0),
                share(terms, [row.id]),
                share(terms, by_file[row.path]),
            )
            for row in rows
        ]
        hits = self._hits(rank(query, candidates), rows, cosines, limit)
        return SearchResult(query, hits, self.coverage(), terms)

    def _hits(
        self,
        ranked: Sequence[Ranked],
        rows: Sequence[Occurrence],
        cosines: dict[str, float],
        limit: int,
    ) -> tuple[Hit, ...]:
        """Take the best; the parts of a definition that is shown whole count once."""
        by_key = {row.id: row for row in rows}
        hits: list[Hit] = []
        seen: set[tuple[int, int, int]] = set()
        for item in ranked:
            if len(hits) >= limit:
                break
            row = by_key[item.occurrence]
            span = occurrences.definition_span(self._manifest.database, row, LONGEST_DEFINITION)
            if (row.document, *span) not in seen:
                seen.add((row.document, *span))
                hits.append(_hit(item, row, span, cosines.get(row.text_sha)))
        return tuple(hits)

    def proposed_texts(self, text: str) -> frozenset[str]:
        """Return the text hashes that words and names propose: what is worth embedding first."""
        query = analyse(text)
        database = self._manifest.database
        found = [*self._lexical_scores(query), *self._named(query)]
        return frozenset(row.text_sha for row in occurrences.read(database, found))

    def coverage(self) -> Coverage:
        share = (
            dense.share(self._manifest.database, self._generation, self._embedder.fingerprint)
            if self._embedder
            else 0.0
        )
        reasons = Counter(reason for _, reason in self._manifest.skipped(self._generation))
        return Coverage(
            self._generation.commit, self._files_behind, share, dict(sorted(reasons.items()))
        )

    def defined(self, names: Sequence[str]) -> set[str]:
        """Return those of `names` (lower case) that some live symbol has."""
        found = uses.definitions(self._manifest, self._generation, names, NAMED)
        return {item.qualified.rpartition(".")[2].lower() for item in found} & set(names)

    def callers(self, hit: Hit, limit: int) -> list[uses.Use]:
        """Return calls of a hit's symbol, matched by name."""
        name = hit.symbol.rpartition(".")[2]
        if not name or name.startswith("__"):
            return []
        found = uses.callers(self._manifest, self._generation, name, limit + 1)
        return [use for use in found if use.path != hit.path or use.within != hit.symbol][:limit]

    def _lexical_scores(self, query: Query) -> dict[int, float]:
        terms = self._selective(query.terms)
        matches = lexical.query(self._manifest.database, self._generation.id, terms, CANDIDATES)
        return {match.occurrence: match.score for match in matches}

    def _weigh(self, words: Sequence[str], among: Sequence[int]) -> tuple[Term, ...]:
        units = self._manifest.count(self._generation, "occurrence")
        return weigh(self._manifest.database, self._generation.id, words, units, among)

    def _named(self, query: Query) -> list[int]:
        """Return the occurrences in which a name that the question gives is defined."""
        return occurrences.defining(
            self._manifest.database, self._generation.id, query.names, NAMED
        )

    def _mentions(self, query: Query) -> dict[int, float]:
        """Return how much of what the question names or quotes the best users of it hold.

        A name that many places use says little about any one of them; quoted text says all.
        """
        shares: dict[int, float] = {}
        for name in query.names:
            found = self._holding(name)
            for key in found:
                share_of_name = min(1.0, RARE / len(found)) / len(query.names)
                shares[key] = shares.get(key, 0.0) + share_of_name
        for phrase in query.phrases:
            found = self._holding(phrase)
            shares.update(dict.fromkeys(found, 1.0) if len(found) <= RARE else {})
        return shares

    def _holding(self, term: str) -> list[int]:
        matches = lexical.query(self._manifest.database, self._generation.id, [term], NAMED)
        return [match.occurrence for match in matches]

    def _selective(self, terms: Sequence[str]) -> Sequence[str]:
        """Keep the rarest terms of a long question."""
        if len(terms) <= LONGEST_QUERY:
            return terms
        units = self._manifest.count(self._generation, "occurrence")
        counted = sorted((term.frequency, term.word) for term in self._weigh(terms, []))
        rare = [word for count, word in counted if 0 < count <= COMMON_SHARE * units]
        return (rare or [word for _, word in counted])[:LONGEST_QUERY]

    def _embed(self, query: Query) -> Vectors | None:
        if self._embedder is None:
            return None
        vector: Vectors = self._embedder.embed([query.text])[0]
        return vector

    def _near(self, vector: Vectors) -> list[int]:
        """Return the live occurrences nearest to a vector.

        An engine that holds dead texts too may propose too few live ones; then all are scanned.
        """
        database = self._manifest.database
        for nearest in (self._nearest, self._scan):
            texts = [match.text_sha for match in nearest(vector, CANDIDATES)]
            found = occurrences.of_texts(database, self._generation.id, texts)
            if len(found) >= LEAST_LIVE:
                break
        return found

    def _scan(self, vector: Vectors, limit: int) -> list[DenseMatch]:
        if self._embedder is None:
            return []
        return dense.scan(
            self._manifest.database, self._generation, self._embedder.fingerprint, vector, limit
        )

    def _cosines(self, rows: Sequence[Occurrence], vector: Vectors | None) -> dict[str, float]:
        if vector is None or self._embedder is None or not rows:
            return {}
        keys = list({row.text_sha for row in rows})
        return dense.score(self._manifest.database, self._embedder.fingerprint, keys, vector)


def _by_file(rows: Sequence[Occurrence]) -> dict[str, list[int]]:
    files: dict[str, list[int]] = {}
    for row in rows:
        files.setdefault(row.path, []).append(row.id)
    return files


def _hit(item: Ranked, row: Occurrence, span: tuple[int, int], cosine: float | None) -> Hit:
    return Hit(
        row.path,
        *span,
        row.symbol,
        row.kind,
        item.score,
        ", ".join(item.why),
        row.language,
        row.signature,
        row.doc,
        row.text,
        row.blob,
        row.document,
        row.id,
        cosine,
        (row.start, row.end),
    )
