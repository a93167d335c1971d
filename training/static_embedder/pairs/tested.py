"""Tests and what they test, matched by name within one package."""

from collections.abc import Iterable, Iterator

from training.static_embedder.pairs.pairs import LONGEST_WORDS, TESTED, Example

SHORTEST_NAME = 4


def tested_examples(code: Iterable[Example], tests: Iterable[Example]) -> Iterator[Example]:
    """Yield an example for each test whose name starts with the name of exactly one function."""
    by_name: dict[str, list[Example]] = {}
    for example in code:
        by_name.setdefault(_plain(example.name.rpartition(".")[2]), []).append(example)
    for test in tests:
        name = test.name.rpartition(".")[2]
        if not name.lower().startswith("test"):
            continue
        found = _longest(_plain(name)[4:], by_name)
        if found is not None:
            words = f"{name}\n{test.code}"[:LONGEST_WORDS]
            yield Example(found.language, TESTED, found.name, words, found.code, found.source)


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _longest(name: str, by_name: dict[str, list[Example]]) -> Example | None:
    for end in range(len(name), SHORTEST_NAME - 1, -1):
        found = by_name.get(name[:end])
        if found is not None:
            return found[0] if len(found) == 1 else None
    return None
