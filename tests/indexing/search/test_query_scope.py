"""What a message says of where it belongs, what it writes as code, and what code writes as one."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexing.ranking.features import FEATURES
from indexing.ranking.weights import KINDS, RankingWeights, scores
from indexing.words.query import analyse
from tests.support import config_in, git_repository, indexed


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("fix(recovery): do not panic", ("recovery",)),
        ("feat(form data)!: read it", ("form", "data")),
        ("context: keep the deadline", ("context",)),
        ("net/http: close the body", ("net", "http")),
        ("fix: nothing in particular", ()),
        ("ValueError: the pool is closed", ()),
        ("Note: this is prose", ()),
        ("how does it work: really?", ()),
        ("https://example.test/page: gone", ()),
    ],
)
def test_the_scope_of_a_message_is_what_it_begins_with(text: str, scope: tuple[str, ...]) -> None:
    assert analyse(text).scope == scope


def test_a_stop_word_that_is_written_as_code_is_meant() -> None:
    assert "where" in analyse("fix the `where` clause").terms
    assert "where" not in analyse("where is the clause fixed").terms


def test_neighbours_may_be_one_word_in_code() -> None:
    assert analyse("read front matter of a page").compounds == ("readfront", "frontmatter")
    assert analyse("front of matter").compounds == ()


def test_a_file_that_the_scope_names_comes_first(tmp_path: Path) -> None:
    files = {f"{name}.py": "def handle(error):\n    return error\n" for name in ("a", "recovery")}
    repository = indexed(git_repository(tmp_path, files), config_in(tmp_path))
    with repository.searcher() as searcher:
        best = searcher.search("fix(recover): handle the error", 2).hits[0]
    assert best.path == "recovery.py"
    assert "scope" in best.why


def test_what_is_built_comes_after_what_it_is_built_of(tmp_path: Path) -> None:
    text = "function drawBasket(basket) {\n  return basket.total;\n}\n"
    files = {"dist/basket.js": text, "lib/basket.js": text, "basket.min.js": text}
    repository = indexed(git_repository(tmp_path, files), config_in(tmp_path))
    with repository.searcher() as searcher:
        hits = searcher.search("draw the basket", 3).hits
    assert hits[0].path == "lib/basket.js"


def test_a_word_that_code_writes_as_one_is_found(tmp_path: Path) -> None:
    files = {
        "page.py": "def frontmatter(page):\n    return page.head\n",
        "other.py": "def front(page):\n    return page.door\n",
        "third.py": "def matter(page):\n    return page.weight\n",
    }
    repository = indexed(git_repository(tmp_path, files), config_in(tmp_path))
    with repository.searcher() as searcher:
        found = {hit.symbol for hit in searcher.search("where is the front matter", 3).hits}
    assert "frontmatter" in found


def test_a_file_that_answers_as_a_whole_raises_its_best_place() -> None:
    weights = RankingWeights({kind: {"words": 1.0} for kind in KINDS})
    files = np.array([7, 3, 3, 3], dtype=np.int32)
    found = scores(only_words(0.9, 0.9, 0.8, 0.8), files, weights, "natural")
    assert found.argmax() == 1
    np.testing.assert_allclose(found[2:], [0.8, 0.8])
    assert not len(scores(only_words(), files[:0], weights, "natural"))


def only_words(*values: float) -> NDArray[np.float32]:
    columns = np.zeros((len(values), len(FEATURES)), dtype=np.float32)
    columns[:, FEATURES.index("words")] = values
    return columns
