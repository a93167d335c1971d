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
    """Lower a text and keep every position; every character that is not ASCII becomes `?`."""
    return text.encode("ascii", "replace").lower().decode("ascii")
