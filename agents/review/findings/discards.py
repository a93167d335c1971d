"""Claims of a model that the review does not report, counted by reason."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

NO_CLAIM = "no claim at all"
NO_WORDS = "without what is wrong or when it goes wrong"
NO_PLACE = "about lines that are nowhere in the change, or at several places of it"
TOO_MANY = "more than are read of one answer"
NOT_AGAIN = "not made again at a second look"
REFUTED = "refuted at a second look"
UNREAD = (NO_PLACE, NO_WORDS, NO_CLAIM, TOO_MANY)
"""Why a claim was not examined; the other reasons are judgements of it."""


@dataclass(slots=True)
class DiscardCounts:
    """Counts claims that are not told."""

    _counts: Counter[str] = field(default_factory=Counter)

    def note(self, why: str, count: int = 1) -> None:
        if count:
            self._counts[why] += count

    @property
    def unread(self) -> int:
        """How many claims were dropped without a look at what they say."""
        return sum(self._counts[why] for why in UNREAD)

    def as_json(self) -> dict[str, int]:
        return dict(sorted(self._counts.items()))

    def sentence(self) -> str:
        """Say how many were dropped unlooked at, and why; empty where none was."""
        if not self.unread:
            return ""
        parts = [f"{self._counts[why]} {why}" for why in UNREAD if self._counts[why]]
        claims = "claim" if self.unread == 1 else "claims"
        return f"{self.unread} {claims} of the model dropped: {', '.join(parts)}"


def discard_sentence(counts: Mapping[str, int]) -> str:
    """Say what became of claims that were looked at and are not told; empty where none was."""
    parts = [f"{count} {why}" for why, count in counts.items() if why not in UNREAD]
    return f"claims of the model: {', '.join(parts)}" if parts else ""
