"""The way out: hits with coverage, from words alone, from vectors too, and from whatever text."""

import dataclasses
import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.ranking.diversify import FREE
from indexing.ranking.engine import MAX_WORDS, VectorMatches
from indexing.ranking.index_view import IndexView
from indexing.ranking.vector_scan import VectorTable, table_of
from indexing.repository.repository import Repository
from indexing.search.query_coverage import coverage_of
from indexing.search.search import FindNearest, Hit
from indexing.store import occurrence_store as occurrences
from indexing.symbols import call_sites
from indexing.vectors import store as dense
from indexing.vectors.embedder import SentenceTransformerEmbedder, Vectors
from indexing.vectors.embedders import open_embedder
from indexing.vectors.store import DenseMatch
from models.weights.store import WeightsStore
from rooftree.errors import EmbeddingError
from tests.support import HashingEmbedder, config_in, git_repository, indexed, project

FILES: dict[str, str | bytes] = {
    **project(20),
    "shop/cart.py": (
        "class Cart:\n"
        '    """What a customer wants to buy."""\n\n'
        "    def checkout(self, card):\n"
        '        """Charge the card of the customer."""\n'
        "        return charge_card(card, self.total)\n\n\n"
        "def charge_card(card, amount):\n"
        "    return card.pay(amount)\n"
    ),
    "tests/test_cart.py": "from shop.cart import charge_card\n\n\ndef test_it():\n"
    "    charge_card(None, 1)\n",
    "README.md": "# Shop\n\nHow to check out: call checkout on the cart.\n",
    "logo.png": b"\x89PNG\r\n\x1a\n\0\0\0",
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    home = tmp_path_factory.mktemp("search")
    return indexed(git_repository(home, FILES), config_in(home), HashingEmbedder())


def search(repository: Repository, text: str, limit: int = 10) -> tuple[Hit, ...]:
    with repository.searcher() as searcher:
        return searcher.search(text, limit).hits


@pytest.mark.parametrize(
    "text", ["charge_card", "chargeCard", "where is the card charged?", "shop/cart.py", "Cart"]
)
def test_a_place_is_found_however_it_is_asked_for(repository: Repository, text: str) -> None:
    assert "shop/cart.py" in [hit.path for hit in search(repository, text, 3)]


def test_a_traceback_finds_its_function(repository: Repository) -> None:
    text = 'Traceback:\n  File "shop/cart.py", line 10, in charge_card\nAttributeError: pay\n'
    assert search(repository, text, 1)[0].symbol == "charge_card"


def test_a_hit_tells_the_lines_of_the_file(repository: Repository) -> None:
    for hit in search(repository, "charge the card of the customer", 20):
        lines = (repository.worktree.root / hit.path).read_text().split("\n")
        first, last = hit.focus
        assert "\n".join(lines[first - 1 : last]).strip("\n") == hit.text.strip("\n")
        assert hit.start <= first <= last <= hit.end


def test_hits_are_few_distinct_and_ordered(repository: Repository) -> None:
    for limit in (-1, 0, 1, 5, 1000):
        hits = search(repository, "charge customer basket", limit)
        assert len(hits) <= max(limit, 0)
        best = [hit.score for hit in hits[:FREE]]  # the others are of files not seen before
        assert best == sorted(best, reverse=True)
        places = [(hit.path, hit.start, hit.end) for hit in hits]
        assert len(set(places)) == len(places)


def test_results_say_what_they_were_found_in(repository: Repository) -> None:
    with repository.searcher() as searcher:
        result = searcher.search("cart", 3)
    coverage = result.coverage.as_json()
    assert coverage == {
        "commit": repository.worktree.commit,
        "files_behind": 0,
        "looked_seconds_ago": 0.0,
        "dense_share": 1.0,
        "skipped": {"binary": 1},
        "notes": [],
        "checked": "not checked for damage yet",
        "without_symbols": {},
        "partly_parsed": 0,
        "not_looked_at": ["1 binary"],
    }
    json.dumps([hit.as_json() for hit in result.hits])


def test_files_that_changed_since_are_counted(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(3))
    repository = indexed(root, config_in(tmp_path))
    (root / "new.py").write_text("x = 1\n")
    (root / "shop/part_0/module_0.py").unlink()
    (root / "shop/part_1/module_1.py").write_text("y = 2\n")
    with repository.searcher() as searcher:
        assert searcher.coverage().files_behind == 3
        assert searcher.coverage().dense_share == 0.0


def test_words_alone_find_too(repository: Repository) -> None:
    with repository.searcher(with_dense=False) as searcher:
        hits = searcher.search("charge the card", 5).hits
    assert hits[0].path == "shop/cart.py"
    assert all(hit.cosine is None for hit in hits)


def test_an_engine_that_knows_too_little_is_not_trusted(repository: Repository) -> None:
    """Chroma may hold mostly dead texts; then the manifest is scanned."""

    def empty(view: IndexView, vector: Vectors, limit: int) -> VectorMatches:
        return VectorMatches()

    def stale(view: IndexView, vector: Vectors, limit: int) -> VectorMatches:
        return VectorMatches([DenseMatch("0" * 32, 0.9)] * limit)

    engines: list[FindNearest] = [empty, stale]
    expected = [hit.occurrence for hit in search(repository, "pay for the goods")]
    for engine in engines:
        with repository.searcher(nearest=engine) as searcher:
            hits = searcher.search("pay for the goods", 10).hits
            assert [hit.occurrence for hit in hits] == expected


def test_words_that_nothing_holds_do_not_push_out_those_that_something_does(
    repository: Repository,
) -> None:
    text = " ".join(f"filler{number}" for number in range(MAX_WORDS * 2)) + " checkout"
    assert search(repository, text, 3)[0].path in ("shop/cart.py", "README.md")


def test_callers_are_found_by_name_and_tests_come_last(repository: Repository) -> None:
    with repository.searcher() as searcher:
        hit = next(h for h in searcher.search("charge_card", 10).hits if h.symbol == "charge_card")
        found = searcher.callers(hit, 5)
        assert [(use.path, use.within) for use in found] == [
            ("shop/cart.py", "Cart.checkout"),
            ("tests/test_cart.py", "test_it"),
        ]
        assert searcher.callers(hit, 1) == found[:1]
        assert searcher.callers(dataclasses.replace(hit, symbol=""), 5) == []
        assert searcher.callers(dataclasses.replace(hit, symbol="Cart.__init__"), 5) == []


def test_definitions_are_found_in_any_case(repository: Repository) -> None:
    with repository.manifest() as manifest:
        generation = manifest.current(str(repository.worktree.root))
        assert generation is not None
        asked = ["CART", "nowhere", "checkout"]
        found = call_sites.defined_names(manifest.database, generation, asked)
        assert found == {"CART", "checkout"}
        places = occurrences.definitions(manifest.database, ["checkout"])
    with repository.searcher() as searcher:
        rows = [row for place in places for row in searcher.view.rows_at(*place)]
        assert {searcher.view.symbols[row] for row in rows} == {"Cart"}, "a small class is one unit"


def test_what_a_question_proposes_is_embedded_first(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    repository = Repository(git_repository(tmp_path, project(60)), config_in(tmp_path), embedder)
    with repository.writing("test"):
        repository.updates.index()
        with repository.searcher() as searcher:
            first = searcher.texts_to_embed("Basket31")
        assert first
        turns = iter([True, False])
        done = repository.vectors.fill(keep_going=lambda: next(turns), first=first)
    assert done.done < done.total
    assert any("class Basket31" in text for text in embedder.texts)
    assert 0.0 < repository.vectors.share() < 1.0


def test_evidence_can_be_gathered_for_any_result(repository: Repository) -> None:
    with repository.searcher() as searcher:
        for text in ("where is the card charged", "`nothing`", "\udc80", 'a"b', "", "   "):
            found = coverage_of(searcher, searcher.search(text, 5))
            assert 0.0 <= found.covered <= 1.0 + 1e-9


@given(st.text(max_size=50) | st.text(alphabet="`\"'*()^:.\0\udc80 aB_/\n"))
def test_no_text_makes_a_search_fail(repository: Repository, text: str) -> None:
    with repository.searcher() as searcher:
        hits = searcher.search(text, 5).hits
        searcher.texts_to_embed(text)
    for hit in hits:
        assert math.isfinite(hit.score)


@pytest.mark.parametrize("piece", ["a-", "a.b", ".", "`", "x", 'File "', "Ab ", "word{} "])
def test_a_huge_question_is_cut_and_answered(repository: Repository, piece: str) -> None:
    search(repository, "".join(piece.format(number) for number in range(30_000)), 3)


def test_vectors_come_back_as_they_went_in(repository: Repository) -> None:
    embedder = HashingEmbedder()
    vector = embedder.embed(["charge the card"])[0]
    with repository.searcher() as searcher, repository.manifest() as manifest:
        view = searcher.view
        some = np.arange(0, len(view.texts), 3)
        database = manifest.database
        whole = table_of(view, embedder.fingerprint, embedder.dimension).cosines(database, vector)
        apart = VectorTable(view, embedder.fingerprint, embedder.dimension)
        np.testing.assert_array_equal(apart.cosines_of(database, some, vector), whole[some])
        best = np.argmax(whole)
        (stored,) = dense.stored(database, embedder.fingerprint, [view.texts[best]])
        kept = np.frombuffer(stored[1], dtype=np.float16).astype(np.float32)
        assert whole[best] == pytest.approx(float(kept @ vector), abs=1e-5)
        other = VectorTable(view, "other embedder", embedder.dimension)
        assert np.isnan(other.cosines_of(database, some, vector)).all()
        assert dense.share(database, view.generation, "other embedder") == 0.0


class Failing(HashingEmbedder):
    """An embedder that gives up after two batches."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        if len(self.texts) >= 3 * dense.BATCH:
            raise EmbeddingError("the embedder broke")
        return super().embed(texts)


def test_what_was_embedded_before_a_failure_is_kept(tmp_path: Path) -> None:
    repository = Repository(
        git_repository(tmp_path, project(60)), config_in(tmp_path), Failing("same")
    )
    with repository.writing("test"):
        repository.updates.index()
        with pytest.raises(EmbeddingError):
            repository.vectors.fill()
        embedder = HashingEmbedder("same")
        again = Repository(repository.worktree.root, config_in(tmp_path), embedder)
        done = again.vectors.fill()
    assert done.done == done.total == len(embedder.texts)
    with again.manifest() as manifest:
        count = manifest.database.execute("SELECT count(*) FROM embedding").fetchone()[0]
    assert count == done.total + 3 * dense.BATCH


def test_a_name_stands_above_its_text_as_often_as_the_embedder_asks(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    embedder.header_times = 3
    text = "def total(cart):\n    return sum(cart)\n"
    indexed(git_repository(tmp_path, {"a.py": text}), config_in(tmp_path), embedder)
    assert [seen.rstrip() for seen in embedder.texts] == [("total\n" * 3 + text).rstrip()]


def test_a_folder_that_is_no_embedder_is_refused(tmp_path: Path) -> None:
    for content in (None, "{", "{}", '{"hidden_size": null}'):
        if content is not None:
            (tmp_path / "config.json").write_text(content)
        with pytest.raises(EmbeddingError, match="not a sentence-transformers folder"):
            SentenceTransformerEmbedder(tmp_path)


def test_an_embedder_that_is_not_installed_says_how_to_get_it(tmp_path: Path) -> None:
    store = WeightsStore(tmp_path)
    assert open_embedder("none", lambda: store) is None
    with pytest.raises(EmbeddingError, match="rooftree models pull minilm"):
        open_embedder("minilm", lambda: store)


def test_weights_that_cannot_be_loaded_are_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"hidden_size": 8, "model_type": "bert"}')
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(EmbeddingError, match="cannot load the embedder"):
        SentenceTransformerEmbedder(tmp_path).embed(["x"])


@pytest.mark.weights
def test_the_real_embedder_gives_unit_vectors_of_like_texts(minilm_folder: Path) -> None:
    embedder = SentenceTransformerEmbedder(minilm_folder)
    again = SentenceTransformerEmbedder(minilm_folder)
    assert embedder.fingerprint == again.fingerprint
    vectors = embedder.embed(["charge the card", "pay by credit card", "a recipe for soup"])
    assert vectors.shape == (3, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2]
