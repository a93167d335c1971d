"""New tests of a change count for what they notice: they are run with the change broken."""

import re
from pathlib import Path

import pytest

from agents.evidence.evidence import Evidence
from agents.evidence.own_tests import OwnTests, ProofRequirements, prove_by_own_tests
from tests.agents.change.test_verify import team_of
from tests.server.changing import BUGGY, FIXED, SHOP
from tools.drafts.draft import Draft

OLD_TESTS = str(SHOP["tests/test_cart.py"])
CART = FIXED
FEATURE = (
    CART
    + '''

def cheapest(prices, floor=0):
    """Return the lowest price that is above a floor."""
    above = [price for price in prices if price > floor]
    if not above:
        return None
    return min(above)


def is_free(prices):
    """Say whether nothing is to be paid."""
    return not any(prices)
'''
)
HEAD = "from shop.cart import cheapest, count, is_free, total\n\n\n"
GOOD = f"""{HEAD}def test_cheapest():
    assert cheapest([3, 1, 2], 1) == 2
    assert cheapest([]) is None


def test_free():
    assert is_free([0])
    assert not is_free([0, 1])


def test_of_something_else():
    assert count([]) == 0
"""
NEW = "tests/test_new.py"
FILES = {**SHOP, "shop/cart.py": CART, "setup.cfg": "[metadata]\n"}
WANTED = ProofRequirements(
    frozenset({"tests/test_cart.py::test_total", "tests/test_cart.py::test_count"})
)


async def judged(
    tmp_path: Path, changes: dict[str, str], wanted: ProofRequirements = WANTED
) -> OwnTests:
    async with team_of(tmp_path, FILES) as team:
        draft = Draft(team.snapshot, {})
        for path, text in changes.items():
            draft = draft.with_text(path, text)
        found = await prove_by_own_tests(team, draft, wanted)
        assert found is not None
        return found


async def test_tests_that_notice_every_broken_piece_are_told_as_its_own(tmp_path: Path) -> None:
    found = await judged(tmp_path, {"shop/cart.py": FEATURE, NEW: GOOD})
    # The third test notices nothing of the change, and is not counted.
    assert found.tests == (f"{NEW}::test_cheapest", f"{NEW}::test_free")
    assert (found.proves, found.of) == (True, ("cheapest", "is_free"))
    assert found.describe() == (
        "verified by its own 2 new tests: they run each changed line and fail when cheapest, "
        "is_free is broken"
    )
    evidence = Evidence(parses=True, kept=2, own=found)
    assert (evidence.verified, evidence.by_own_tests) == (False, True)
    assert evidence.as_json()["verified"] is False


PROVE_NOTHING = {
    "no assertion": (GOOD.replace("assert cheapest", "cheapest"), "pass also where .*cheapest"),
    "one answer": (GOOD.replace("    assert not is_free([0, 1])\n", ""), "`return True`"),
    "a line is not run": (
        GOOD.replace("    assert cheapest([]) is None\n", ""),
        r"they do not run shop/cart\.py:21",
    ),
    "a function is not run": (GOOD.replace("is_free(", "not any("), "they do not run"),
    "a failing test": (GOOD.replace("== 2", "== 3"), "test_cheapest fails"),
    "not collected": (f"import nothing_like_it\n{GOOD}", "test_new.py fails"),
    "no test": (f"{HEAD}def helper():\n    pass\n", "no new test|could not be run"),
    "sometimes": (
        f"import sys\n{GOOD}\n\ndef test_one():\n    assert '::' not in ' '.join(sys.argv)\n",
        "passes only sometimes",
    ),
    "skipped": (
        f"import pytest\n{GOOD}".replace("def test_", "@pytest.mark.skip\ndef test_"),
        "no new test",
    ),
}


@pytest.mark.parametrize("kind", PROVE_NOTHING)
async def test_what_passes_all_the_same_proves_nothing(tmp_path: Path, kind: str) -> None:
    tests, why = PROVE_NOTHING[kind]
    found = await judged(tmp_path, {"shop/cart.py": FEATURE, NEW: tests})
    assert not found.proves
    assert re.search(why, found.why_not), found.why_not
    assert "verified" not in found.describe()


async def test_tests_may_be_added_to_a_file_of_tests(tmp_path: Path) -> None:
    more = OLD_TESTS.replace("import count", "import cheapest, count, is_free")
    more += GOOD.partition(HEAD)[2].partition("\n\ndef test_of")[0]
    found = await judged(tmp_path, {"shop/cart.py": FEATURE, "tests/test_cart.py": more})
    assert (found.why_not, len(found.tests)) == ("", 2)


async def test_old_tests_that_were_changed_hide_nothing(tmp_path: Path) -> None:
    broken = FEATURE.replace("return len(prices)", "return 7")
    more = OLD_TESTS.replace("import count", "import cheapest, count, is_free")
    more = more.replace("count([1]) == 1", "count([1]) == 7")
    more += GOOD.partition(HEAD)[2].partition("\n\ndef test_of")[0]
    more += "\n\ndef test_seven():\n    assert count([]) == 7\n"
    found = await judged(tmp_path, {"shop/cart.py": broken, "tests/test_cart.py": more})
    assert found.why_not == "with the old tests as they were, tests/test_cart.py::test_count fails"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"conftest.py": "import os\n"}, "edits conftest.py, which decides"),
        ({"setup.cfg": "[metadata]\nname = x\n"}, "edits setup.cfg, which decides"),
        ({"shop/cart.js": "f()\n"}, "shop/cart.js is not what `pytest` tests"),
        ({"shop/cart.py": FEATURE.replace("def count", "def number")}, "it removes count"),
    ],
)
async def test_what_no_new_test_can_show_is_said(
    tmp_path: Path, changes: dict[str, str], why: str
) -> None:
    found = await judged(tmp_path, {"shop/cart.py": FEATURE, NEW: GOOD, **changes})
    assert why in found.why_not


async def test_a_test_that_was_asked_for_is_of_the_function_that_was_named(tmp_path: Path) -> None:
    test = "from shop.cart import count, total\n\n\ndef test_it():\n    assert {} == {}\n"
    for number, (call, value, of, why) in enumerate(
        [
            ("total([1, 2])", "3", "total", ""),
            ("count([1, 2])", "2", "total", "they pass also where shop/cart.py::total does"),
            ("count([1, 2])", "2", "no_such", "is no function"),
        ]
    ):
        asked = ProofRequirements(WANTED.passing, functions=(("shop/cart.py", of),))
        found = await judged(tmp_path / str(number), {NEW: test.format(call, value)}, asked)
        assert (found.proves, why in found.why_not) == (not why, True)


async def test_a_change_without_new_tests_claims_none(tmp_path: Path) -> None:
    async with team_of(tmp_path, {**SHOP, "shop/cart.py": BUGGY}) as team:
        draft = Draft(team.snapshot, {}).with_text("shop/cart.py", FIXED)
        assert await prove_by_own_tests(team, draft, WANTED) is None
