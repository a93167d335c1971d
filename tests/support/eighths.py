"""The eighth of a large table that runs before every commit; `make slow` runs all of the table.

`@pytest.mark.eighth` stands on a test whose rows are many of one kind: points of a kill, damaged
bytes, races, attacks. The eighth is chosen by a hash of a row's id, so that it is the same on every
machine and on every day, and a new row moves few others. `@pytest.mark.eighth("user", "way")` names
parameters: each of their values is then in the eighth by itself, and so each kind of row is.

A table in which every row is a promise of its own is no matter of eighths: it runs whole. Made-up
examples are the same each time before a commit, and more and others each time in `make slow`.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import settings

SHARE = 8
FEWEST_EXAMPLES = 25
"""Fewer would rarely come to what the strategies can make."""

# How long an example takes says more about the machine's other work than about our code.
settings.register_profile(
    "gate", deadline=None, derandomize=True, max_examples=FEWEST_EXAMPLES, database=None
)
settings.register_profile("slow", deadline=None, print_blob=True)


def chosen_eighth(rows: Iterable[tuple[str, Sequence[str]]]) -> frozenset[str]:
    """Choose of rows, each an id with what it is of: an eighth, and one of every kind at least."""
    order = sorted(rows, key=lambda row: hashlib.sha256(row[0].encode()).digest())
    first = -(-len(order) // SHARE)
    chosen = {name for name, _ in order[:first]}
    there = {kind for _, kinds in order[:first] for kind in enumerate(kinds)}
    for name, kinds in order[first:]:
        if not there.issuperset(enumerate(kinds)):
            chosen.add(name)
            there.update(enumerate(kinds))
    return frozenset(chosen)


def mark_the_rest_slow(items: Iterable[pytest.Item]) -> None:
    """Mark as slow what is marked `eighth` and is not in the eighth of its table."""
    tables: dict[str, dict[str, pytest.Item]] = defaultdict(dict)
    for item in items:
        if item.get_closest_marker("eighth"):
            tables[item.nodeid.partition("[")[0]][item.name] = item
    for table in tables.values():
        chosen = chosen_eighth((name, _kinds(item)) for name, item in table.items())
        for name, item in table.items():
            if name not in chosen:
                item.add_marker(pytest.mark.slow)


def _kinds(item: pytest.Item) -> list[str]:
    marker = item.get_closest_marker("eighth")
    call = getattr(item, "callspec", None)
    return [str(call.params[name]) for name in marker.args] if marker and call else []


def examples(number: int, **others: Any) -> settings:
    """Try so many made-up examples in `make slow`, and an eighth of them before a commit."""
    if settings.get_current_profile_name() == "slow":
        return settings(max_examples=number, **others)
    return settings(max_examples=min(number, max(number // SHARE, FEWEST_EXAMPLES)), **others)
