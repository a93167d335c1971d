"""Where a secret stands, and how the places of a clue are looked up."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Where a secret stands in a text, and what it is."""

    start: int
    end: int
    kind: str


def places(text: str, clue: str) -> Iterator[int]:
    """Yield where a clue stands, from the first to the last, none overlapping another."""
    at = text.find(clue)
    while at >= 0:
        yield at
        at = text.find(clue, at + len(clue))


def lowered(text: str) -> str:
    """Lower a text and keep every position; a few letters grow when they are lowered."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(small if len(small := c.lower()) == 1 else c for c in text)
