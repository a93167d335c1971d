"""Chroma as a cache: the manifest's vectors in an engine that answers without reading them all.

It holds ids (text hashes) and vectors only, is filled from the manifest and never by embedding
again, and may be thrown away at any time. A directory that was closed in order has a seal beside
it, the check sums of its files; only such a one is opened again. One whose seal is broken is set
aside; one without a seal, whose owner was killed, is left for a new `chroma-N`: about one in ten of
those never opens again, and one with a single damaged byte has crashed the process that read it
(docs/decisions/0007-fresh-and-whole.md).
Exactly one process owns a directory: that of `chroma_process`, a child of the lock's holder.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexing.store.garbage import chroma_folders
from indexing.store.schema import aside_suffix
from indexing.vectors import chroma_checksum as chroma_seal
from indexing.vectors.embedder import Vectors
from indexing.vectors.store import DenseMatch, stored
from rooftree.paths import private_folder
from rooftree.telemetry.logs import logger

if TYPE_CHECKING:
    from chromadb.api.collection_configuration import CreateHNSWConfiguration

BATCH = 64
"""Vectors a write: batches of 500 broke directories under kill -9, batches of 64 never did."""
HNSW: "CreateHNSWConfiguration" = {
    "space": "cosine",
    "ef_search": 400,
    "ef_construction": 300,
    "max_neighbors": 48,
}
"""Code is full of near-duplicates, which make islands in a thin graph: with Chroma's own 16
neighbours the best places of a small repository were never found (docs/experiments.md)."""
PAGE = 5000
IDS = "ids-that-are-held"
"""Our file in the directory, under its checksum: to ask Chroma for 200,000 ids takes seconds."""


class ChromaCache:
    """The vectors of one embedder of one repository."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._folder = folder
        self._name = f"vectors-{fingerprint}"
        self._fingerprint = fingerprint
        self._collection: Any = None
        self._listed: set[str] | None = None
        """The ids of the vectors, once they were read, and what was written since: to list 60,000
        takes seconds."""
        self.path: Path | None = None
        self.whole = False
        """Whether a filling has come to its end: what it held then can be asked for."""

    def synchronise(
        self, database: sqlite3.Connection, progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Make the cache hold exactly the manifest's vectors; fill a new one where it cannot."""
        wanted = {
            row[0]
            for row in database.execute(
                "SELECT text_sha FROM embedding WHERE fingerprint = ?", (self._fingerprint,)
            )
        }
        if self._listed is None:
            self._listed = self._held()
        if dead := len(self._listed - wanted):
            logger("chroma").info("refilling: %d ids are not in the manifest", dead)
            self._open(self._new_folder())
        self._fill(database, sorted(wanted - self._listed), progress)
        if self.path is not None and self._count() != len(wanted):
            self._set_aside(self.path, "it counts other vectors than it lists")
            self._fill(database, sorted(wanted), progress)
            self._count()
        self.whole = True
        self._drop_others()

    def query(self, vector: Vectors, limit: int) -> list[DenseMatch]:
        """Return the nearest texts, live or not, best first."""
        held = len(self._listed or ())
        if held == 0:
            return []
        answer = self._collection.query(
            query_embeddings=[vector.tolist()], n_results=min(limit, held), include=["distances"]
        )
        return [
            DenseMatch(key, 1.0 - distance)
            for key, distance in zip(answer["ids"][0], answer["distances"][0], strict=True)
        ]

    def close(self, *, failed: bool = False) -> None:
        """Close the directory and write its checksum; a failed one is set aside on opening."""
        opened, self._collection = self._collection is not None, None
        listed, self._listed, self.whole = self._listed, None, False
        _forget_clients()
        if opened and self.path is not None:
            if listed is not None:
                with suppress(OSError):
                    (self.path / IDS).write_text("\n".join(listed), "ascii")
            chroma_seal.write_checksum(self.path, sound=not failed)

    def _count(self) -> int:
        return int(self._collection.count())

    def _held(self) -> set[str]:
        """Open the directory where it is not open yet; return the ids that it can be trusted on."""
        if self._collection is not None:
            return set(self._ids())
        newest = self._newest()
        if newest is None:
            self._open(self._new_folder())
            return set()
        sealed = chroma_seal.take_checksum(newest)
        if sealed is False:
            self._set_aside(newest, "its files are not as they were sealed")
            return set()
        if sealed is None:
            logger("chroma").warning("refilling: the owner of %s was killed", newest.name)
            self._open(self._new_folder())
            return set()
        listed = _kept_ids(newest)
        self._open(newest)
        return listed if self.path == newest and listed is not None else set(self._ids())

    def _set_aside(self, path: Path, reason: str) -> None:
        """Keep a damaged directory for inspection, and open a new one."""
        logger("chroma").error("set aside %s: %s", path.name, reason)
        self._collection = None
        _forget_clients()
        fresh = self._new_folder()
        path.rename(path.with_name(f"{path.name}{aside_suffix()}"))
        self._open(fresh)

    def _open(self, path: Path) -> None:
        # First of all: where it is missing, no directory is to blame.
        import chromadb
        from chromadb.config import Settings

        self.whole = False
        new = not any(path.iterdir())
        if not new and not _is_harmless(path):
            logger("chroma").warning("left a cache that does not open: %s", path.name)
            path = self._new_folder()
        client = chromadb.PersistentClient(str(path), settings=Settings(anonymized_telemetry=False))
        collection = client.get_or_create_collection(
            self._name,
            embedding_function=None,
            configuration={"hnsw": HNSW},
        )
        if HNSW.items() <= collection.configuration_json["hnsw"].items():
            self._collection, self.path = collection, path
            self._listed = set()
        else:  # made with other settings: an older version's, or Chroma's own
            self._open(self._new_folder())

    def _ids(self) -> Iterator[str]:
        for offset in range(0, self._collection.count(), PAGE):
            yield from self._collection.get(limit=PAGE, offset=offset, include=[])["ids"]

    def _fill(
        self,
        database: sqlite3.Connection,
        missing: list[str],
        progress: Callable[[int, int], None] | None,
    ) -> None:
        for first in range(0, len(missing), BATCH):
            keys = missing[first : first + BATCH]
            rows = stored(database, self._fingerprint, keys)
            self._collection.upsert(
                ids=[key for key, _ in rows],
                embeddings=[
                    np.frombuffer(vector, np.float16).astype(np.float32).tolist()
                    for _, vector in rows
                ],
            )
            if self._listed is not None:
                self._listed.update(key for key, _ in rows)
            if progress is not None:
                progress(min(first + BATCH, len(missing)), len(missing))

    def _newest(self) -> Path | None:
        folders = chroma_folders(self._folder)
        return folders[-1] if folders else None

    def _new_folder(self) -> Path:
        newest = self._newest()
        number = int(newest.name[7:]) + 1 if newest else 1
        return private_folder(self._folder / f"chroma-{number}")

    def _drop_others(self) -> None:
        for path in chroma_folders(self._folder):
            if path != self.path:
                chroma_seal.take_checksum(path)
                shutil.rmtree(path, ignore_errors=True)


def _kept_ids(path: Path) -> set[str] | None:
    """Take the list of ids out of a sealed directory: from now on it may be another one."""
    try:
        text = (path / IDS).read_text("ascii")
        (path / IDS).unlink()
    except (OSError, ValueError):
        return None
    return set(text.split())


def _is_harmless(path: Path) -> bool:
    """Refuse a directory whose stored schema names an embedding function.

    Chroma builds a named embedding function when it opens a collection, remote code included, so
    one that we did not write is not opened at all.
    """
    database = path / "chroma.sqlite3"
    if not database.exists():
        return True
    try:
        connection = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        try:
            rows = connection.execute("SELECT config_json_str, schema_str FROM collections")
            texts = [text for row in rows for text in row if text]
        finally:
            connection.close()
        return not any(_names_a_function(json.loads(text)) for text in texts)
    except (sqlite3.DatabaseError, ValueError, TypeError, RecursionError):
        return False


def _names_a_function(node: Any) -> bool:
    """Look for an `embedding_function` whose type is not one of Chroma's two ways to say none."""
    if isinstance(node, list):
        return any(_names_a_function(item) for item in node)
    if not isinstance(node, dict):
        return False
    function = node.get("embedding_function")
    if isinstance(function, dict) and function.get("type") not in ("legacy", "unknown"):
        return True
    return any(_names_a_function(value) for value in node.values())


def _forget_clients() -> None:
    """Drop Chroma's process-wide table of open directories, so that one can be opened anew."""
    from chromadb.api.shared_system_client import SharedSystemClient

    SharedSystemClient.clear_system_cache()
