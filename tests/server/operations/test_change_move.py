"""A move that a task asks for takes no model, and is done whole or refused with the places."""

from pathlib import Path

import pytest

from tests.server.changing import FIXED, SHOP, environment, services_of
from tests.server.commands import Commands
from tests.support import git_repository, write_files
from tests.support.scripted_model import ScriptedServer

PLAIN = {**SHOP, "shop/cart.py": FIXED}
TASK = "Move `total` from shop/cart.py to shop/sums.py"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, PLAIN)


def test_everything_is_moved_tested_applied_and_taken_back(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer() as model:
        commands = Commands(tmp_path, environment(tmp_path, model))
        done = commands.run("change", TASK, "--repo", shop, "--approve", "all")
        assert done.code == 0, done.out + done.err
        assert not [one for one in model.requests if one.path.endswith("completions")]
        assert (shop / "shop" / "sums.py").read_text().startswith("def total(prices):\n")
        assert "total" not in (shop / "shop" / "cart.py").read_text()
        tests = (shop / "tests" / "test_cart.py").read_text()
        assert tests.startswith("from shop.cart import count\nfrom shop.sums import total\n")
        listed = commands.run("runs", "list", "--repo", shop).out
        assert commands.run("undo", "last", "--repo", shop).code == 0
    assert "\nverified as a move: 2 uses in 3 changed files, found by resolving names" in done.out
    assert "2 tests that passed still pass (all tests were run)" in done.out
    assert "not reviewed: a move is judged by what resolves" in done.out
    assert "  change verified as a move applied  " in listed
    assert (shop / "shop" / "cart.py").read_text() == FIXED
    assert not (shop / "shop" / "sums.py").exists()


def test_a_file_is_moved_with_every_import_of_it(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer() as model:
        commands = Commands(tmp_path, environment(tmp_path, model))
        task = "rename shop/cart.py to shop/basket.py"
        done = commands.run("change", task, "--repo", shop, "--approve", "all")
        assert done.code == 0, done.out + done.err
        assert (shop / "shop" / "basket.py").read_text() == FIXED
        assert not (shop / "shop" / "cart.py").exists()
        tests = (shop / "tests" / "test_cart.py").read_text()
        assert tests.startswith("from shop.basket import count, total\n")
        assert commands.run("undo", "last", "--repo", shop).code == 0
    assert "\nverified as a move: 2 uses in 3 changed files" in done.out
    assert (shop / "shop" / "cart.py").read_text() == FIXED


@pytest.mark.parametrize(
    ("task", "old", "new"),
    [
        ("move tests/test_cart.py to tests/unit/", "tests/test_cart.py", "tests/unit/test_cart.py"),
        (
            "move `test_count` from tests/test_cart.py to tests/test_counts.py",
            "def test_count(",
            "tests/test_counts.py",
        ),
    ],
    ids=["a file", "a function"],
)
async def test_tests_that_are_moved_are_looked_for_where_they_are(
    tmp_path: Path, shop: Path, task: str, old: str, new: str
) -> None:
    with ScriptedServer() as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change(task, shop, "never")
    assert outcome.evidence is not None
    assert outcome.status == "verified_as_move", outcome.summary
    assert "2 tests that passed still pass" in outcome.summary
    assert old in outcome.diff
    assert new in outcome.paths


@pytest.mark.parametrize(
    ("task", "more", "why"),
    [
        (
            TASK,
            "from unittest import mock\n\nPATCHED = mock.patch('shop.cart.total')\n",
            "total is not moved, since not every use can be told: shop/more.py:3 names it in",
        ),
        ("move `no_such` to shop/sums.py", "", "is called 'no_such' here"),
        ("rename README.md to shop.py", "", "README.md"),
    ],
)
async def test_half_a_move_is_never_offered(
    tmp_path: Path, shop: Path, task: str, more: str, why: str
) -> None:
    write_files(shop, {"shop/more.py": more})
    with ScriptedServer() as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change(task, shop, "all")
        assert not [one for one in model.requests if one.path.endswith("completions")]
    assert (outcome.status, outcome.diff, outcome.applied) == ("failed", "", False)
    assert why in outcome.summary


async def test_a_move_that_no_test_ran_with_is_not_proved(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer() as model:
        async with services_of(tmp_path, model, sandbox={"backend": "none"}) as services:
            outcome = await services.change(TASK, shop, "all")
    assert (outcome.status, outcome.applied) == ("unverified", False)
    assert "switched off" in outcome.summary
    assert "+def total(prices):" in outcome.diff
