"""A small shop in a real repository, a scripted model and everything that an answer told."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.ask.answer import Answer
from agents.ask.asker import Asker
from agents.ask.citations import CitationChecker
from indexing.repository.repository import Repository
from indexing.search.search import Hit
from indexing.vectors.embedder import Embedder
from models.gateway import ModelAccess
from rooftree.config import Config
from rooftree.telemetry.events import Event, EventLog
from tests.support import config_in, git_repository
from tests.support.replies import Body, Reply, Script
from tests.support.scripted_model import ScriptedServer
from tests.support.wire_server import Recorded

CART = '''"""The shopping cart."""

from decimal import Decimal

from shop.prices import price_of


class Cart:
    """Holds what a customer wants to buy."""

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}

    def add_item(self, sku: str, amount: int = 1) -> None:
        """Put goods into the cart; negative amounts are refused."""
        if amount < 1:
            raise ValueError("the amount must be positive")
        self.lines[sku] = self.lines.get(sku, 0) + amount

    def grand_total(self) -> Decimal:
        """Add up the prices of everything in the cart."""
        return sum((price_of(sku) * n for sku, n in self.lines.items()), Decimal(0))
'''
PRICES = '''"""What goods cost."""

from decimal import Decimal

TABLE = {"tea": Decimal("3.20"), "cup": Decimal("7.00")}


def price_of(sku: str) -> Decimal:
    """Look up the price of one piece of goods."""
    return TABLE[sku]
'''
CHECKOUT = '''"""Paying."""

from shop.cart import Cart


def charge_customer(cart: Cart, card: str) -> str:
    """Take the money for a cart from a card and return the receipt's number."""
    total = cart.grand_total()
    return f"{card[-4:]}-{total}"
'''
SHOP: dict[str, str | bytes] = {
    "shop/cart.py": CART,
    "shop/prices.py": PRICES,
    "shop/checkout.py": CHECKOUT,
    "README.md": "# Shop\n\nSells tea and cups.\n\n## Refunds\n\nMoney back within 14 days.\n",
}
FOUND = "How does `charge_customer` take the money?"
ABSENT = "Where is the `FluxCapacitor` calibrated?"
GOOD = "`charge_customer` adds up the cart with `grand_total` [1]."

Replies = Sequence[Script] | Callable[[Body], Reply]


@dataclass
class Stage:
    """One asker, and what its answers said while they came."""

    root: Path
    config: Config
    repository: Repository
    asker: Asker
    server: ScriptedServer
    events: list[Event] = field(default_factory=list)
    _actions: dict[str, Callable[[], object]] = field(default_factory=dict)

    def on(self, kind: str, act: Callable[[], object]) -> None:
        """Do something at the first event of a kind, as another process might just then."""
        self._actions[kind] = act

    async def ask(self, question: str = FOUND) -> Answer:
        self.events.clear()
        return await self.asker.ask(question, EventLog(self._hear))

    def _hear(self, event: Event) -> None:
        self.events.append(event)
        act = self._actions.pop(event.kind, None)
        if act is not None:
            act()

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def told(self, kind: str) -> list[Mapping[str, Any]]:
        return [event.data for event in self.events if event.kind == kind]

    def streamed(self) -> str:
        return "".join(str(data["text"]) for data in self.told("message.delta"))

    def chat_requests(self) -> list[Recorded]:
        return [item for item in self.server.requests if item.path.endswith("/chat/completions")]


def small_config(tmp_path: Path, **overrides: Mapping[str, Any]) -> Config:
    """Return a configuration for a few files: one parser process is quicker than two."""
    index = {"embedder": "none", "workers": 1} | dict(overrides.pop("index", {}))
    return config_in(tmp_path, index=index, **overrides)


@asynccontextmanager
async def staged(
    tmp_path: Path,
    replies: Replies = (),
    *,
    root: Path | None = None,
    embedder: Embedder | None = None,
    models: bool = True,
    **overrides: Mapping[str, Any],
) -> AsyncIterator[Stage]:
    """Set the shop, or the repository at `root`, before an asker with a scripted model."""
    root = root or git_repository(tmp_path, SHOP)
    with ScriptedServer(replies) as server:
        model = {"name": "scripted", "endpoint": server.base_url}
        config = small_config(tmp_path, **({"model": model} | overrides))
        access = ModelAccess(config, _no_weights, {})
        repository = Repository(root, config, embedder)
        asker = Asker(repository, access if models else None, config.ask)
        try:
            yield Stage(root, config, repository, asker, server)
        finally:
            await access.aclose()


def _no_weights(name: str) -> Path:
    raise AssertionError(f"nobody should look for the weights of {name!r}")


def best_hits(repository: Repository, query: str, limit: int = 8) -> tuple[tuple[Hit, ...], Any]:
    """Return the hits of a query and the commit that they were found at."""
    with repository.searcher() as searcher:
        result = searcher.search(query, limit)
    return result.hits, result.coverage.commit


def checker_of(repository: Repository) -> CitationChecker:
    with repository.searcher() as searcher:
        return CitationChecker(repository, searcher.coverage().commit)
