"""A small embedder that is exact, and quick enough to count what was embedded."""

import hashlib
import re
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from indexing.vectors import store as dense
from indexing.vectors.embedder import Vectors
from indexing.vectors.store import DenseMatch

DIMENSION = 64


def exact_nearest(
    database: sqlite3.Connection, fingerprint: str, vector: Vectors, limit: int
) -> list[DenseMatch]:
    """Return the texts nearest to a vector, of all that are stored, best first."""
    rows = list(dense.all_stored(database, fingerprint))
    matrix = np.frombuffer(b"".join(packed for _, packed in rows), dtype=np.float16)
    cosines = matrix.reshape(len(rows), -1).astype(np.float32) @ vector
    best = np.argsort(-cosines, kind="stable")[:limit]
    return [DenseMatch(rows[number][0], float(cosines[number])) for number in best]


class HashingEmbedder:
    """Words hashed into a few dimensions: equal texts get equal vectors, like texts near ones.

    `texts` records everything that was embedded, in order; `journal`, where given, is a file that
    gets a line with the hash of each text, so that a killed process still tells what it embedded.
    """

    dimension = DIMENSION
    header_times = 1

    def __init__(self, fingerprint: str = "hashing-64", journal: Path | None = None) -> None:
        self.fingerprint = fingerprint
        self.texts: list[str] = []
        self._journal = journal

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        vectors = np.array([self._vector(text) for text in texts], np.float32)
        if self._journal is not None:
            with self._journal.open("a", encoding="ascii") as journal:
                journal.writelines(f"{text_key(text)}\n" for text in texts)
        return vectors.reshape(len(texts), self.dimension)

    def embed_query(self, texts: Sequence[str]) -> Vectors:
        return self.embed(texts)

    def _vector(self, text: str) -> Vectors:
        vector = np.zeros(self.dimension, np.float32)
        for word in re.findall(r"\w+", text.lower()):
            digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            number = int.from_bytes(digest, "big")
            vector[number % self.dimension] += 1.0 if number >> 32 & 1 else -1.0
        if not vector.any():
            vector[0] = 1.0
        return vector / np.float32(np.linalg.norm(vector))


def text_key(text: str) -> str:
    """Return the key under which the manifest keeps the vector of an embedded text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
