"""Groups of hits that are close together in a file, cited as one place.

A question is often answered by neighbouring definitions; shown apart they crowd out other files.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from indexing.search.search import Hit

MAX_LINES = 120
"""A spot never grows beyond this many lines."""
MAX_PARTS = 2
"""So many spots of one definition that is too long to be one spot."""
MAX_GAP_LINES = 20
"""Lines between two hits that still count as close together."""


@dataclass(frozen=True, slots=True)
class HitGroup:
    """Hits of one file, the best first, and the lines that hold them all."""

    start: int
    end: int
    hits: tuple[Hit, ...]

    @property
    def best(self) -> Hit:
        return self.hits[0]

    def joined(self, hit: Hit) -> "HitGroup | None":
        """Return this spot with one more hit, or None where the hit is too far away."""
        if (hit.path, hit.blob) != (self.best.path, self.best.blob):
            return None
        start, end = min(self.start, hit.start), max(self.end, hit.end)
        gap = max(hit.start - self.end, self.start - hit.end)
        if gap > MAX_GAP_LINES or end - start >= MAX_LINES:
            return None
        return HitGroup(start, end, (*self.hits, hit))


def single_hit_group(hit: Hit) -> HitGroup:
    """Return the group of a single hit."""
    return HitGroup(hit.start, hit.end, (hit,))


def group_hits(hits: Sequence[Hit], limit: int) -> list[HitGroup]:
    """Join the hits, best first, into at most `limit` spots."""
    spots: list[HitGroup] = []
    for hit in hits:
        for index, spot in enumerate(spots):
            joined = spot.joined(hit)
            if joined is not None:
                spots[index] = joined
                break
        else:
            if len(spots) < limit and _parts(spots, hit) < MAX_PARTS:
                spots.append(single_hit_group(hit))
    return spots


def _parts(spots: Sequence[HitGroup], hit: Hit) -> int:
    """Count the spots that already show the definition that a hit is a part of."""
    name = (hit.path, hit.symbol)
    return sum(bool(hit.symbol) and (s.best.path, s.best.symbol) == name for s in spots)
