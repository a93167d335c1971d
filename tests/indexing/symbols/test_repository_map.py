"""The ranked map: what is used most comes first, and it never outgrows its budget."""

from pathlib import Path

import pytest

from indexing.repository.repository import Repository
from indexing.symbols.repository_map import estimated_tokens, render_map
from indexing.symbols.resolution.entities import DefinitionEntity
from tests.support import config_in, git_repository, indexed, project

CORE = {
    "shop/core.py": "class Core:\n    def go(self): pass\n\ndef helper(): return Core().go()\n",
    "shop/side.py": "def lonely(): pass\n",
    "tests/test_core.py": "def check(): pass\n" + "check()\n" * 50,
    **{
        f"shop/user_{number}.py": "from shop.core import Core\n\ndef run():\n    Core().go()\n"
        for number in range(5)
    },
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    folder = tmp_path_factory.mktemp("map")
    return indexed(git_repository(folder, CORE | project(20)), config_in(folder))


def test_what_is_used_most_comes_first_and_tests_come_late(repository: Repository) -> None:
    with repository.ranker() as (ranker, coverage):
        drawn = render_map(ranker.program, ranker.ranks(frozenset()), 1000, frozenset())
    assert drawn.files[0].path == "shop/core.py"
    assert drawn.text.startswith("shop/core.py:\n  class Core\n")
    assert "tests/test_core.py" not in [file.path for file in drawn.files[:5]]
    assert coverage.commit


@pytest.mark.parametrize("tokens", [1, 10, 64, 100, 333, 1024, 100_000])
def test_a_map_never_outgrows_its_budget(repository: Repository, tokens: int) -> None:
    with repository.ranker() as (ranker, _):
        drawn = render_map(ranker.program, ranker.ranks(frozenset()), tokens, frozenset())
    assert estimated_tokens(drawn.text) == drawn.tokens <= tokens


def test_a_focus_comes_before_what_is_used_most(repository: Repository) -> None:
    with repository.ranker() as (ranker, _):
        focus = frozenset({DefinitionEntity(ranker.program.documents["shop/side.py"], "")})
        drawn = render_map(ranker.program, ranker.ranks(focus), 200, focus)
    assert drawn.files[0].path == "shop/side.py"


def test_the_same_repository_gives_the_same_map(repository: Repository, tmp_path: Path) -> None:
    other = indexed(git_repository(tmp_path, CORE | project(20)), config_in(tmp_path))
    texts = []
    for one in (repository, other):
        with one.ranker() as (ranker, _):
            texts.append(
                render_map(ranker.program, ranker.ranks(frozenset()), 500, frozenset()).text
            )
    assert texts[0] == texts[1]


def test_ranks_add_up_to_one_and_an_empty_repository_has_none(
    repository: Repository, tmp_path: Path
) -> None:
    with repository.ranker() as (ranker, _):
        assert sum(ranker.ranks(frozenset()).values()) == pytest.approx(1.0)
    empty = indexed(git_repository(tmp_path, {"notes.txt": "hello\n"}), config_in(tmp_path))
    with empty.ranker() as (ranker, _):
        assert render_map(ranker.program, ranker.ranks(frozenset()), 100, frozenset()).text == ""
