"""Whether to answer at all: decided by code from evidence, never left to the model.

Small models answer what they cannot know and refuse what they can; the words of the question tell
better. A cosine does not: a question about something that is missing is often nearer to the code
than one about something that is there. The limits were chosen on the tuning set of the ask
benchmark (`benchmarks/ask/tuning.toml`), not on the reported one; docs/experiments.md says how.
"""

from dataclasses import dataclass

from indexing.evidence import Evidence

LEAST_SHARE = 0.33
"""The best places must hold at least this part of the weight of the question's words."""
SHARE_PER_ABSENT_WORD = 0.04
"""So much more for every everyday word of the question that occurs nowhere."""
LEAST_SHARE_WITH_JARGON = 0.55
"""So much where a technical word of the question occurs nowhere."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the repository answers the question, and why."""

    answered: bool
    reason: str


def judge(evidence: Evidence) -> Verdict:
    """Decide from what the question's names and words found."""
    if evidence.names_asked and evidence.names_found == evidence.names_asked:
        return Verdict(True, "every name in the question is defined here")
    if evidence.unheard_entities and not evidence.names_found:
        return _unheard(evidence.unheard_entities)
    least = LEAST_SHARE + SHARE_PER_ABSENT_WORD * len(evidence.absent)
    if evidence.unheard_jargon and not evidence.names_found:
        least = max(least, LEAST_SHARE_WITH_JARGON)
    if evidence.covered >= least:
        return Verdict(True, f"the best places hold {evidence.covered:.0%} of its words")
    if evidence.absent:
        return _unheard(evidence.unheard_jargon or evidence.absent)
    return Verdict(False, f"the best places hold {evidence.covered:.0%} of its words")


def _unheard(terms: tuple[str, ...]) -> Verdict:
    return Verdict(False, f"{_listed(terms)} occurs nowhere in the indexed files")


def _listed(terms: tuple[str, ...]) -> str:
    return ", ".join(repr(term) for term in terms[:5])
