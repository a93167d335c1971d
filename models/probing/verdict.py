"""One probe's outcome, and the score of several."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProbeVerdict:
    """Whether an answer was usable at all, whether it was right, and what it was."""

    probe: str
    valid: bool
    right: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ProbeScore:
    """How many answers of one kind were usable and right."""

    valid: int
    right: int
    of: int

    @property
    def share(self) -> float:
        """The share of right answers."""
        return self.right / self.of if self.of else 0.0

    @property
    def valid_share(self) -> float:
        return self.valid / self.of if self.of else 0.0


def score_of(verdicts: Iterable[ProbeVerdict]) -> ProbeScore:
    found = list(verdicts)
    return ProbeScore(sum(v.valid for v in found), sum(v.right for v in found), len(found))
