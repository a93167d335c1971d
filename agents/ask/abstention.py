"""Whether to answer at all: decided by code from evidence, never by the model.

Small models answer what they cannot know and refuse what they can; the words of the question tell
better. A cosine does not: a question about something that is missing is often nearer to the code
than one about something that is there. A name that stands nowhere is a reason to refuse; an
ordinary word that does is a hint, weighed with what was found. The limits were chosen on two
repositories of the ask benchmark's development set and on the first half of its set for refusals,
not on what is reported; docs/experiments.md says how.
"""

from dataclasses import dataclass

from indexing.search.query_coverage import QueryCoverage

MIN_COVERED_SHARE = 0.33
"""The best places must hold at least this part of the weight of the question's words."""
MIN_COVERED_SHARE_WITH_JARGON = 0.43
"""So much where a technical word of the question occurs nowhere."""
MIN_SHARE_OF_WHAT_IS_THERE = 0.15
"""So much where every thing that the question speaks of occurs somewhere."""
MAX_ABSENT_SHARE = 0.5
"""Where so many of the question's words occur nowhere, what the others find is something else."""


@dataclass(frozen=True, slots=True)
class AnswerVerdict:
    """Whether the repository answers the question, and why."""

    answered: bool
    reason: str
    missing: tuple[str, ...] = ()
    """The words of the question that occur nowhere, as they are written there."""


def decide_answer(evidence: QueryCoverage) -> AnswerVerdict:
    """Decide from what the question's names and words found."""
    missing = evidence.absent
    if evidence.names_asked and evidence.names_found == evidence.names_asked:
        return AnswerVerdict(True, "every name in the question is defined here", missing)
    if not evidence.names_found and (names := evidence.unheard or evidence.unheard_entities):
        return AnswerVerdict(False, not_found_text(names), missing)
    things = evidence.absent_things
    if things and not evidence.names_found and evidence.absent_share >= MAX_ABSENT_SHARE:
        return AnswerVerdict(False, not_found_text(missing), missing)
    held = f"the best places hold {evidence.covered:.0%} of what the question says"
    if evidence.covered >= least_share(evidence):
        return AnswerVerdict(True, held, missing)
    return AnswerVerdict(
        False, f"{not_found_text(missing)}, and {held}" if missing else held, missing
    )


def least_share(evidence: QueryCoverage) -> float:
    """Return what part of the question the best places must hold."""
    if not evidence.absent_things:
        return MIN_SHARE_OF_WHAT_IS_THERE
    jargon = evidence.unheard_jargon and not evidence.names_found
    return MIN_COVERED_SHARE_WITH_JARGON if jargon else MIN_COVERED_SHARE


def not_found_text(words: tuple[str, ...]) -> str:
    """Say that words of a question occur nowhere."""
    listed = ", ".join(repr(word) for word in words[:5])
    return f"{listed} occur{'s' if len(words) == 1 else ''} nowhere in the indexed files"
