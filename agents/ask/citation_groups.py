"""Spots: hits that stand close together in a file, cited as one place.

A question is often answered by neighbouring definitions; shown apart they crowd out other files.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from indexing.search.search import Hit

MOST_LINES = 120
"""A spot never grows beyond this many lines."""
MOST_PARTS = 2
"""So many spots of one definition that is too long to be one spot."""
WIDEST_GAP = 20
"""Lines between two hits that still count as close together."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Hits of one file, the best first, and the lines that hold them all."""

    start: int
    end: int
    hits: tuple[Hit, ...]

    @property
    def best(self) -> Hit:
        return self.hits[0]

    def joined(self, hit: Hit) -> "Spot | None":
        """Return this spot with one more hit, or None where the hit is too far away."""
        if (hit.path, hit.blob) != (self.best.path, self.best.blob):
            return None
        start, end = min(self.start, hit.start), max(self.end, hit.end)
        gap = max(hit.start - self.end, self.start - hit.end)
        if gap > WIDEST_GAP or end - start >= MOST_LINES:
            return None
        return Spot(start, end, (*self.hits, hit))


def alone(hit: Hit) -> Spot:
    """Return the spot that holds one hit and nothing else."""
    return Spot(hit.start, hit.end, (hit,))


def gather_spots(hits: Sequence[Hit], limit: int) -> list[Spot]:
    """Join the hits, best first, into at most `limit` spots."""
    spots: list[Spot] = []
    for hit in hits:
        for index, spot in enumerate(spots):
            joined = spot.joined(hit)
            if joined is not None:
                spots[index] = joined
                break
        else:
            if len(spots) < limit and _parts(spots, hit) < MOST_PARTS:
                spots.append(alone(hit))
    return spots


def _parts(spots: Sequence[Spot], hit: Hit) -> int:
    """Count the spots that already show the definition that a hit is a part of."""
    name = (hit.path, hit.symbol)
    return sum(bool(hit.symbol) and (s.best.path, s.best.symbol) == name for s in spots)
