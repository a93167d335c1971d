"""The dense tier: vectors in the manifest, filled behind the lexical tier and scanned exactly.

Vectors are float16 of unit length, keyed by embedder fingerprint and text hash, so a text that was
seen in any generation, branch or worktree is never embedded again. Filling commits batch by batch
and can be stopped at any moment.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from indexing.parsing.syntax.chunk_header import embedded_text
from indexing.store import checksums as seals
from indexing.store.manifest import Generation, Manifest
from indexing.vectors.embedder import Embedder, Vectors

BATCH = 64
"""Texts of the first transaction, and of every one where the embedder is slow."""
WHOLE = "vectors of all texts: "
"""What the key of the mark of a whole filling begins with; the embedder follows."""
REMEMBERED_SECONDS = 86_400.0
"""So long the mark counts; then each text is asked about, and a vector that was lost is missed."""
MAX_BATCH = 1024
BATCH_SECONDS = 0.5
"""A quick embedder gets more texts at once, but no batch that takes longer: queries wait for it."""

# Definitions first: they answer most questions. Tests and prose fragments come last.
_LIVE_TEXTS = """
SELECT unit.text_sha, min(unit.key),
  min(CASE unit.kind WHEN 'function' THEN 0 WHEN 'method' THEN 0 WHEN 'class' THEN 0
    WHEN 'section' THEN 1 WHEN 'lines' THEN 3 WHEN 'key' THEN 3 ELSE 2 END
    + CASE WHEN document.path LIKE '%test%' THEN 4 ELSE 0 END) AS rank
FROM unit CROSS JOIN live ON live.unit = unit.key AND live.generation = :generation
JOIN document ON document.id = live.document
WHERE unit.key IN (SELECT key FROM unit WHERE {among} NOT EXISTS (SELECT 1 FROM embedding
  WHERE embedding.fingerprint = :fingerprint AND embedding.text_sha = unit.text_sha))
GROUP BY unit.text_sha ORDER BY rank, min(unit.key)
"""
_AMONG = "text_sha IN (SELECT value FROM json_each(:texts)) AND"
_WITHOUT_VECTOR = """
SELECT DISTINCT text_sha FROM unit WHERE NOT EXISTS (SELECT 1 FROM embedding
  WHERE embedding.fingerprint = ? AND embedding.text_sha = unit.text_sha)
"""
_WITHOUT = """
SELECT value FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM embedding
  WHERE embedding.fingerprint = ? AND embedding.text_sha = value)
"""
_COUNT_LIVE = """
SELECT count(DISTINCT unit.text_sha) FROM unit
JOIN live ON live.unit = unit.key AND live.generation = ?
"""

_COUNT_AMONG = f"{_COUNT_LIVE} WHERE unit.text_sha IN (SELECT value FROM json_each(?))"  # noqa: S608 - two constants


@dataclass(frozen=True, slots=True)
class DenseMatch:
    """A text near the query; `score` is the cosine."""

    text_sha: str
    score: float


@dataclass(frozen=True, slots=True)
class FillProgress:
    """How far a fill has come: texts done in all, and texts that are live."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which texts are to be embedded, by their hashes."""

    first: frozenset[str] = frozenset()
    """These before all others."""
    among: frozenset[str] | None = None
    """No others than these; None: any that has no vector."""


ALL = Wanted()


def lacking_among(
    database: sqlite3.Connection, fingerprint: str, texts: Collection[str]
) -> frozenset[str]:
    """Return those of some texts that have no vector."""
    if not texts:
        return frozenset()
    rows = database.execute(_WITHOUT, (json.dumps(list(texts)), fingerprint))
    return frozenset(sha for (sha,) in rows)


def missing(database: sqlite3.Connection, fingerprint: str) -> list[str]:
    """Return the texts that have no vector, live or not."""
    return [row[0] for row in database.execute(_WITHOUT_VECTOR, (fingerprint,))]


def share(database: sqlite3.Connection, generation: Generation, fingerprint: str) -> float:
    """Return which part of the live texts has a vector, from 0.0 to 1.0."""
    if is_whole(database, generation, fingerprint):
        return 1.0
    without = missing(database, fingerprint)
    if not without:
        return 1.0
    live = int(database.execute(_COUNT_LIVE, (generation.id,)).fetchone()[0])
    lacking = database.execute(_COUNT_AMONG, (generation.id, json.dumps(without))).fetchone()[0]
    return (live - int(lacking)) / live if live else 1.0


def is_whole(database: sqlite3.Connection, generation: Generation, fingerprint: str) -> bool:
    """Say whether no text of a generation was without a vector within the last day.

    To ask of each of 200,000 texts takes a second.
    """
    row = database.execute(
        "SELECT value FROM meta WHERE key = ?", (WHOLE + fingerprint,)
    ).fetchone()
    name, _, at = str(row[0] if row else "").rpartition(" at ")
    try:
        age = time.time() - float(at)
    except ValueError:  # there is no mark, or it is damaged
        return False
    return name == _name_of(generation) and 0 <= age < REMEMBERED_SECONDS


def mark_whole(manifest: Manifest, generation: Generation, fingerprint: str) -> None:
    """Remember that every text of a generation has a vector."""
    if is_whole(manifest.database, generation, fingerprint):
        return
    told = WHOLE + fingerprint, f"{_name_of(generation)} at {time.time()!r}"
    with manifest.transaction():
        manifest.database.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", told)


def _name_of(generation: Generation) -> str:
    """Return what tells a generation from one with its number in a rebuilt manifest."""
    return f"{generation.id} made {generation.made!r}"


def fill(
    manifest: Manifest,
    generation: Generation,
    embedder: Embedder,
    *,
    progress: Callable[[int, int], None] | None = None,
    keep_going: Callable[[], bool] = lambda: True,
    wanted: Wanted = ALL,
) -> FillProgress:
    """Embed every live text that has no vector yet.

    `keep_going` is asked before each batch; what is done by then is kept.
    """
    among = wanted.among
    texts = {} if among is None else {"texts": json.dumps(list(among))}
    parameters = {"generation": generation.id, "fingerprint": embedder.fingerprint} | texts
    query = _LIVE_TEXTS.format(among="" if among is None else _AMONG)
    rows = manifest.database.execute(query, parameters).fetchall()
    missing = sorted(
        ((sha, key) for sha, key, _ in rows), key=lambda row: row[0] not in wanted.first
    )
    done, total, size = 0, len(missing), BATCH
    manifest.expect_many_writes()
    while done < total and keep_going():
        began = time.monotonic()
        batch = missing[done : done + size]
        vectors = embedder.embed(
            _texts(manifest.database, [key for _, key in batch], embedder.header_times)
        )
        with manifest.transaction():
            add(manifest.database, embedder.fingerprint, [sha for sha, _ in batch], vectors)
        done += len(batch)
        size = _next_size(size, time.monotonic() - began)
        if progress is not None:
            progress(done, total)
    if done >= total:
        mark_whole(manifest, generation, embedder.fingerprint)
    return FillProgress(done, total)


def _next_size(size: int, seconds: float) -> int:
    """Return how many texts the next batch gets, from how long the last one took."""
    if seconds > BATCH_SECONDS:
        return max(BATCH, size // 2)
    return min(MAX_BATCH, 2 * size) if seconds < BATCH_SECONDS / 2 else size


def _texts(database: sqlite3.Connection, units: Sequence[int], header_times: int) -> list[str]:
    """Return what an embedder sees of units, in their order."""
    rows = database.execute(
        f"SELECT key, seal, {seals.UNIT} FROM unit"  # noqa: S608 - our own columns
        " WHERE key IN (SELECT value FROM json_each(?))",
        (json.dumps(units),),
    )
    found: dict[int, str] = {}
    for key, sealed, *fields in rows:
        seals.check_unit(fields, sealed)
        _, _, _, symbol, enclosing, _, _, _, text = fields
        found[key] = embedded_text(symbol, enclosing, text, header_times)
    return [found[key] for key in units]


def add(
    database: sqlite3.Connection, fingerprint: str, keys: Sequence[str], vectors: Vectors
) -> None:
    packed = [vector.astype(np.float16).tobytes() for vector in vectors]
    database.executemany(
        "INSERT OR REPLACE INTO embedding(fingerprint, text_sha, vector, seal) VALUES (?, ?, ?, ?)",
        (
            (fingerprint, sha, vector, seals.vector_seal(sha, vector))
            for sha, vector in zip(keys, packed, strict=True)
        ),
    )


def stored(
    database: sqlite3.Connection, fingerprint: str, keys: Sequence[str]
) -> list[tuple[str, bytes]]:
    """Return (key, float16 bytes) of each of `keys` that has a vector."""
    rows = database.execute(
        "SELECT text_sha, vector, seal FROM embedding"
        " WHERE fingerprint = ? AND text_sha IN (SELECT value FROM json_each(?))",
        (fingerprint, json.dumps(keys)),
    )
    return list(seals.check_vectors(rows))


def all_stored(database: sqlite3.Connection, fingerprint: str) -> Iterator[tuple[str, bytes]]:
    """Yield (key, float16 bytes) of every text that has a vector, live or not."""
    rows = database.execute(
        "SELECT text_sha, vector, seal FROM embedding WHERE fingerprint = ?", (fingerprint,)
    )
    yield from seals.check_vectors(rows)
