"""Looking up definitions by name, and the uses of one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from indexing.repository.repository import Repository
from indexing.symbols.symbol_index import SymbolIndex
from tests.support import config_in, git_repository, indexed

FILES = {
    "shop/cart.py": (
        "class Cart:\n"
        '    """Goods."""\n'
        "    def add(self, price): pass\n"
        "    def fill(self):\n"
        "        self.add(1)\n"
        "def get_total(cart): return cart.add(2)\n"
    ),
    "shop/set.py": "class Bag:\n    def add(self, x): pass\n",
    "tests/test_cart.py": (
        "from shop.cart import get_total as gt\ndef test_it():\n    gt(3)\n    set().add(4)\n"
    ),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    folder = tmp_path_factory.mktemp("symbols")
    return indexed(git_repository(folder, FILES), config_in(folder))


@pytest.fixture
def symbols(repository: Repository) -> Iterator[SymbolIndex]:
    with repository.symbols() as (found, _):
        yield found


@pytest.mark.parametrize(
    ("name", "how", "first"),
    [
        ("Cart", "exact", "Cart"),
        ("Cart.add", "exact", "Cart.add"),
        ("Cart::add", "exact", "Cart.add"),
        ("cart", "any case", "Cart"),
        ("get_t", "beginning", "get_total"),
        ("total", "part", "get_total"),
        ("total get", "words", "get_total"),
        ("shop/cart.py:5", "place", "Cart.fill"),
        ("cart.py:6", "place", "get_total"),
        ("zeppelin", "none", None),
        ("%", "none", None),
        ("shop/cart.py:999", "none", None),
    ],
)
def test_a_name_fits_in_the_closest_way(
    symbols: SymbolIndex, name: str, how: str, first: str | None
) -> None:
    match = symbols.find(name, None, 5)
    assert match.how == how
    assert (match.symbols[0].name if match.symbols else None) == first


def test_a_kind_can_be_asked_for(symbols: SymbolIndex) -> None:
    assert [item.name for item in symbols.find("add", "method", 5).symbols] == [
        "Bag.add",
        "Cart.add",
    ]
    assert symbols.find("add", "class", 5).symbols == ()
    assert symbols.find("add", None, 1).total == 2


def test_uses_are_told_apart_by_what_they_mean(symbols: SymbolIndex) -> None:
    match = symbols.find("Cart.add", None, 5)
    uses = symbols.uses([match.symbols[0].definition])
    (resolved,) = uses.resolved.values()
    assert [(use.line, use.within) for use in resolved] == [(5, "Cart.fill")]
    assert [use.line for use in symbols.sorted(uses.unresolved)] == [6, 4]


def test_a_name_given_by_an_import_is_followed(symbols: SymbolIndex) -> None:
    match = symbols.find("get_total", None, 5)
    uses = symbols.uses([match.symbols[0].definition])
    (resolved,) = uses.resolved.values()
    edges = [symbols.edge(use, "resolved") for use in symbols.sorted(resolved)]
    assert [(edge.line, edge.kind, edge.text) for edge in edges] == [
        (1, "import", "from shop.cart import get_total as gt"),
        (3, "call", "gt(3)"),
    ]


def test_lines_are_shown_redacted(tmp_path: Path) -> None:
    secret = "ghp_" + "a1B2" * 9
    text = f'def send(token): pass\nsend("{secret}")\n'
    repository = indexed(git_repository(tmp_path, {"a.py": text}), config_in(tmp_path))
    with repository.symbols() as (found, _):
        uses = found.uses([found.find("send", None, 1).symbols[0].definition])
        (use,) = next(iter(uses.resolved.values()))
        shown = found.edge(use, "resolved").text
    assert secret not in shown
    assert "redacted" in shown
