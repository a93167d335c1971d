"""The comparison: what is asked, what is counted, and that everybody plays by the same rules."""

from pathlib import Path

import pytest

from benchmarks.retrieval.baselines import ChunkBm25, Ripgrep
from benchmarks.retrieval.checkout import Checkout, Question, make_checkout
from benchmarks.retrieval.competitor import CHUNK_LINES, Place, chunks_of
from benchmarks.retrieval.plot import draw
from benchmarks.retrieval.run import Result, compete, means, table
from benchmarks.retrieval.score import measures
from tests.support import git, git_repository
from tests.training.retrieval.past import repository_with_a_past

ASKED = Question("history", "why is the card refused", ("a.py", "b.py"), (("a.py", 10, 20),))


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    home = tmp_path_factory.mktemp("sides")
    return make_checkout(repository_with_a_past(home), home / "cache")


def test_files_count_once_and_places_by_their_lines() -> None:
    found: list[Place] = [("x.py", 1, 9), ("a.py", 30, 40), ("a.py", 15, 16), ("b.py", 1, 2)]
    counted = measures(ASKED, found)
    assert counted["file@1"] == 0
    assert counted["MRR"] == 0.5
    assert counted["symbol@5"] == 1
    assert measures(ASKED, found[:2])["symbol@10"] == 0
    assert set(measures(ASKED, []).values()) == {0.0}
    assert measures(ASKED, [("a.py", 1, 99), ("b.py", 1, 1)])["NDCG@10"] == pytest.approx(1)


def test_the_checkout_is_the_past_without_its_future(checkout: Checkout) -> None:
    assert git(checkout.folder, "rev-list", "--count", "HEAD") == "1"
    assert "total = 0" in (checkout.folder / "shop" / "basket.py").read_text()
    sources = {question.source for question in checkout.questions}
    assert sources == {"history", "where", "name", "docstring"}
    blanked = [q for q in checkout.questions if q.source == "docstring"]
    for question in blanked:
        assert question.text not in (checkout.folder / question.files[0]).read_text()
    for question in checkout.questions:
        for path, first, last in question.places:
            assert first <= last <= len((checkout.folder / path).read_text().split("\n"))


def test_a_checkout_is_made_once(checkout: Checkout) -> None:
    cache = checkout.folder.parents[1]
    kept = (checkout.folder.parent / "questions.json").stat().st_mtime_ns
    again = make_checkout(cache.parent / "shop", cache)
    assert again == checkout
    assert (checkout.folder.parent / "questions.json").stat().st_mtime_ns == kept


def test_bm25_competes_from_index_to_branch_switch(checkout: Checkout, tmp_path: Path) -> None:
    result = compete(ChunkBm25(), checkout, tmp_path / "state")
    assert result.failure == ""
    assert 0.5 < result.quality["NDCG@10"] <= 1
    assert result.costs["one file s"] >= 0
    assert git(checkout.folder, "status", "--porcelain") == ""


def test_whoever_fails_is_listed_with_the_reason(checkout: Checkout, tmp_path: Path) -> None:
    result = compete(Ripgrep("/nowhere/rg"), checkout, tmp_path / "state")
    assert "FileNotFoundError" in result.failure
    assert result.failure in table([result])
    assert means([result]) == []


def test_chunks_cover_every_line_once(tmp_path: Path) -> None:
    text = "\n".join(f"line {number}" for number in range(3 * CHUNK_LINES + 5))
    root = git_repository(tmp_path, {"a.txt": text, "b.bin": b"\0\1"})
    found = list(chunks_of(root))
    assert [chunk.path for chunk in found] == ["a.txt"] * 4
    assert "\n".join(chunk.text for chunk in found) == text


def test_the_best_is_drawn_and_listed_first() -> None:
    costs = dict.fromkeys(
        ("index s", "first answer s", "one file s", "branch s", "p50 ms", "p95 ms", "peak MiB"), 1.0
    )
    results = [
        Result(name, "flask", {"NDCG@10": value}, costs) for name, value in (("b", 0.4), ("a", 0.8))
    ]
    assert [mean.competitor for mean in means(results)] == ["a", "b"]
    assert draw(means(results)).startswith("<svg")
    assert table(results).index("| a |") < table(results).index("| b |")
