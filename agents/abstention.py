"""Whether to answer at all: decided by code from evidence, never left to the model.

Small models answer what they cannot know and refuse what they can; the words of the question and
the nearest vectors tell better. The limits were chosen on the tuning set of the ask benchmark
(`benchmarks/ask/tuning.toml`), not on the reported one; docs/experiments.md has the table.
"""

from dataclasses import dataclass

from indexing.evidence import Evidence

WORDS_WEIGHT = 0.6
MEANING_WEIGHT = 1.0
LEAST_SCORE = 0.62
LEAST_WORDS_ALONE = 0.45
"""Without vectors, this share of the question's weight must stand in the best places."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the repository answers the question, and why."""

    answered: bool
    reason: str


def judge(evidence: Evidence) -> Verdict:
    """Decide from what the question's words and vectors found."""
    if evidence.names_asked and not evidence.names_found and evidence.absent:
        return Verdict(False, f"{_listed(evidence.absent)} occurs nowhere in the indexed files")
    if evidence.names_asked and evidence.names_found == evidence.names_asked:
        return Verdict(True, "every name in the question is defined here")
    words = (evidence.union_share() + evidence.best_share()) / 2
    if evidence.best_cosine is None:
        found = words >= LEAST_WORDS_ALONE
    else:
        score = WORDS_WEIGHT * words + MEANING_WEIGHT * max(evidence.best_cosine, 0.0)
        found = score >= LEAST_SCORE
    if found:
        return Verdict(True, "the places hold the question's words or meaning")
    if evidence.absent:
        return Verdict(False, f"{_listed(evidence.absent)} occurs nowhere in the indexed files")
    return Verdict(False, "no place is near enough to the question")


def _listed(terms: tuple[str, ...]) -> str:
    return ", ".join(repr(term) for term in terms[:5])
