"""Which lines of two texts are the same, found in time in proportion to the texts.

difflib looks through all pairs of like lines again for each piece that it finds: a file of 20,000
lines against itself the other way round takes minutes. Long texts are therefore cut first at the
lines that each of them holds once, in an order that both share (patience diff), and difflib sees
only what lies between two of those.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher

FEW_PAIRS = 250_000
"""Lines of one text times lines of the other, up to which difflib does it alone: 500 by 500."""
GAP_PAIRS = 40_000
"""The same between two lines that match; more of them are shown as replaced whole."""


class LineMatches(SequenceMatcher[str]):
    """Groups and opcodes of matches that were found elsewhere."""

    def __init__(self, blocks: list[Match]) -> None:
        super().__init__(None, "", "")
        self._blocks = blocks

    def get_matching_blocks(self) -> list[Match]:
        return self._blocks


def matched(old: Sequence[str], new: Sequence[str]) -> SequenceMatcher[str]:
    """Compare the lines of two texts."""
    if len(old) * len(new) <= FEW_PAIRS:
        return SequenceMatcher(None, old, new)
    return LineMatches(_joined([*_blocks(old, new), Match(len(old), len(new), 0)]))


def _blocks(old: Sequence[str], new: Sequence[str]) -> Iterator[Match]:
    old_at = new_at = 0
    for old_next, new_next in [*_anchors(old, new), (len(old), len(new))]:
        yield from _between(old, new, (old_at, old_next), (new_at, new_next))
        yield Match(old_next, new_next, 1 if old_next < len(old) else 0)
        old_at, new_at = old_next + 1, new_next + 1


def _between(
    old: Sequence[str], new: Sequence[str], olds: tuple[int, int], news: tuple[int, int]
) -> Iterator[Match]:
    """Yield what matches in a gap: its first lines, its last, and what difflib finds between."""
    (old_at, old_end), (new_at, new_end) = olds, news
    while old_at < old_end and new_at < new_end and old[old_at] == new[new_at]:
        yield Match(old_at, new_at, 1)
        old_at, new_at = old_at + 1, new_at + 1
    same = 0
    most = min(old_end - old_at, new_end - new_at)
    while same < most and old[old_end - same - 1] == new[new_end - same - 1]:
        same += 1
    old_end, new_end = old_end - same, new_end - same
    if (old_end - old_at) * (new_end - new_at) <= GAP_PAIRS:
        inner = SequenceMatcher(None, old[old_at:old_end], new[new_at:new_end])
        for one in inner.get_matching_blocks():
            yield Match(old_at + one.a, new_at + one.b, one.size)
    yield Match(old_end, new_end, same)


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Return the longest run of pairs of lines that stand once in each text, in both orders."""
    olds, news = Counter(old), Counter(new)
    places = {line: at for at, line in enumerate(new) if news[line] == 1}
    pairs = [
        (at, places[line]) for at, line in enumerate(old) if olds[line] == 1 and line in places
    ]
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for index, (_, new_at) in enumerate(pairs):
        length = bisect_left(ends, new_at)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [new_at]
        last[length : length + 1] = [index]
    chain = []
    index = last[-1] if last else -1
    while index >= 0:
        chain.append(pairs[index])
        index = before[index]
    return chain[::-1]


def _joined(blocks: Sequence[Match]) -> list[Match]:
    """Join blocks that touch, and drop empty ones but for the last, which ends the list."""
    joined: list[Match] = []
    for one in blocks[:-1]:
        if not one.size:
            continue
        top = joined[-1] if joined else None
        if top is not None and (top.a + top.size, top.b + top.size) == (one.a, one.b):
            joined[-1] = Match(top.a, top.b, top.size + one.size)
        else:
            joined.append(one)
    return [*joined, blocks[-1]]
