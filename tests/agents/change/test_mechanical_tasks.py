"""Which tasks ask for a rename or a move alone, and what they name."""

import pytest

from agents.evidence.named_tests import move_of, rename_of
from tools.moving.request import MoveRequest

MOVES = {
    "move `total` from shop/cart.py to shop/totals.py": MoveRequest(
        "total", "shop/cart.py", "shop/totals.py"
    ),
    "Please move the function total() to `shop/totals.py` everywhere.": MoveRequest(
        "total", "", "shop/totals.py"
    ),
    "move shop/cart.py::Cart into shop/baskets.py": MoveRequest(
        "Cart", "shop/cart.py", "shop/baskets.py"
    ),
    "move the class Cart out of the module shop.cart to the new module shop.baskets": MoveRequest(
        "Cart", "shop.cart", "shop.baskets"
    ),
    "move src/a.ts to src/b/": MoveRequest("", "src/a.ts", "src/b/a.ts"),
    "Move the file `shop/cart.py` to shop/goods": MoveRequest(
        "", "shop/cart.py", "shop/goods/cart.py"
    ),
    "rename file shop/cart.py to basket.py": MoveRequest("", "shop/cart.py", "shop/basket.py"),
    "rename shop/cart.py to shop/basket.py.": MoveRequest("", "shop/cart.py", "shop/basket.py"),
    "rename the module shop.cart to shop.basket": MoveRequest("", "shop.cart", "shop.basket"),
    "rename a.py to b.py": MoveRequest("", "a.py", "b.py"),
}
OTHERS = (
    "move the button to the left",
    "move total to v2.0 of the protocol",
    "move `total` from shop/cart.py to shop/totals.py and add a test",
    "move total to shop/totals.py\n\nIt must also log.",
    "move on",
    "rename total to add_up",
    "fix shop/cart.py to return a sum",
)


@pytest.mark.parametrize("task", MOVES)
def test_a_task_that_asks_for_a_move_alone_names_it(task: str) -> None:
    assert move_of(task) == MOVES[task]


@pytest.mark.parametrize("task", OTHERS)
def test_a_task_that_asks_for_more_or_for_something_else_is_no_move(task: str) -> None:
    assert move_of(task) is None


def test_a_rename_of_a_name_stays_one() -> None:
    assert move_of("rename shop.total to shop.add_up") is None
    assert rename_of("rename shop.total to shop.add_up") is not None
