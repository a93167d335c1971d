"""A change in a project whose environment has no pytest: unittest runs and traces its tests."""

from pathlib import Path

import pytest

from tests.environments import environment
from tests.server.changing import FIXED, SHOP, coder, services_of
from tests.support import git_repository
from tests.support.scripted_model import ScriptedServer

CASE = """\
import unittest

from shop.cart import count, total


class Cart(unittest.TestCase):
    def test_total(self):
        self.assertEqual(total([1, 2]), 3)

    def test_count(self):
        self.assertEqual(count([1]), 1)
"""
BESIDE = """\
import unittest


class Beside(unittest.TestCase):
    def test_beside(self):
        self.fail("this fails whatever the cart does")
"""
FILES: dict[str, str | bytes] = {
    **SHOP,
    ".gitignore": ".venv\n",
    "tests/test_cart.py": CASE,
    "tests/test_beside.py": BESIDE,
    "tests/test_unread.py": "import nowhere\nimport unittest\n\n\n"
    "class Unread(unittest.TestCase):\n    def test_unread(self):\n        pass\n",
}


@pytest.mark.parametrize(
    "task",
    ["tests.test_cart.Cart.test_total fails", "tests/test_cart.py::Cart::test_total fails"],
)
async def test_the_test_that_is_named_is_repaired_whatever_else_fails(
    tmp_path: Path, task: str
) -> None:
    shop = git_repository(tmp_path, FILES)
    environment(shop / ".venv")
    with ScriptedServer(coder) as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change(task, shop, "all")
    assert outcome.evidence is not None, outcome.summary
    assert outcome.evidence.fixed == ("tests/test_cart.py::Cart::test_total",)
    assert (outcome.status, outcome.applied) == ("verified", True), outcome.summary
    assert (shop / "shop" / "cart.py").read_text() == FIXED
    assert any(note.endswith("with unittest") for note in outcome.notes)
