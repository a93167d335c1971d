"""A definition is renamed with every place that means it, and no other; or not at all."""

from pathlib import Path

import pytest

from rooftree.errors import ToolRefusedError
from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.renaming.rename import Renamed, Renaming, rename

CART = '''"""Carts: total adds up."""

from __future__ import annotations

__all__ = ["total", "Cart"]


def total(prices, scale=lambda x: x):
    """The total."""
    return sum(prices)  # total


class Cart:
    def __init__(self) -> None:
        self.prices: list[int] = []

    def sum_up(self) -> "int":
        return total(self.prices)

    def total(self) -> int:
        return self.sum_up() + total([total(self.prices)])


def made(other: "Cart | None" = None) -> Cart:
    return other or Cart()


STEP = total
'''
USES = """import shop.cart
import shop.cart as carts
from shop import total as exported
from shop.cart import Cart, total


def plain(prices):
    print(f"{total(prices)} of {carts.total(prices)} é {shop.cart.total(prices)}")
    return map(total, prices), exported(prices)


def shadowed(total):
    def inner():
        return total
    return total, inner, [total for _ in ()]


def comprehended(rows):
    return [total for total in total(rows)], total(rows)


def named(cart: Cart, frame):
    cart.sum_up()
    frame.total(total=1)
    return {"total": cart.total()}


def local():
    from shop.cart import total
    return total([])
"""
FILES: dict[str, str | bytes] = {
    "shop/__init__.py": "from .cart import Cart, total\n\n__all__ = ['Cart', 'total']\n",
    "shop/cart.py": CART,
    "shop/uses.py": USES,
    "shop/other.py": "def total():\n    return 0\n\n\ntotal()\n",
    "tests/test_cart.py": "from shop import total\n\n\ndef test_total():\n"
    "    assert total([1]) == 1\n",
    "README.md": "Call `total`.\n",
}


def draft_of(tmp_path: Path, files: dict[str, str | bytes]) -> Draft:
    (tmp_path / "blobs").mkdir(parents=True)
    return Draft(take_snapshot(open_worktree(git_repository(tmp_path, files)), tmp_path / "blobs"))


def renamed(tmp_path: Path, wish: Renaming, **more: str) -> Renamed:
    files = {**FILES, **{name.replace("__", "/") + ".py": text for name, text in more.items()}}
    return rename(draft_of(tmp_path, files), wish)


def test_a_function_is_renamed_wherever_it_is_meant_and_nowhere_else(tmp_path: Path) -> None:
    done = renamed(tmp_path, Renaming("total", "add_up", "shop/cart.py"))
    assert done.draft.text("shop/__init__.py") == (
        "from .cart import Cart, add_up\n\n__all__ = ['Cart', 'add_up']\n"
    )
    expected = CART.replace('"total"', '"add_up"').replace("def total(prices", "def add_up(prices")
    expected = expected.replace("total(self.prices)", "add_up(self.prices)")
    expected = expected.replace("+ total(", "+ add_up(").replace("STEP = total", "STEP = add_up")
    assert done.draft.text("shop/cart.py") == expected
    uses = USES
    for old in (
        *("import total as", "Cart, total", "{total(", "carts.total", "cart.total(prices)"),
        *("map(total", "in total(", "], total(", "cart import total\n", "return total([])"),
    ):
        assert old in uses
        uses = uses.replace(old, old.replace("total", "add_up"))
    assert done.draft.text("shop/uses.py") == uses
    assert "other.py" not in str(done.draft.paths)
    assert "def test_total" in done.draft.text("tests/test_cart.py")
    assert "assert add_up([1])" in done.draft.text("tests/test_cart.py")
    assert done.count == sum(done.draft.text(path).count("add_up") for path in done.draft.paths)
    assert any("README.md:1" in note for note in done.notes)
    assert any("shop/other.py:1" in note for note in done.notes)


def test_a_class_is_renamed_in_annotations_that_are_texts_too(tmp_path: Path) -> None:
    done = renamed(tmp_path, Renaming("Cart", "Basket"))
    assert 'other: "Basket | None" = None) -> Basket:' in done.draft.text("shop/cart.py")
    assert "return other or Basket()" in done.draft.text("shop/cart.py")
    assert "cart: Basket" in done.draft.text("shop/uses.py")
    assert "__all__ = ['Basket'" in done.draft.text("shop/__init__.py")


def test_a_method_is_renamed_by_the_types_of_what_it_is_asked_of(tmp_path: Path) -> None:
    done = renamed(tmp_path, Renaming("Cart.sum_up", "add"))
    assert "return self.add() +" in done.draft.text("shop/cart.py")
    assert "cart.add()" in done.draft.text("shop/uses.py")
    assert done.count == 3


def test_every_encoding_and_line_end_stays(tmp_path: Path) -> None:
    data = b"# coding: latin-1\r\ndef old():\r\n    return '\xe9'\r\nx = 'caf\xe9', old()"
    done = rename(draft_of(tmp_path, {"a.py": data}), Renaming("old", "new_one"))
    assert done.draft.content("a.py") == data.replace(b"old()", b"new_one()")


REFUSED = {
    "a receiver of no known type": (
        Renaming("Cart.sum_up", "add"),
        "def f(thing):\n    return thing.sum_up()\n",
        "shop/more.py:2 may mean it or not",
    ),
    "an override": (
        Renaming("Cart.sum_up", "add"),
        "from shop.cart import Cart\n\n\nclass Big(Cart):\n    def sum_up(self): pass\n",
        "Big.sum_up may override it",
    ),
    "a protocol": (
        Renaming("Adds.sum_up", "add"),
        "from typing import Protocol\n\n\nclass Adds(Protocol[int]):\n    def sum_up(self): ...\n",
        "Adds.sum_up is a protocol's, which any class may implement",
    ),
    "what a protocol asks for": (
        Renaming("Cart.sum_up", "add"),
        "import typing\n\n\nclass Adds(typing.Protocol):\n    def sum_up(self): ...\n",
        "Adds.sum_up is a protocol's, which it may implement",
    ),
    "bound twice": (
        Renaming("made", "create", "shop/cart.py"),
        "from shop.cart import made\n\nmade = made or None\n",
        "shop/more.py:3 may mean it or not",
    ),
    "an import that may fail": (
        Renaming("made", "create"),
        "try:\n    from shop.cart import made\nexcept ImportError:\n    made = None\nmade()\n",
        "may mean it or not",
    ),
    "nobody binds it": (
        Renaming("made", "create"),
        "def f():\n    return made()\n",
        "shop/more.py:2 may mean it or not",
    ),
    "declared global": (
        Renaming("total", "add_up", "shop/cart.py"),
        "from shop.cart import total\n\n\ndef f():\n    global total\n    total = 1\n",
        "shop/more.py",
    ),
    "taken by a parameter": (
        Renaming("made", "create"),
        "from shop.cart import made\n\n\ndef f(create):\n    return made(create)\n",
        "shop/more.py:4 has a create already",
    ),
    "taken by a definition": (Renaming("made", "total"), "", "has a total already"),
    "a file that is no Python": (
        Renaming("made", "create"),
        "print made\n",
        "shop/more.py cannot be read as Python",
    ),
    "several": (Renaming("total", "add_up"), "", "say which: shop/cart.py::"),
    "none": (Renaming("no_such", "add_up"), "", "no definition of Python is called 'no_such'"),
    "a keyword": (Renaming("made", "class"), "", "no name that Python takes"),
    "a builtin": (Renaming("made", "print"), "", "Python's own name"),
    "a special method": (Renaming("Cart.__init__", "begin"), "", "means something to Python"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_renamed_whole_is_refused_with_the_places(tmp_path: Path, kind: str) -> None:
    wish, text, why = REFUSED[kind]
    with pytest.raises(ToolRefusedError) as refused:
        renamed(tmp_path, wish, shop__more=text)
    assert why in str(refused.value)


def test_a_name_that_a_star_would_hand_to_others_is_not_given(tmp_path: Path) -> None:
    """After it, `create` in the third file would be another one, though that file has no `made`."""
    other = "def create():\n    return 1\n"
    more = "from shop.other import *\nfrom shop.cart import *\n\ncreate()\n"
    with pytest.raises(ToolRefusedError, match=r"shop/more\.py:4 may mean it or not"):
        renamed(tmp_path, Renaming("made", "create"), shop__other=other, shop__more=more)
