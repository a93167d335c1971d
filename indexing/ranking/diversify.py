"""Which of the ranked places are shown: mostly the best, and a few of files not seen yet.

One file that says everything about a question fills all places with its parts; a user who looks for
where to change code then sees one file. So of every ten places the last three are kept for
files that have none yet, while there are such. It does not use scores.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

BLOCK = 10
FREE = 7
"""So many of each block's places go to the best ones, whatever file they are of."""


@dataclass(frozen=True, slots=True)
class RankedPlace:
    """A candidate by its number, the file it is of, and the lines of it that it would show."""

    number: int
    file: int
    lines: tuple[int, int]


def diversified(ranked: Iterable[RankedPlace], limit: int) -> list[RankedPlace]:
    """Return at most `limit` of the ranked places, best first, those that show the same once."""
    coming = _distinct(ranked)
    waiting: deque[RankedPlace] = deque()
    taken: list[RankedPlace] = []
    files: set[int] = set()
    for place in coming:
        # What waited is better than what comes, and may be shown again when a block begins.
        while waiting and len(taken) % BLOCK < FREE and len(taken) < limit:
            taken.append(waiting.popleft())
        if len(taken) >= limit:
            break
        if place.file in files and len(taken) % BLOCK >= FREE:
            waiting.append(place)
            continue
        taken.append(place)
        files.add(place.file)
    return [*taken, *waiting][:limit]


def _distinct(ranked: Iterable[RankedPlace]) -> Iterable[RankedPlace]:
    seen: set[tuple[int, tuple[int, int]]] = set()
    for place in ranked:
        if (place.file, place.lines) not in seen:
            seen.add((place.file, place.lines))
            yield place
