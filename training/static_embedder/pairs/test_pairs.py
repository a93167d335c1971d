"""Tests and what they test, matched by name within one package."""

from collections.abc import Iterable, Iterator

from training.static_embedder.pairs.training_examples import (
    MAX_WORDS_LENGTH,
    TESTED,
    TrainingExample,
)

MIN_NAME_LENGTH = 4


def tested_examples(
    code: Iterable[TrainingExample], tests: Iterable[TrainingExample]
) -> Iterator[TrainingExample]:
    """Yield an example for each test whose name starts with the name of exactly one function."""
    by_name: dict[str, list[TrainingExample]] = {}
    for example in code:
        by_name.setdefault(_plain(example.name.rpartition(".")[2]), []).append(example)
    for test in tests:
        name = test.name.rpartition(".")[2]
        if not name.lower().startswith("test"):
            continue
        found = _longest(_plain(name)[4:], by_name)
        if found is not None:
            words = f"{name}\n{test.code}"[:MAX_WORDS_LENGTH]
            yield TrainingExample(
                found.language, TESTED, found.name, words, found.code, found.source
            )


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


def _longest(name: str, by_name: dict[str, list[TrainingExample]]) -> TrainingExample | None:
    for end in range(len(name), MIN_NAME_LENGTH - 1, -1):
        found = by_name.get(name[:end])
        if found is not None:
            return found[0] if len(found) == 1 else None
    return None
