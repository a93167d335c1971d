"""Plain ways to search: BM25 over chunks, MiniLM with Chroma, and ripgrep ranked by its counts."""

import math
import re
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.retrieval.competitor import CHUNK_LINES, Chunk, Place, chunks_of
from indexing.vectors.embedder import SentenceTransformerEmbedder
from indexing.words.query import analyse
from indexing.words.tokens import counted

MAX_WORDS = 40


class ChunkBm25:
    """BM25 (k1 1.2, b 0.75) over runs of 40 lines, with split and stemmed identifiers."""

    name = "BM25 over chunks"

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._postings: dict[int, list[tuple[int, int]]] = {}
        self._room: Any = None

    def index(self, folder: Path, state: Path) -> None:  # noqa: ARG002 - it keeps nothing on disk
        self._chunks = list(chunks_of(folder))
        self._postings = {}
        lengths = []
        for number, chunk in enumerate(self._chunks):
            bag = counted(chunk.text)
            lengths.append(sum(bag.values()))
            for word, times in bag.items():
                self._postings.setdefault(word, []).append((number, times))
        mean = max(float(np.mean(lengths)), 1.0)
        self._room = 1.2 * (0.25 + 0.75 * np.array(lengths, dtype=np.float32) / mean)

    def update(self, folder: Path) -> None:
        self.index(folder, folder)

    def query(self, text: str, limit: int) -> list[Place]:
        scores = np.zeros(len(self._chunks), dtype=np.float32)
        for word, said in Counter(counted(text)).items():
            held = self._postings.get(word, [])
            if held:
                rows = np.array([number for number, _ in held])
                times = np.array([n for _, n in held], dtype=np.float32)
                rare = math.log(1 + (len(scores) - len(held) + 0.5) / (len(held) + 0.5))
                scores[rows] += min(said, 2) * rare * times * 2.2 / (times + self._room[rows])
        return places(self._chunks, scores, limit)

    def close(self) -> None:
        self._chunks = []


class MiniLmChroma:
    """MiniLM over the same chunks, in Chroma with its own settings: what tutorials build."""

    name = "MiniLM + Chroma"

    def __init__(self, weights: Path) -> None:
        self._embedder = SentenceTransformerEmbedder(weights)
        self._collection: Any = None
        self._state = Path()
        self._known: dict[str, Any] = {}

    def index(self, folder: Path, state: Path) -> None:
        import chromadb
        from chromadb.config import Settings

        self._state = state
        client = chromadb.PersistentClient(
            str(state / "chroma"), settings=Settings(anonymized_telemetry=False)
        )
        self._collection = client.create_collection("chunks", embedding_function=None)
        chunks = list(chunks_of(folder))
        for begin in range(0, len(chunks), 256):
            part = chunks[begin : begin + 256]
            self._collection.add(
                ids=[f"{c.path}:{c.first}:{c.last}" for c in part],
                embeddings=self._embed([c.text for c in part]),
            )

    def _embed(self, texts: list[str]) -> list[Any]:
        """Embed what was not embedded before: more than such a script does, and quicker."""
        unknown = [text for text in dict.fromkeys(texts) if text not in self._known]
        if unknown:
            self._known |= dict(zip(unknown, self._embedder.embed(unknown), strict=True))
        return [self._known[text] for text in texts]

    def update(self, folder: Path) -> None:
        """Fill a new collection."""
        shutil.rmtree(self._state / "again", ignore_errors=True)
        (self._state / "again").mkdir()
        self.index(folder, self._state / "again")

    def query(self, text: str, limit: int) -> list[Place]:
        vector = self._embedder.embed_query([text])
        found = self._collection.query(query_embeddings=vector, n_results=limit, include=[])
        split = (key.rsplit(":", 2) for key in found["ids"][0])
        return [(path, int(first), int(last)) for path, first, last in split]

    def close(self) -> None:
        self._collection = None


class Ripgrep:
    """ripgrep for any of a question's words; files by how many different words they hold."""

    name = "ripgrep"

    def __init__(self, program: str) -> None:
        self._program = program
        self._folder = Path()

    def index(self, folder: Path, state: Path) -> None:  # noqa: ARG002 - it has no index
        self._folder = folder

    def update(self, folder: Path) -> None:
        self._folder = folder

    def query(self, text: str, limit: int) -> list[Place]:
        terms = [word for word in analyse(text).terms if len(word) > 2]
        # Matches do not overlap, so the parts of a name would be hidden by the whole of it.
        words = [w for w in terms if not any(w != t and w in t for t in terms)][:MAX_WORDS]
        if not words:
            return []
        command = [self._program, "--no-heading", "-n", "-i", "-o", "--no-messages"]
        for word in words:
            command += ["-e", re.escape(word)]
        done = subprocess.run(
            [*command, "."],
            cwd=self._folder,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        found: dict[str, Counter[str]] = {}
        lines: dict[str, Counter[int]] = {}
        for line in done.stdout.splitlines():
            path, _, rest = line.removeprefix("./").partition(":")
            number, _, match = rest.partition(":")
            if number.isdigit():
                found.setdefault(path, Counter())[match.lower()] += 1
                lines.setdefault(path, Counter())[int(number) // CHUNK_LINES] += 1
        order = sorted(found, key=lambda p: (-len(found[p]), -sum(found[p].values()), p))
        best = [(path, lines[path].most_common(1)[0][0]) for path in order[:limit]]
        return [(path, run * CHUNK_LINES + 1, (run + 1) * CHUNK_LINES) for path, run in best]

    def close(self) -> None:
        """Nothing is held."""


def places(chunks: list[Chunk], scores: Any, limit: int) -> list[Place]:
    """Return the best chunks that score at all."""
    order = np.argsort(-scores, kind="stable")[:limit]
    return [
        (chunks[n].path, chunks[n].first, chunks[n].last) for n in order.tolist() if scores[n] > 0
    ]
