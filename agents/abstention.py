"""Whether to answer at all: decided by code from evidence, never left to the model.

Small models answer what they cannot know and refuse what they can; the words of the question tell
better. A cosine does not: a question about something that is missing is often nearer to the code
than one about something that is there. The limits were chosen on the tuning set of the ask
benchmark (`benchmarks/ask/tuning.toml`), not on the reported one; docs/experiments.md says how.
"""

from dataclasses import dataclass

from indexing.evidence import Evidence

LEAST_SHARE = 0.36
"""The best places must hold at least this part of the weight of the question's words."""
LEAST_SHARE_WITH_JARGON = 0.6
"""The same, where a technical word of the question occurs nowhere."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the repository answers the question, and why."""

    answered: bool
    reason: str


def judge(evidence: Evidence) -> Verdict:
    """Decide from what the question's names and words found."""
    if evidence.names_asked and evidence.names_found == evidence.names_asked:
        return Verdict(True, "every name in the question is defined here")
    if evidence.unheard_entities:
        return _unheard(evidence.unheard_entities)
    share = evidence.union_share()
    if evidence.unheard_jargon and share < LEAST_SHARE_WITH_JARGON:
        return _unheard(evidence.unheard_jargon)
    if share >= LEAST_SHARE:
        return Verdict(True, f"the places hold {share:.0%} of the question's words by weight")
    if evidence.absent:
        return _unheard(evidence.absent)
    return Verdict(False, f"the best places hold only {share:.0%} of its words by weight")


def _unheard(terms: tuple[str, ...]) -> Verdict:
    return Verdict(False, f"{_listed(terms)} occurs nowhere in the indexed files")


def _listed(terms: tuple[str, ...]) -> str:
    return ", ".join(repr(term) for term in terms[:5])
