"""Chroma is a cache: it answers as the exact scan does, and any damage to it costs a refill."""

import hashlib
import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import chromadb
import pytest
from chromadb.config import Settings

from indexing.ranking.engine import VectorMatches
from indexing.ranking.index_view import IndexView
from indexing.repository.repository import Repository
from indexing.search.search import FindNearest
from indexing.vectors.chroma import ChromaCache
from indexing.vectors.embedder import Embedder, SentenceTransformerEmbedder, Vectors
from tests.support import (
    HashingEmbedder,
    config_in,
    exact_nearest,
    git_repository,
    indexed,
    project,
    write_files,
)

WORDS = [hashlib.sha256(bytes([number])).hexdigest()[:7] for number in range(200)]
QUESTIONS = [" ".join(random.Random(seed).sample(WORDS, 6)) for seed in range(5)]


def warehouse(functions: int, seed: int = 0) -> dict[str, str]:
    """Return modules of functions that share words but are not alike: no two scores are equal."""
    chosen = random.Random(seed)
    return {
        f"hall_{seed}_{number}.py": f"def keep_{seed}_{number}(shelf):\n"
        + "".join(f"    shelf.{' + '.join(chosen.sample(WORDS, 3))}\n" for _ in range(6))
        for number in range(functions)
    }


KNOWN_FUNCTION = {
    "type": "known",
    "name": "sentence_transformer",
    "config": {"model_name": "evil-model", "kwargs": {"trust_remote_code": True}},
}


class Shop:
    """A repository with vectors and a cache that was filled from them."""

    def __init__(self, root: Path, home: Path, embedder: Embedder) -> None:
        self.embedder = embedder
        self.repository = indexed(root, config_in(home), embedder)
        self.cache = ChromaCache(self.repository.folder, embedder.fingerprint)
        self.fill()

    def fill(self) -> None:
        with self.repository.manifest() as manifest:
            self.cache.synchronise(manifest.database)
        assert self.cache.whole

    def reopen(self) -> None:
        self.cache.close()
        self.cache = ChromaCache(self.repository.folder, self.embedder.fingerprint)
        self.fill()

    def top(self, question: str, nearest: FindNearest | None) -> list[tuple[str, int, str]]:
        with self.repository.searcher(nearest=nearest) as searcher:
            hits = searcher.search(question, 20).hits
            return [(hit.path, hit.start, hit.symbol) for hit in hits]

    def check_answers(self) -> None:
        for question in QUESTIONS:
            assert self.top(question, self.nearest) == self.top(question, None)

    def nearest(self, view: IndexView, vector: Vectors, limit: int) -> VectorMatches:
        return VectorMatches(self.cache.query(vector, limit))

    @property
    def folder(self) -> Path:
        assert self.cache.path is not None
        return self.cache.path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One for all tests: whatever one of them does to the cache, it is whole again afterwards."""
    home = tmp_path_factory.mktemp("chroma")
    shop = Shop(git_repository(home, warehouse(250)), home, HashingEmbedder())
    yield shop
    shop.cache.close()


def number(folder: Path) -> int:
    return int(folder.name.removeprefix("chroma-"))


def test_chroma_and_the_exact_scan_give_the_same_twenty_hits(shop: Shop) -> None:
    with shop.repository.manifest() as manifest:
        assert manifest.database.execute("SELECT count(*) FROM embedding").fetchone()[0] > 200
    shop.check_answers()


@pytest.mark.weights
def test_the_same_with_a_real_embedder(tmp_path: Path, minilm_folder: Path) -> None:
    root = git_repository(tmp_path, project(30))
    shop = Shop(root, tmp_path, SentenceTransformerEmbedder(minilm_folder))
    shop.check_answers()
    shop.cache.close()


def test_no_text_is_embedded_for_the_cache(shop: Shop) -> None:
    assert isinstance(shop.embedder, HashingEmbedder)
    before = len(shop.embedder.texts)
    shop.cache.close()
    shutil.rmtree(shop.folder)
    shop.reopen()
    assert len(shop.embedder.texts) == before


def test_what_is_new_is_added_and_dead_texts_do_not_hide_live_ones(shop: Shop) -> None:
    root = shop.repository.worktree.root
    write_files(root, warehouse(250, seed=1))
    with shop.repository.writing("test"):
        shop.repository.updates.index()
        shop.repository.vectors.fill()
    shop.fill()
    shop.check_answers()


def test_a_cache_is_closed_and_opened_again_in_one_process(shop: Shop) -> None:
    before = shop.folder
    shop.reopen()
    assert shop.folder == before
    shop.check_answers()


def test_an_empty_cache_finds_nothing(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(1))
    repository = indexed(root, config_in(tmp_path))
    cache = ChromaCache(repository.folder, "hashing-64")
    with repository.manifest() as manifest:
        assert not cache.whole
        cache.synchronise(manifest.database)
    assert cache.query(HashingEmbedder().embed(["x"])[0], 5) == []
    cache.close()


def test_ids_that_the_manifest_lacks_cost_a_new_directory(shop: Shop) -> None:
    before = number(shop.folder)
    with shop.repository.manifest() as manifest:
        manifest.database.execute(
            "DELETE FROM embedding WHERE text_sha IN (SELECT text_sha FROM embedding LIMIT 9)"
        )
    shop.reopen()
    assert number(shop.folder) == before + 1
    assert list(shop.repository.folder.glob("chroma-*")) == [shop.folder]
    with shop.repository.writing("test"):
        shop.repository.vectors.fill()
    shop.fill()


def truncate(folder: Path) -> None:
    database = folder / "chroma.sqlite3"
    database.write_bytes(database.read_bytes()[: database.stat().st_size // 3])


def scramble(folder: Path) -> None:
    (folder / "chroma.sqlite3").write_bytes(random.Random(7).randbytes(50_000))


def drop_graph(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)


def scramble_graph(folder: Path) -> None:
    for path in folder.rglob("*.bin"):
        path.write_bytes(random.Random(7).randbytes(path.stat().st_size))


def drop_tables(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "chroma.sqlite3")) as database:
        database.execute("DROP TABLE collections")
        database.commit()


def odd_schema(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "chroma.sqlite3")) as database:
        database.execute("UPDATE collections SET schema_str = 7")
        database.commit()


DAMAGES = [truncate, scramble, drop_graph, scramble_graph, drop_tables, odd_schema]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_cache_is_filled_again_from_the_manifest(shop: Shop, damage: Any) -> None:
    assert isinstance(shop.embedder, HashingEmbedder)
    before = len(shop.embedder.texts)
    shop.cache.close()
    damage(shop.folder)
    shop.reopen()
    assert len(shop.embedder.texts) == before
    shop.check_answers()


@pytest.mark.parametrize("column", ["schema_str", "config_json_str"])
def test_a_schema_that_names_an_embedding_function_is_refused(shop: Shop, column: str) -> None:
    """Chroma would build it, and run the code of a model that somebody else chose."""
    before = number(shop.folder)
    shop.cache.close()
    with closing(sqlite3.connect(shop.folder / "chroma.sqlite3")) as database:
        text = database.execute("SELECT schema_str FROM collections").fetchone()[0]
        schema = json.loads(text or "{}")
        tamper(schema)
        schema.setdefault("deep", [{"deeper": {"embedding_function": KNOWN_FUNCTION}}])
        database.execute(f"UPDATE collections SET {column} = ?", (json.dumps(schema),))  # noqa: S608 - one of two names
        database.commit()
    shop.reopen()
    assert number(shop.folder) == before + 1
    shop.check_answers()


def tamper(node: Any) -> None:
    """Put the function wherever the schema has a place for one."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "embedding_function":
                node[key] = KNOWN_FUNCTION
            else:
                tamper(value)


def test_a_state_folder_with_odd_letters_works(tmp_path: Path) -> None:
    """Letters that mean something in a URI must not make each start a refill."""
    home = tmp_path / "a?b#c%20d"
    home.mkdir()
    shop = Shop(git_repository(tmp_path, project(3)), home, HashingEmbedder())
    shop.reopen()
    assert shop.folder.name == "chroma-1"
    shop.cache.close()


def test_a_collection_made_with_other_settings_is_replaced(tmp_path: Path) -> None:
    """Chroma gives back what exists, whatever is asked: by default another measure of distance."""
    root = git_repository(tmp_path, project(3))
    embedder = HashingEmbedder()
    folder = Repository(root, config_in(tmp_path), embedder).folder / "chroma-1"
    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    client.create_collection(f"vectors-{embedder.fingerprint}", embedding_function=None)
    shop = Shop(root, tmp_path, embedder)
    assert shop.folder.name == "chroma-2"
    vector = embedder.embed(["charge the customer"])[0]
    with shop.repository.manifest() as manifest:
        exact = exact_nearest(manifest.database, embedder.fingerprint, vector, 5)
    near = shop.cache.query(vector, 5)
    assert [match.score for match in near] == pytest.approx(
        [match.score for match in exact], abs=1e-3
    )
    shop.cache.close()


def test_a_cache_that_is_not_filled_to_its_end_is_not_whole(
    tmp_path: Path,
) -> None:
    class StoppedError(Exception):
        pass

    def stop(*_: int) -> None:
        raise StoppedError

    embedder = HashingEmbedder()
    root = git_repository(tmp_path, warehouse(40, seed=1))
    repository = indexed(root, config_in(tmp_path), embedder)
    cache = ChromaCache(repository.folder, embedder.fingerprint)
    with repository.manifest() as manifest:
        with pytest.raises(StoppedError):
            cache.synchronise(manifest.database, stop)
        assert not cache.whole
        cache.synchronise(manifest.database)
        assert cache.whole
        assert cache.whole
    cache.close()
