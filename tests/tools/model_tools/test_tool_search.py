"""The search tool and keeping an index fresh before it is asked."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

from indexing.ranking.engine import VectorMatches
from indexing.ranking.index_view import IndexView
from indexing.repository.lock import repository_lock
from indexing.repository.refresh import fill_vectors, refresh_index
from indexing.repository.repository import Repository
from indexing.vectors.embedder import Vectors
from indexing.words.query import MAX_TEXT_LENGTH
from rooftree.errors import IndexingError, ToolRetryError
from tests.agents.scenes import SHOP, small_config
from tests.support import HashingEmbedder, git_repository, indexed, project, write_files
from tools.model_tools.search import MAX_CALLERS, MAX_PLACES, SearchTool, describe


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return indexed(git_repository(tmp_path, SHOP), small_config(tmp_path))


class Told:
    """Remembers what progress was told."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, int, int]] = []

    def __call__(self, stage: str, done: int, total: int) -> None:
        self.lines.append((stage, done, total))


async def test_places_are_numbered_lines(repository: Repository) -> None:
    tool = SearchTool(repository)
    text = await tool.search("price_of")
    assert text.startswith("[1] shop/prices.py:8-10 price_of def price_of(sku: str) -> Decimal")
    assert tool.last is not None
    assert len(tool.last.callers) == len(tool.last.result.hits)
    assert all(len(uses) <= MAX_CALLERS for uses in tool.last.callers.values())


async def test_nothing_found_is_said(repository: Repository) -> None:
    tool = SearchTool(repository)
    assert await tool.search("zeppelin") == "no places found"
    assert tool.last is not None
    assert describe(tool.last.result) == "no places found"


async def test_an_empty_query_may_be_corrected(repository: Repository) -> None:
    with pytest.raises(ToolRetryError):
        await SearchTool(repository).search(" \n")


@pytest.mark.parametrize(("asked", "most"), [(-5, 1), (0, 1), (10**9, MAX_PLACES), (3, 3)])
async def test_the_number_of_places_is_bounded(tmp_path: Path, asked: int, most: int) -> None:
    repository = indexed(git_repository(tmp_path, project(15)), small_config(tmp_path))
    tool = SearchTool(repository)
    await tool.search("basket total of the customer", asked)
    assert tool.last is not None
    assert len(tool.last.result.hits) == most


async def test_a_long_query_is_cut_and_that_is_said(repository: Repository) -> None:
    tool = SearchTool(repository)
    await tool.search("price_of " + "x" * 3 * MAX_TEXT_LENGTH)
    assert tool.last is not None
    assert len(tool.last.result.query.text) == MAX_TEXT_LENGTH
    [*_, told] = tool.last.result.coverage.notes
    assert told == "only the first 8,000 characters of the query were looked for"


async def test_a_failing_index_fails_the_search(repository: Repository) -> None:
    with sqlite3.connect(repository.folder / "manifest.sqlite") as database:
        database.execute("DROP TABLE words")
    database.close()
    tool = SearchTool(repository)
    with pytest.raises(IndexingError):
        await tool.search("price")


async def test_an_engine_that_breaks_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    def broken(view: IndexView, vector: Vectors, limit: int) -> VectorMatches:
        raise RuntimeError("hnsw is out of order")

    root = git_repository(tmp_path, SHOP)
    tool = SearchTool(indexed(root, small_config(tmp_path), HashingEmbedder()), broken)
    with pytest.raises(IndexingError, match="hnsw is out of order"):
        await tool.search("price")


def test_a_new_repository_is_indexed_whole(tmp_path: Path) -> None:
    repository = Repository(git_repository(tmp_path, SHOP), small_config(tmp_path), None)
    told = Told()
    refresh_index(repository, told)
    assert repository.freshness.is_current()
    assert told.lines[-1] == ("index", 4, 4)


def test_a_current_index_is_left_alone(repository: Repository) -> None:
    told = Told()
    with repository_lock(repository.folder, "a test", wait_seconds=0):
        refresh_index(repository, told)
    assert told.lines == []


def test_vectors_are_filled_until_the_time_is_over(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    repository = Repository(git_repository(tmp_path, project(40)), small_config(tmp_path), embedder)
    refresh_index(repository, Told())
    fill_vectors(repository, 0.0, Told())
    assert embedder.texts == []
    told = Told()
    fill_vectors(repository, 60.0, told)
    assert repository.vectors.share() == 1.0
    assert told.lines[-1][0] == "vectors"
    assert told.lines[-1][1] == told.lines[-1][2]


def test_what_the_question_proposes_is_embedded_first(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    files = project(40) | {"zz/last_tests.py": "def purge_aquarium():\n    '''Clean.'''\n"}
    repository = Repository(git_repository(tmp_path, files), small_config(tmp_path), embedder)
    refresh_index(repository, Told())
    fill_vectors(repository, 60.0, Told(), "Who cleans the aquarium?")
    assert "purge_aquarium" in embedder.texts[0]


@pytest.mark.slow
def test_whoever_holds_the_lock_fills(tmp_path: Path) -> None:
    repository = Repository(
        git_repository(tmp_path, SHOP), small_config(tmp_path), HashingEmbedder()
    )
    refresh_index(repository, Told())
    with repository_lock(repository.folder, "a test", wait_seconds=0):
        fill_vectors(repository, 60.0, Told())
    assert repository.vectors.share() == 0.0


class Changing(HashingEmbedder):
    """Changes a file whenever it embeds, as an editor might meanwhile."""

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.root = root

    def embed(self, texts: Sequence[str]) -> Vectors:
        write_files(self.root, {"shop/new.py": f"N = {len(self.texts)}\n"})
        return super().embed(texts)


def test_files_that_change_while_vectors_are_made_are_indexed_next_time(tmp_path: Path) -> None:
    root = git_repository(tmp_path, SHOP)
    repository = Repository(root, small_config(tmp_path), Changing(root))
    refresh_index(repository, Told())
    fill_vectors(repository, 60.0, Told())
    assert not repository.freshness.is_current()
    refresh_index(repository, Told())
    assert repository.holds("shop/new.py")
