"""How likely a comment on any changed line hits a fault; where it is, a hit says little."""

from collections.abc import Iterable, Mapping, Sequence

from benchmarks.review.diffs import Hunk
from benchmarks.review.facts import TOLERANCE
from benchmarks.review.histories import History, is_source
from benchmarks.review.instances import Span
from benchmarks.review.texts import hunks_between

MAX_LUCK = 0.15
"""Five comments, evenly spread, hit about half of the faults that are this easy."""


def luck_of(hunks: Iterable[Hunk], truth: Sequence[Span]) -> float:
    """Return the share of added lines of the project's own code that count as a hit."""
    added = {(hunk.path, line) for hunk in hunks if is_source(hunk.path) for line in hunk.new_lines}
    near = {
        (span.path, line)
        for span in truth
        for line in range(span.start - TOLERANCE, span.end + TOLERANCE + 1)
    }
    return len(added & near) / len(added) if added else 1.0


def head_hunks(
    history: History, base: str, carrier: str, files: Mapping[str, bytes]
) -> tuple[Hunk, ...]:
    """Return how a carrier with some files replaced differs from its base."""
    kept = [hunk for hunk in history.hunks(base, carrier) if hunk.path not in files]
    for path, data in files.items():
        before = history.text(base, path) or ""
        kept += hunks_between(path, before, data.decode("utf-8", "replace"))
    return tuple(kept)
