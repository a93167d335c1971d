"""`index --watch`, `search` over several repositories and `gc`, as their users run them."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.agents.scenes import SHOP
from tests.server.commands import SECONDS, Commands
from tests.support import git, git_repository, project, write_files


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


@pytest.fixture
def cli(tmp_path: Path) -> Commands:
    home = tmp_path / "home"
    home.mkdir()
    return Commands(home)


@pytest.mark.parametrize("options", [(), ("--poll", "0.2")], ids=["events", "poll"])
def test_a_watch_tells_of_each_time_it_has_caught_up(
    cli: Commands, shop: Path, options: tuple[str, ...]
) -> None:
    watching = cli.start("index", "--watch", "--json", *options, shop)
    assert watching.stdout is not None
    first = json.loads(watching.stdout.readline())
    assert first["files"] == first["parsed"] > 3
    assert first["commit"] == git(shop, "rev-parse", "HEAD")
    write_files(shop, {"shop/zeppelin.py": "def zeppelin():\n    return 1\n"})
    second = json.loads(watching.stdout.readline())
    assert (second["files"], second["parsed"]) == (first["files"] + 1, 1)
    found = cli.run("search", "zeppelin", "--repo", shop, "--json").json()
    assert found["hits"][0]["path"] == "shop/zeppelin.py"
    assert found["coverage"]["files_behind"] == 0
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=SECONDS)
    assert watching.returncode == 130
    assert err == b"rooftree: interrupted; what was finished is kept\n"


def test_a_watch_speaks_to_a_person_too(cli: Commands, shop: Path) -> None:
    watching = cli.start("index", "--watch", shop)
    assert watching.stdout is not None
    line = watching.stdout.readline().decode()
    assert "searchable: " in line
    assert f"commit {git(shop, 'rev-parse', 'HEAD')[:12]}" in line
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=SECONDS)
    assert b"by events of the file system; Ctrl-C ends it" in err


def test_a_watch_of_nothing_is_refused(cli: Commands, tmp_path: Path) -> None:
    done = cli.run("index", "--watch", tmp_path / "nowhere")
    assert done.code == 2
    done.assert_one_line()


def several(*roots: Path) -> list[str | Path]:
    return [part for root in roots for part in ("--repo", root)]


def test_several_repositories_are_searched(cli: Commands, shop: Path, tmp_path: Path) -> None:
    other = git_repository(tmp_path, project(5), "other")
    found = cli.run("search", "price_of", *several(other, shop), "--json")
    assert found.code == 0
    assert found.json()["hits"][0]["repo"] == str(shop)
    assert [item["status"] for item in found.json()["repos"]] == ["looked", "looked"]
    shown = cli.run("search", "price_of", *several(other, shop)).out
    assert shown.startswith(f"{shop}/shop/prices.py:")
    assert f"{other}:\nlooked at commit" in shown


def test_a_repository_that_cannot_be_looked_at_is_told(
    cli: Commands, shop: Path, tmp_path: Path
) -> None:
    nowhere = tmp_path / "nowhere"
    found = cli.run("search", "price_of", *several(shop, nowhere))
    assert found.code == 0
    assert f"{nowhere}:\ncould not look: " in found.out
    nothing = cli.run("search", "xylophone_quagga", *several(shop, nowhere))
    assert nothing.code == 3


def collected(cli: Commands, *options: str | Path) -> dict[str, Any]:
    done = cli.run("gc", "--json", *options)
    assert done.code == 0, done.err
    result: dict[str, Any] = done.json()
    return result


def test_gc_takes_the_index_of_what_is_gone(cli: Commands, shop: Path, tmp_path: Path) -> None:
    other = git_repository(tmp_path, project(3), "other")
    for root in (shop, other):
        assert cli.run("index", root).code == 0
    assert collected(cli, "--repo", shop)["repositories"][0]["removed_index"] is False
    other.rename(tmp_path / "moved")
    dry = collected(cli, "--all", "--dry-run")
    assert dry["dry_run"]
    assert dry["bytes"] > 0
    done = collected(cli, "--all")
    whole = {item["repo"]: item["removed_index"] for item in done["repositories"]}
    assert whole == {str(shop): False, str(other): True}
    assert len(list((cli.state / "repos").iterdir())) == 1
    shown = cli.run("gc", "--all").out
    assert shown == f"{shop}: removed nothing; 0.0 MB\n"
    assert cli.run("search", "price_of", "--repo", shop).code == 0
