"""Owning repositories: one owner, an index that is kept fresh, and Chroma that is asked."""

import os
from pathlib import Path

import pytest

from indexing.repository import Repository
from rooftree.errors import IndexLockedError, RepositoryError
from server.workplace import Hosted, Workplace, catch_up
from tests.agents.scenes import SHOP, small_config
from tests.support import HashingEmbedder, git_repository, project, write_files


def always() -> bool:
    return True


def never() -> bool:
    return False


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


def owner(tmp_path: Path, embedder: HashingEmbedder | None = None) -> Workplace:
    return Workplace(small_config(tmp_path), lambda: embedder, owner=True)


def test_a_second_owner_is_refused_and_told_who_is_the_first(tmp_path: Path, shop: Path) -> None:
    first, second = owner(tmp_path), owner(tmp_path)
    first.open(shop)
    with pytest.raises(IndexLockedError, match=rf"process {os.getpid()} \(rooftree serve\)"):
        second.open(shop)
    first.close()
    assert second.open(shop).repository.worktree.root == shop
    second.close()


def test_what_is_no_repository_is_refused(tmp_path: Path) -> None:
    workplace = owner(tmp_path)
    with pytest.raises(RepositoryError):
        workplace.open(tmp_path / "none")
    assert workplace.roots() == ()
    workplace.close()


def test_catching_up_indexes_fills_and_then_chroma_answers(tmp_path: Path, shop: Path) -> None:
    workplace = owner(tmp_path, HashingEmbedder())
    hosted = workplace.open(shop)
    assert hosted.nearest() is None
    catch_up(hosted, always)
    repository = hosted.repository
    assert repository.is_current()
    assert repository.dense_share() == 1.0
    nearest = hosted.nearest()
    assert nearest is not None
    assert repository.embedder is not None
    vector = repository.embedder.embed(["charge_customer takes money for a cart"])[0]
    with repository.searcher() as searcher:
        exact = searcher.search("charge customer money", 5).hits
    with repository.searcher(nearest=nearest) as searcher:
        through_chroma = searcher.search("charge customer money", 5).hits
    assert [hit.path for hit in exact] == [hit.path for hit in through_chroma]
    found = nearest(vector, 3)
    assert len(found) == 3
    assert found[0].score >= found[-1].score
    workplace.close()
    assert nearest(vector, 3) == []


def test_chroma_is_not_asked_while_it_lacks_what_the_manifest_has(
    tmp_path: Path, shop: Path
) -> None:
    """A question that has just embedded new texts must find them."""
    workplace = owner(tmp_path, HashingEmbedder())
    hosted = workplace.open(shop)
    catch_up(hosted, always)
    nearest = hosted.nearest()
    assert nearest is not None
    repository = hosted.repository
    assert repository.embedder is not None
    vector = repository.embedder.embed(["gift voucher"])[0]
    assert nearest(vector, 3)
    write_files(shop, {"shop/gifts.py": "def gift_voucher():\n    '''A gift.'''\n"})
    with repository.writing("a question"):
        repository.index()
        repository.fill()
    assert nearest(vector, 3) == []
    catch_up(hosted, always)
    assert nearest(vector, 3)
    workplace.close()


def test_a_chroma_that_fails_is_passed_over(tmp_path: Path, shop: Path) -> None:
    workplace = owner(tmp_path, HashingEmbedder())
    hosted = workplace.open(shop)
    catch_up(hosted, always)
    nearest = hosted.nearest()
    assert nearest is not None
    assert hosted.repository.embedder is not None
    vector = hosted.repository.embedder.embed(["tea"])[0]
    assert nearest(vector[:3], 3) == []
    workplace.close()


def test_nothing_is_filled_while_it_may_not(tmp_path: Path, shop: Path) -> None:
    embedder = HashingEmbedder()
    workplace = owner(tmp_path, embedder)
    hosted = workplace.open(shop)
    catch_up(hosted, never)
    assert hosted.repository.is_current()
    assert embedder.texts == []
    assert hosted.chroma is None
    workplace.close()


def test_filling_stops_at_the_next_batch(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    workplace = owner(tmp_path, embedder)
    hosted = workplace.open(git_repository(tmp_path, project(60)))
    catch_up(hosted, lambda: not embedder.texts)
    assert 0 < hosted.repository.dense_share() < 1.0
    assert hosted.chroma is None
    catch_up(hosted, always)
    assert hosted.repository.dense_share() == 1.0
    assert len(embedder.texts) == len(set(embedder.texts))
    workplace.close()


def test_closing_ends_indexing_at_the_next_file(tmp_path: Path) -> None:
    workplace = owner(tmp_path)
    hosted = workplace.open(git_repository(tmp_path, project(40)))
    catch_up(hosted, always, closing=always)
    assert not hosted.repository.is_indexed()
    catch_up(hosted, always)
    assert hosted.repository.is_current()
    workplace.close()


def test_without_an_embedder_there_is_no_chroma(tmp_path: Path, shop: Path) -> None:
    workplace = owner(tmp_path)
    hosted = workplace.open(shop)
    catch_up(hosted, always)
    assert hosted.repository.is_current()
    assert hosted.nearest() is None
    workplace.close()


def test_a_repository_that_nobody_filled_has_no_nearest(tmp_path: Path, shop: Path) -> None:
    hosted = Hosted(Repository(shop, small_config(tmp_path), HashingEmbedder()))
    assert hosted.nearest() is None
