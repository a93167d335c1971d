"""A tiny project with a history: a fault comes in, is repaired, and quiet work goes on."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchmarks.mining.review_faults import inducing, reintroduced
from benchmarks.mining.review_mutants import mutants
from benchmarks.review.change import Change
from benchmarks.review.findings import Finding
from benchmarks.review.histories import Commit, History, opened_history
from benchmarks.review.instances import Instance, Manifest
from benchmarks.review.materialise import materialise

REPOSITORY = "acme/shop"
CART = "shop/cart.py"
WRONG, RIGHT = "    return max(prices)", "    return min(prices)"
TOTAL = '''"""Prices."""


def total(prices):
    """Return the sum."""
    return sum(prices)
'''
CHEAPEST = f'''

def cheapest(prices):
    """Return the lowest price."""
    if not prices:
        return None
{WRONG}
'''
TESTS = """from shop.cart import cheapest, total


def test_total():
    assert total([1, 2]) == 3


def test_cheapest():
    assert cheapest([2, 1]) == 1
"""


def filler(*names: str) -> str:
    """Return functions that do something and are right."""
    return "".join(
        f"\n\ndef {name}(prices, limit=1):\n    kept = []\n    for price in prices:\n"
        f"        if price > limit:\n            kept.append(price)\n    return kept\n"
        for name in names
    )


FAULTY = TOTAL + CHEAPEST + filler("a", "b", "c", "d", "e")
FIXED = FAULTY.replace(WRONG, RIGHT)
CARRIED = FIXED + filler("f", "g", "h", "i", "j")
STEPS: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("2023-01-10", "Begin", {CART: TOTAL, "shop/__init__.py": ""}),
    ("2023-02-01", "Offer more", {CART: FAULTY}),
    ("2023-03-01", "Fix cheapest", {CART: FIXED, "tests/test_cart.py": TESTS}),
    ("2023-04-01", "Filter prices", {CART: CARRIED}),
    ("2023-05-01", "Take orders", {"shop/orders.py": filler("k", "l", "m", "n", "o", "p")}),
    ("2024-06-01", "Say what this is", {"README": "A shop.\n"}),
)


@dataclass(frozen=True)
class Shop:
    """The project's history, and its commits in the order of STEPS but for the first."""

    history: History
    came_in: Commit
    fix: Commit
    carrier: Commit
    quiet: Commit

    @property
    def cache(self) -> Path:
        return self.history.mirror.parents[1]

    @cached_property
    def instances(self) -> dict[str, Instance]:
        """One instance of each kind."""
        reverted = reintroduced(self.history, self.fix, "report")
        brought = inducing(self.history, self.fix, "report")
        assert reverted is not None
        assert brought is not None
        edited = next(mutants(self.history, self.quiet, {})).model_copy(update={"set": "report"})
        clean = Instance(
            id="acme-shop-d",
            set="report",
            kind="clean",
            repository=REPOSITORY,
            base=self.quiet.parent,
            carrier=self.quiet.sha,
            date=self.quiet.date,
        )
        return {one.kind: one for one in (reverted, brought, edited, clean)}

    def manifest(self, *kinds: str) -> Manifest:
        found = self.instances
        return Manifest(instances=tuple(found[kind] for kind in kinds))

    def change(self, kind: str, folder: Path) -> tuple[Instance, Change]:
        """Materialise the instance of a kind."""
        instance = self.instances[kind]
        materialise(instance, folder, self.cache)
        return instance, Change(folder)


def shop(cache: Path) -> Shop:
    """Put the project's mirror into a cache, where no network is needed to find it."""
    work = cache / "work"
    work.mkdir(parents=True)
    _git(work, "init", "--quiet", "--initial-branch=main")
    for date, subject, files in STEPS:
        for path, text in files.items():
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            (work / path).write_text(text)
        _git(work, "add", "--all")
        _git(work, "commit", "--quiet", "--message", subject, date=date)
    mirror = cache / "mirrors" / "acme+shop.git"
    _git(work, "clone", "--quiet", "--bare", str(work), str(mirror))
    history = opened_history(REPOSITORY, cache)
    return Shop(history, *list(history.commits("--reverse", "HEAD"))[:4])


def finding(line: int, quote: str = "", **more: object) -> Finding:
    """Return a finding of the cart, about one line unless more is said."""
    known = {"path": CART, "line": line, "end_line": line, "claim": "wrong", "quote": quote}
    return Finding.model_validate(known | more)


def _git(folder: Path, *arguments: str, date: str = "2023-01-01") -> None:
    when = f"{date}T12:00:00Z"
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@shop.test")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_DATE": when,
    }
    subprocess.run(["git", *identity, "-C", str(folder), *arguments], env=environment, check=True)
