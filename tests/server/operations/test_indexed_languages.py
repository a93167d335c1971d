"""Which languages an index holds, and how deep each is understood."""

from pathlib import Path

import pytest

from server.operations.index.languages import LANGUAGES
from tests.server.calls import Calls
from tests.server.commands import Commands
from tests.support import config_in, git_repository, indexed

MIXED = {
    "shop/cart.py": "def total(prices):\n    return sum(prices)\n",
    "shop/broken.py": "def half(:\n",
    "tool/main.rs": "fn main() {}\n",
    "notes.txt": "tea\n",
}


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    return git_repository(tmp_path, MIXED)


async def test_each_language_is_told_with_its_depth(tmp_path: Path, mixed: Path) -> None:
    config = config_in(tmp_path)
    indexed(mixed, config)
    services = Calls(config)
    found = await services.call(LANGUAGES, repo=str(mixed))
    await services.aclose()
    told = {one.language: (one.depth, one.files, one.degraded) for one in found.languages}
    assert found.indexed
    assert (told["python"], told["rust"]) == (("resolved", 2, 1), ("symbols", 1, 0))
    assert told["text"][:2] == ("words", 1)
    assert found.languages[0].language == "python"
    assert next(one.symbols for one in found.languages if one.language == "rust") == 1


async def test_before_it_is_indexed_none_is_told(tmp_path: Path, mixed: Path) -> None:
    services = Calls(config_in(tmp_path))
    found = await services.call(LANGUAGES, repo=str(mixed))
    await services.aclose()
    assert (found.indexed, found.languages) == (False, ())


def test_the_command_tells_them(tmp_path: Path, mixed: Path) -> None:
    cli = Commands(tmp_path)
    words = ("status", "--languages", "--repo", mixed)
    before = cli.run(*words)
    assert (before.code, before.out) == (1, f"{mixed} is not indexed; run `rooftree index`\n")
    assert cli.run("index", mixed).code == 0
    assert "python            2 files       2 symbols  names resolved" in cli.run(*words).out
    assert cli.run(*words, "--json").json()["languages"][0]["depth"] == "resolved"
