"""A word weighs by how rare it is, and a share is the weight that is held."""

from pathlib import Path

from indexing.words.terms import QueryTerm, share
from tests.support import config_in, git_repository, indexed


def test_an_absent_word_weighs_more_than_a_rare_one_and_that_more_than_a_common_one(
    tmp_path: Path,
) -> None:
    files = {f"m{n}.py": f"def common_{n}():\n    return common\n" for n in range(9)}
    files["rare.py"] = "def once():\n    return zebra\n"
    repository = indexed(git_repository(tmp_path, dict(files)), config_in(tmp_path))
    with repository.searcher() as searcher:
        found = searcher.search("is the zebra common or nowhereatall 42", 5)
    by_word = {term.word: term for term in found.terms}
    assert set(by_word) == {"zebra", "common", "nowhereatall"}
    assert by_word["nowhereatall"].frequency == 0
    assert by_word["nowhereatall"].held_by == frozenset()
    weights = [by_word[word].weight for word in ("nowhereatall", "zebra", "common")]
    assert weights == sorted(weights, reverse=True)


def test_a_share_is_the_held_weight_of_all_weight() -> None:
    terms = [QueryTerm("a", 1, 3.0, frozenset({1})), QueryTerm("b", 1, 1.0, frozenset({2}))]
    assert share(terms, [1]) == 0.75
    assert share(terms, [1, 2]) == 1.0
    assert share(terms, [9]) == 0.0
    assert share([], [1]) == 0.0


def test_a_word_that_stands_only_in_a_path_or_is_written_short_is_not_absent(
    tmp_path: Path,
) -> None:
    files = {"tools/calc.py": "async def total(prices):\n    return sum(prices)\n"}
    repository = indexed(git_repository(tmp_path, dict(files)), config_in(tmp_path))
    with repository.searcher() as searcher:
        found = searcher.search("is calc asynchronous on diskettes", 5)
    by_word = {term.word: term for term in found.terms}
    hits = {hit.occurrence for hit in found.hits}
    assert by_word["calc"].held_by == by_word["asynchronous"].held_by == hits
    assert by_word["diskettes"].frequency == 0
    assert by_word["diskettes"].written == "diskettes"
