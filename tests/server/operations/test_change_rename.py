"""A rename that a task asks for takes no model, and is done whole or refused with the places."""

from pathlib import Path

import pytest

from tests.server.changing import FIXED, SHOP, environment, services_of
from tests.server.commands import Commands
from tests.support import git_repository, write_files
from tests.support.scripted_model import ScriptedServer

PLAIN = {**SHOP, "shop/cart.py": FIXED}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, PLAIN)


def test_everything_is_renamed_tested_applied_and_taken_back(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer() as model:
        commands = Commands(tmp_path, environment(tmp_path, model))
        task = "Rename the function `total` to `add_up` everywhere"
        done = commands.run("change", task, "--repo", shop, "--approve", "all")
        assert done.code == 0, done.out + done.err
        asked = [one for one in model.requests if one.path.endswith("completions")]
        assert asked == []
        assert (shop / "shop" / "cart.py").read_text() == FIXED.replace("total", "add_up")
        tests = (shop / "tests" / "test_cart.py").read_text()
        assert "import count, add_up\n" in tests
        assert "def test_total():\n    assert add_up([1, 2]) == 3" in tests
        listed = commands.run("runs", "list", "--repo", shop).out
        assert commands.run("undo", "last", "--repo", shop).code == 0
    assert "\nverified as a rename: 3 places in 2 files, found by resolving names" in done.out
    assert "2 tests that passed still pass (all tests were run)" in done.out
    assert "not reviewed: a rename is judged by what resolves" in done.out
    assert "  change verified as a rename applied  " in listed
    assert (shop / "shop" / "cart.py").read_text() == FIXED


@pytest.mark.parametrize(
    ("task", "more", "why"),
    [
        (
            "rename total to add_up",
            "def f():\n    return total()\n",
            "total is not renamed, since not every place can be told or is free: shop/more.py:2",
        ),
        ("rename `no_such` to `add_up`.", "", "no definition of Python is called 'no_such'"),
    ],
)
async def test_half_a_rename_is_never_offered(
    tmp_path: Path, shop: Path, task: str, more: str, why: str
) -> None:
    write_files(shop, {"shop/more.py": more})
    with ScriptedServer() as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change(task, shop, "all")
        assert not [one for one in model.requests if one.path.endswith("completions")]
    assert (outcome.status, outcome.diff, outcome.applied) == ("failed", "", False)
    assert why in outcome.summary


async def test_a_rename_that_no_test_ran_with_is_not_proved(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer() as model:
        async with services_of(tmp_path, model, sandbox={"backend": "none"}) as services:
            outcome = await services.change("rename total to add_up", shop, "all")
    assert (outcome.status, outcome.applied) == ("unverified", False)
    assert "switched off" in outcome.summary
    assert "+def add_up(prices):" in outcome.diff
