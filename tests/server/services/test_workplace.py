"""Owning repositories: one owner, an index that is kept fresh, and Chroma that is asked."""

import os
from pathlib import Path

import pytest

from indexing.ranking.index_view import IndexView
from indexing.repository.repository import Repository
from indexing.vectors import coverage_notes
from rooftree.errors import IndexLockedError, RepositoryError
from server.services.hosted_repository import FILLING, HostedRepository
from server.services.repositories import OpenRepositories, refresh_now
from tests.agents.scenes import SHOP, small_config
from tests.server.keeping import catch_up
from tests.support import HashingEmbedder, git_repository, project, write_files


def always() -> bool:
    return True


def never() -> bool:
    return False


def view_of(repository: Repository) -> IndexView:
    with repository.manifest() as manifest:
        return repository.view(manifest)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


def owner(tmp_path: Path, embedder: HashingEmbedder | None = None) -> OpenRepositories:
    return OpenRepositories(small_config(tmp_path), lambda: embedder, owner=True)


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
    catch_up(hosted, always)
    repository = hosted.repository
    assert repository.freshness.is_current()
    assert repository.vectors.share() == 1.0
    nearest = hosted.nearest()
    assert nearest is not None
    assert repository.vectors.embedder is not None
    vector = repository.vectors.embedder.embed(["charge_customer takes money for a cart"])[0]
    with repository.searcher() as searcher:
        exact = searcher.search("charge customer money", 5).hits
    with repository.searcher(nearest=nearest) as searcher:
        through_chroma = searcher.search("charge customer money", 5).hits
    assert [hit.path for hit in exact] == [hit.path for hit in through_chroma]
    found = nearest(view_of(repository), vector, 3).matches
    assert len(found) == 3
    assert found[0].score >= found[-1].score
    view = view_of(repository)
    workplace.close()
    assert nearest(view, vector, 3).problem == FILLING


def test_what_chroma_lacks_is_compared_one_by_one(tmp_path: Path, shop: Path) -> None:
    """A question that has just embedded new texts must find them."""
    workplace = owner(tmp_path, HashingEmbedder())
    hosted = workplace.open(shop)
    catch_up(hosted, always)
    nearest = hosted.nearest()
    assert nearest is not None
    repository = hosted.repository
    assert repository.vectors.embedder is not None
    vector = repository.vectors.embedder.embed(["gift voucher"])[0]
    assert not len(nearest(view_of(repository), vector, 3).lacking)
    write_files(shop, {"shop/gifts.py": "def gift_voucher():\n    '''A gift.'''\n"})
    with repository.writing("a question"):
        repository.updates.index()
        repository.vectors.fill()
    view = view_of(repository)
    told = nearest(view, vector, 3)
    assert told.matches
    assert [view.paths[view.document[row]] for row in view.rows_of_texts(told.lacking)] == [
        "shop/gifts.py"
    ]
    with repository.searcher(nearest=nearest) as searcher:
        found = searcher.search("gift voucher", 3)
    assert found.hits[0].path == "shop/gifts.py"
    assert found.coverage.dense_share == 1.0
    hosted.refill_seconds = 0.0
    catch_up(hosted, always)
    assert not len(nearest(view_of(repository), vector, 3).lacking)
    workplace.close()


def test_a_chroma_that_fails_is_passed_over(tmp_path: Path, shop: Path) -> None:
    workplace = owner(tmp_path, HashingEmbedder())
    hosted = workplace.open(shop)
    catch_up(hosted, always)
    nearest = hosted.nearest()
    assert nearest is not None
    assert hosted.repository.vectors.embedder is not None
    vector = hosted.repository.vectors.embedder.embed(["tea"])[0]
    told = nearest(view_of(hosted.repository), vector[:3], 3)
    assert not told.matches
    assert "Chroma failed" in told.problem
    workplace.close()


def test_nothing_is_filled_while_it_may_not(tmp_path: Path, shop: Path) -> None:
    embedder = HashingEmbedder()
    workplace = owner(tmp_path, embedder)
    hosted = workplace.open(shop)
    catch_up(hosted, never)
    assert hosted.repository.freshness.is_current()
    assert embedder.texts == []
    assert hosted.chroma is None
    workplace.close()


def test_filling_stops_at_the_next_batch(tmp_path: Path) -> None:
    embedder = HashingEmbedder()
    workplace = owner(tmp_path, embedder)
    hosted = workplace.open(git_repository(tmp_path, project(60)))
    catch_up(hosted, lambda: not embedder.texts)
    assert 0 < hosted.repository.vectors.share() < 1.0
    assert hosted.chroma is None
    catch_up(hosted, always)
    assert hosted.repository.vectors.share() == 1.0
    assert len(embedder.texts) == len(set(embedder.texts))
    workplace.close()


def test_closing_ends_indexing_at_the_next_file(tmp_path: Path) -> None:
    workplace = owner(tmp_path)
    hosted = workplace.open(git_repository(tmp_path, project(40)))
    catch_up(hosted, always, closing=always)
    assert not hosted.repository.is_indexed()
    catch_up(hosted, always)
    assert hosted.repository.freshness.is_current()
    workplace.close()


def test_without_an_embedder_there_is_no_chroma(tmp_path: Path, shop: Path) -> None:
    workplace = owner(tmp_path)
    hosted = workplace.open(shop)
    catch_up(hosted, always)
    assert hosted.repository.freshness.is_current()
    assert hosted.chroma is None
    workplace.close()


def test_a_repository_that_nobody_filled_has_no_nearest(tmp_path: Path, shop: Path) -> None:
    hosted = HostedRepository(Repository(shop, small_config(tmp_path), HashingEmbedder()))
    assert hosted.nearest() is None


def test_a_server_reads_the_files_that_it_was_told_of(tmp_path: Path, shop: Path) -> None:
    workplace = owner(tmp_path)
    hosted = workplace.open(shop)
    refresh_now(hosted, never)
    write_files(shop, {"shop/told.py": "def told_of():\n    return 1\n"})
    write_files(shop, {"shop/unheard.py": "def unheard_of():\n    return 1\n"})
    hosted.changes.add(frozenset({"shop/told.py"}))
    refresh_now(hosted, never, everywhere=False)
    assert hosted.repository.holds("shop/told.py")
    assert not hosted.repository.holds("shop/unheard.py")
    refresh_now(hosted, never)
    assert hosted.repository.holds("shop/unheard.py")
    workplace.close()


def test_after_a_look_that_ended_early_all_files_are_looked_at(tmp_path: Path, shop: Path) -> None:
    workplace = owner(tmp_path)
    hosted = workplace.open(shop)
    refresh_now(hosted, never)
    write_files(shop, {"shop/lost.py": "def lost():\n    return 1\n"})
    hosted.changes.add(frozenset({"shop/lost.py"}))
    refresh_now(hosted, always, everywhere=False)
    assert not hosted.repository.holds("shop/lost.py")
    assert not hosted.changes
    write_files(shop, {"shop/next.py": "def following():\n    return 1\n"})
    hosted.changes.add(frozenset({"shop/next.py"}))
    refresh_now(hosted, never, everywhere=False)
    assert hosted.repository.holds("shop/lost.py")
    workplace.close()


def test_the_age_of_a_look_is_that_of_the_last_one_at_all_files(tmp_path: Path, shop: Path) -> None:
    workplace = owner(tmp_path)
    hosted = workplace.open(shop)
    refresh_now(hosted, never)
    before = hosted.repository.status().looked_seconds_ago
    write_files(shop, {"shop/told.py": "def told_of():\n    return 1\n"})
    hosted.repository.freshness.files_saved()
    hosted.changes.add(frozenset({"shop/told.py"}))
    assert coverage_notes.TOUCHED in hosted.repository.status().coverage
    refresh_now(hosted, never, everywhere=False)
    status = hosted.repository.status()
    assert before is not None
    assert status.looked_seconds_ago is not None
    assert status.looked_seconds_ago >= before
    assert status.files_behind == 0
    assert coverage_notes.TOUCHED not in status.coverage
    workplace.close()


def test_an_engine_that_lacks_a_few_vectors_is_filled_later(tmp_path: Path, shop: Path) -> None:
    workplace = owner(tmp_path, HashingEmbedder())
    hosted = workplace.open(shop)
    catch_up(hosted, always)
    write_files(shop, {"shop/gifts.py": "def gift_voucher(code):\n    return code\n"})
    catch_up(hosted, always)
    nearest = hosted.nearest()
    assert nearest is not None
    (vector,) = HashingEmbedder().embed_query(["gift voucher"])
    assert len(nearest(view_of(hosted.repository), vector, 3).lacking)
    hosted.refill_seconds = 0.0
    catch_up(hosted, always)
    assert not len(nearest(view_of(hosted.repository), vector, 3).lacking)
    workplace.close()


def test_a_look_that_failed_is_told_until_the_next_one(tmp_path: Path, shop: Path) -> None:
    workplace = owner(tmp_path)
    hosted = workplace.open(shop)
    refresh_now(hosted, never)
    away = shop.rename(tmp_path / "away")
    with pytest.raises(RepositoryError):
        refresh_now(hosted, never)
    with hosted.repository.searcher() as searcher:
        coverage = searcher.search("zebra", 3).coverage
    assert any("the last look at the files failed: " in note for note in coverage.notes)
    assert coverage.status(found=False) == "could_not_look"
    away.rename(shop)
    refresh_now(hosted, never)
    assert not any("failed" in note for note in hosted.repository.status().coverage)
    workplace.close()
