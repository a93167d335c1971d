"""The text of an answer: places first, then the model's summary, then what is not certain."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.ask.abstention import not_found_text
from agents.ask.answer import (
    Answer,
    AnswerStatus,
    CitedPlace,
    describe_coverage,
    describe_places,
)
from agents.ask.found_places import FoundPlaces
from agents.ask.summary import CheckedSummary, ModelSummary, check_summary
from indexing.search.search import IndexCoverage
from indexing.vectors.coverage_notes import wordless
from rooftree.text.safe_markdown import sanitise_markdown

PLACES_LABEL = "Where to look (each place was checked against the file's bytes):"
SUMMARY_LABEL = "Summary by {model} (a model's words; its marks are checked):"
NOT_FOUND = "Not found in this repository"
NOT_ALL = "Could not look at everything, and found nothing in the rest"
EMPTY_SUMMARY = "the model said nothing."
ALL_MOVED = "every place found has changed since; ask again."


@dataclass(frozen=True, slots=True)
class ComposedAnswer:
    """An answer, and what of its text was not streamed yet."""

    answer: Answer
    streamed: tuple[str, ...]
    checked: bool = False
    """Whether that is the answer as it stands, and not a note on what was streamed."""


def body_of(places: Sequence[CitedPlace]) -> str:
    return f"{PLACES_LABEL}\n\n{describe_places(places)}"


def summary_label(model: str) -> str:
    return SUMMARY_LABEL.format(model=model)


def could_not_look(
    question: str, why: str, coverage: IndexCoverage | None = None, stale: int = 0
) -> ComposedAnswer:
    """Say that nobody has looked, and why."""
    return _refusal(question, "could_not_look", f"Could not look: {why}", coverage, stale)


def answer_of(
    question: str,
    found: FoundPlaces,
    summary: ModelSummary | None,
    failure: str,
    *,
    model_expected: bool,
) -> ComposedAnswer:
    """Compose the answer of what was found and said; `failure` is what ended the run early."""
    if not found.verdict.answered:
        return _unanswered(question, found)
    if not found.places:
        return could_not_look(question, ALL_MOVED, found.coverage, found.stale)
    checked = CheckedSummary("", 0, ())
    if summary is not None:
        checked = check_summary(summary.text, question, summary.places)
    model = summary.model if summary is not None and checked.text else None
    parts, notes = [body_of(found.places)], []
    if model is not None:
        parts += [summary_label(model.name), checked.text]
    elif model_expected:
        notes.append(sanitise_markdown(f"No summary: {failure or EMPTY_SUMMARY}"))
    if found.verdict.missing:
        missing = not_found_text(found.verdict.missing)
        notes.append(sanitise_markdown(f"Of the question, {missing}."))
    notes += _coverage_note(found.coverage)
    # The text marks what is unchecked where it stands; who reads the stream is told at its end.
    streamed = [checked.note, *notes] if model is not None and checked.note else notes
    answer = Answer(
        question,
        "answered",
        "\n\n".join([*parts, *notes]),
        tuple(place.citation for place in found.places),
        found.stale + checked.rejected,
        model,
        found.coverage,
    )
    return ComposedAnswer(answer, tuple(f"\n\n{note}" for note in streamed))


def _unanswered(question: str, found: FoundPlaces) -> ComposedAnswer:
    """Say that nothing answers; where no word could be looked for, nobody has looked."""
    if not found.has_terms:
        return could_not_look(question, f"{wordless(question)}.", found.coverage, found.stale)
    status = found.coverage.nothing
    text = NOT_FOUND if status == "not_found" else NOT_ALL
    text = f"{text}: {found.verdict.reason}."
    return _refusal(question, status, text, found.coverage, found.stale)


def _refusal(
    question: str, status: AnswerStatus, text: str, coverage: IndexCoverage | None, stale: int
) -> ComposedAnswer:
    whole = "\n\n".join([sanitise_markdown(text), *_coverage_note(coverage)])
    answer = Answer(question, status, whole, rejected=stale, coverage=coverage)
    return ComposedAnswer(answer, (whole,), checked=True)


def _coverage_note(coverage: IndexCoverage | None) -> list[str]:
    note = describe_coverage(coverage) if coverage else ""
    return [sanitise_markdown(f"Coverage: {note}.")] if note else []
