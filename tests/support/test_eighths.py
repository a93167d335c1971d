"""The eighth that runs before a commit: the same everywhere, of every kind, and all of it later."""

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import settings

from tests.support.eighths import FEWEST_EXAMPLES, chosen_eighth, examples

ROOT = Path(__file__).parents[2]
CONFTEST = """
import pytest

from tests.support.eighths import mark_the_rest_slow


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    mark_the_rest_slow(items)
"""
TABLES = """
import pytest


@pytest.mark.eighth
@pytest.mark.parametrize("number", range(80))
def test_plain(number): ...


@pytest.mark.eighth("way")
@pytest.mark.parametrize("way", ["one", "two", "three"])
@pytest.mark.parametrize("number", range(8))
def test_of_ways(number, way): ...


@pytest.mark.parametrize("number", range(9))
def test_whole(number): ...
"""


def rows(count: int) -> list[tuple[str, list[str]]]:
    return [(f"test_it[{number}]", []) for number in range(count)]


def collected(folder: Path, *arguments: str) -> list[str]:
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_tables.py").write_text(TABLES)
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-o", f"pythonpath={ROOT}", *arguments, "test_tables.py"],
        cwd=folder,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return [line.partition("::")[2] for line in done.stdout.splitlines() if "::" in line]


def test_it_is_an_eighth_rounded_up_in_any_order() -> None:
    assert [len(chosen_eighth(rows(count))) for count in (0, 1, 8, 9, 800)] == [0, 1, 1, 2, 100]
    assert chosen_eighth(rows(800)) == chosen_eighth(reversed(rows(800)))


def test_it_is_the_same_for_ever() -> None:
    assert chosen_eighth(rows(24)) == {"test_it[19]", "test_it[3]", "test_it[9]"}


def test_a_new_row_moves_few_others() -> None:
    assert len(chosen_eighth(rows(800)) - chosen_eighth(rows(801))) <= 1


def test_one_of_every_kind_is_in_it() -> None:
    several = [(f"test_it[{number}]", ["most", str(number // 7)]) for number in range(21)]
    chosen = chosen_eighth(several)
    assert {kinds[1] for name, kinds in several if name in chosen} == {"0", "1", "2"}
    assert len(chosen) <= 3 + 2


def test_the_rest_is_slow_and_a_table_of_other_tests_is_whole(tmp_path: Path) -> None:
    gate = collected(tmp_path, "-m", "not slow")
    assert sum(name.startswith("test_plain") for name in gate) == 10
    assert {name.rpartition("-")[2] for name in gate if "of_ways" in name} == {
        "one]",
        "two]",
        "three]",
    }
    assert sum(name.startswith("test_whole") for name in gate) == 9
    assert len(collected(tmp_path, "-m", "slow or eighth")) == 80 + 24


def test_made_up_examples_are_an_eighth_of_what_slow_tries() -> None:
    before = settings.get_current_profile_name()
    try:
        settings.load_profile("gate")
        assert examples(800).max_examples == 100
        assert examples(80).max_examples == FEWEST_EXAMPLES
        assert examples(8).max_examples == 8
        assert examples(80).derandomize
        settings.load_profile("slow")
        assert examples(800).max_examples == 800
    finally:
        settings.load_profile(before)
