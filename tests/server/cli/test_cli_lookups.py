"""What `symbols`, `references`, `map` and `history` print and how they exit, by running them."""

from pathlib import Path

import pytest

from tests.agents.scenes import SHOP
from tests.server.commands import Commands
from tests.support import commit_all, git_repository, write_files


@pytest.fixture
def cli(tmp_path: Path) -> Commands:
    return Commands(tmp_path)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = git_repository(tmp_path, SHOP)
    write_files(root, {"shop/notes.py": "def remember_zloty(): pass\n"})
    commit_all(root, "Remember the currency")
    return root


def test_symbols_are_found_with_their_uses(cli: Commands, shop: Path) -> None:
    done = cli.run("symbols", "grand_total", "--repo", shop)
    assert done.code == 0
    assert "grand_total" in done.out
    assert "resolved" in done.out
    assert "looked at commit" in done.out
    as_json = cli.run("symbols", "grand_tot", "--repo", shop, "--json").json()
    assert as_json["match"] == "beginning"
    assert as_json["symbols"][0]["references"]["resolved"] >= 1
    assert set(as_json["coverage"]) == {
        "commit",
        "files_behind",
        "looked_seconds_ago",
        "skipped",
        "notes",
        "checked",
        *("without_symbols", "partly_parsed", "not_looked_at"),
    }
    assert cli.run("symbols", "zeppelin", "--repo", shop).code == 1


def test_references_say_how_certain_they_are(cli: Commands, shop: Path) -> None:
    done = cli.run("references", "grand_total", "--repo", shop)
    assert done.code == 0
    assert "shop/checkout.py:8 call, resolved in charge_customer" in done.out
    assert cli.run("references", "zeppelin", "--repo", shop).code == 1
    assert cli.run("references", " ", "--repo", shop).code == 2


def test_a_map_keeps_to_its_budget(cli: Commands, shop: Path) -> None:
    done = cli.run("map", "--repo", shop, "--tokens", "100", "--focus", "shop/checkout.py")
    assert done.code == 0
    assert done.out.startswith("shop/checkout.py:\n")
    as_json = cli.run("map", "--repo", shop, "--tokens", "64", "--json").json()
    assert as_json["tokens"] <= as_json["budget"] == 64
    assert cli.run("map", "--repo", shop, "--tokens", "1").code == 2


def test_history_finds_commits_and_says_what_it_looked_at(cli: Commands, shop: Path) -> None:
    done = cli.run("history", "remember zloty", "--repo", shop)
    assert done.code == 0
    assert "Ada: Remember the currency" in done.out
    assert "A shop/notes.py +1 -0: remember_zloty" in done.out
    assert "messages of 2 commits and the diffs of 2" in done.out
    assert cli.run("history", "zeppelin", "--repo", shop).code == 1
    assert cli.run("history", "x", "--since", "soon", "--repo", shop).code == 2


def test_a_folder_without_history_could_not_be_looked_at(cli: Commands, tmp_path: Path) -> None:
    folder = tmp_path / "plain"
    folder.mkdir()
    done = cli.run("history", "x", "--repo", folder)
    assert done.code == 3
    done.assert_one_line()
