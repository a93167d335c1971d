"""Searching what commits said and changed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexing.history.search import HistoryQuery, HistoryResult, search_history, since_of
from indexing.repository.repository import Repository
from rooftree.errors import HistoryError, UsageError
from tests.support import commit_all, config_in, git, git_repository, write_files

BEFORE = (
    "class Cart:\n    def add(self):\n        return 1\n\n    def pay(self):\n        return 2\n"
)


def ignore(done: int, total: int) -> None:
    """Take progress that nobody watches."""


def history(
    root: Path, tmp_path: Path, wanted: HistoryQuery, seconds: float = 60.0
) -> HistoryResult:
    repository = Repository(root, config_in(tmp_path), None)
    with repository.manifest() as manifest:
        return search_history(manifest, repository.worktree, wanted, ignore, seconds)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("history")
    root = git_repository(folder, {"cart.py": BEFORE, "readme.md": "# Shop\n"})
    write_files(root, {"cart.py": BEFORE.replace("return 2", "return settle_zloty()")})
    commit_all(root, "Round the price")
    write_files(root, {"readme.md": "# Shop\n\nPrices are in euro.\n"})
    commit_all(root, "Explain the currency\n\nNobody knew what a zeppelin costs.")
    write_files(root, {"cart.py": BEFORE})
    commit_all(root, "Go back")
    return root


def test_a_message_and_its_body_are_found(root: Path, tmp_path: Path) -> None:
    found = history(root, tmp_path, HistoryQuery("zeppelin cost"))
    assert [hit.subject for hit in found.hits] == ["Explain the currency"]
    assert found.hits[0].author == "Ada"
    assert found.coverage.commits == found.coverage.diffs == 4
    assert found.coverage.notes == ()


def test_what_a_diff_adds_or_removes_is_found_with_its_symbols(root: Path, tmp_path: Path) -> None:
    found = history(root, tmp_path, HistoryQuery("settle_zloty"))
    assert {hit.subject for hit in found.hits} == {"Go back", "Round the price"}
    for hit in found.hits:
        (file,) = hit.files
        assert (file.path, file.status, file.added, file.removed) == ("cart.py", "M", 1, 1)
        assert file.symbols == ("Cart.pay",)


def test_a_path_and_a_date_narrow_it(root: Path, tmp_path: Path) -> None:
    inside = history(root, tmp_path, HistoryQuery("price", path="cart.py"))
    assert [hit.subject for hit in inside.hits] == ["Round the price"]
    later = history(root, tmp_path, HistoryQuery("price", since=since_of("2100-01-01", NOW)))
    assert (later.hits, later.coverage.commits) == ((), 0)


NOW = datetime(2026, 3, 31, tzinfo=UTC)


def test_dates_and_times_ago_are_understood() -> None:
    assert since_of("2026-03-01", NOW) == datetime(2026, 3, 1, tzinfo=UTC).timestamp()
    assert since_of("2 weeks ago", NOW) == datetime(2026, 3, 17, tzinfo=UTC).timestamp()
    with pytest.raises(UsageError, match="no date"):
        since_of("--output=/tmp/x", NOW)


def test_what_was_not_read_in_time_is_said_and_read_by_the_next_query(
    root: Path, tmp_path: Path
) -> None:
    first = history(root, tmp_path, HistoryQuery("settle_zloty"), seconds=0.0)
    assert first.coverage.diffs < first.coverage.commits
    assert any("ask again" in note for note in first.coverage.notes)
    later = history(root, tmp_path, HistoryQuery("settle_zloty"))
    assert later.coverage.diffs == 4
    assert later.coverage.notes == ()


def test_secrets_in_history_are_not_shown_and_not_found(tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2" * 9
    root = git_repository(tmp_path, {"a.py": f'key = "{secret}"\n'})
    commit_all(root, f"Use {secret}")
    found = history(root, tmp_path, HistoryQuery("Use"))
    assert found.hits
    assert all(secret not in str(hit.as_json()) for hit in found.hits)


def test_a_shallow_clone_says_that_its_history_is_cut(root: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{root}", str(clone))
    found = history(clone, tmp_path, HistoryQuery("back"))
    assert found.coverage.commits == 1
    assert any("shallow" in note for note in found.coverage.notes)


def test_where_there_is_no_history_it_is_an_error_and_not_an_empty_answer(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.mkdir()
    with pytest.raises(HistoryError, match="plain folder"):
        history(plain, tmp_path, HistoryQuery("x"))
    unborn = tmp_path / "unborn"
    unborn.mkdir()
    git(unborn, "init", "--quiet")
    with pytest.raises(HistoryError, match="no commit yet"):
        history(unborn, tmp_path, HistoryQuery("x"))


def test_stop_words_alone_find_nothing_that_they_do_not_say(root: Path, tmp_path: Path) -> None:
    assert history(root, tmp_path, HistoryQuery("qqqq")).hits == ()
