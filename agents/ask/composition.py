"""The text of an answer: places first, then the model's summary, then what is not certain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agents.ask.abstention import not_found_text
from agents.ask.answer import (
    Answer,
    AnswerStatus,
    CitedPlace,
    ModelIdentity,
    describe_coverage,
    describe_places,
)
from agents.ask.claims import CheckedClaim, Evidence, cited, cited_commits
from agents.ask.commits import CommitCitation
from agents.ask.found_places import FoundPlaces
from agents.ask.reader import Reading
from agents.ask.summary import CheckedSummary, ModelSummary, check_summary, without_marks
from indexing.search.search import IndexCoverage
from indexing.vectors.coverage_notes import wordless
from rooftree.text.safe_markdown import sanitise_code_line, sanitise_markdown
from rooftree.text.visible import escaped_line

PLACES_LABEL = "Where to look (each place was checked against the file's bytes):"
CLAIMS_LABEL = (
    "Answer by {model} (the lines of each mark are there and hold the names of its sentence; what "
    "they mean is the model's word):"
)
CLAIMS_WITH_COMMITS_LABEL = (
    "Answer by {model} (the lines, and the message of the commit, of each mark are there and hold "
    "the names of its sentence; what they mean is the model's word):"
)
COMMITS_LABEL = "Commits (each is in the history of what is checked out, with that message):"
NOT_VERIFIED = "not verified"
MAX_SHOWN_LINE = 160
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
    notes += [*_missing_note(found), *_coverage_note(found.coverage)]
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


def claimed_answer(
    question: str, found: FoundPlaces, reading: Reading, model: ModelIdentity
) -> ComposedAnswer:
    """Compose the answer of a model that has looked by itself and has proven what it says."""
    proven = [one for one in reading.claims if one.proven]
    places, commits = cited(proven), cited_commits(proven)
    # Places first: what reads `citations` finds the n-th under its number.
    every: tuple[Evidence, ...] = (*places, *commits)
    numbers = {one: number for number, one in enumerate(every, 1)}
    sentences = "\n".join(_sentence(one, numbers) for one in reading.claims if one.citations)
    label = CLAIMS_WITH_COMMITS_LABEL if commits else CLAIMS_LABEL
    parts = [f"{sanitise_markdown(label.format(model=model.name))}\n\n{sentences}"]
    shown = ((PLACES_LABEL, every[: len(places)]), (COMMITS_LABEL, every[len(places) :]))
    for head, listed in shown:
        if listed:
            parts.append("\n".join([f"{head}\n", *(_listed(one, numbers[one]) for one in listed)]))
    parts += [*_reading_notes(reading), *_missing_note(found), *_coverage_note(found.coverage)]
    text = "\n\n".join(parts)
    rejected = sum(len(one.rejected) for one in reading.claims)
    answer = Answer(question, "answered", text, places, rejected, model, found.coverage, commits)
    return ComposedAnswer(answer, (text,), checked=True)


def unproven_answer(question: str, found: FoundPlaces, reading: Reading) -> ComposedAnswer:
    """Compose what there is without a claim that is proven: what was found, and why that is all."""
    answer = answer_of(question, found, None, "", model_expected=False).answer
    why = sanitise_markdown(f"No answer of the model: {reading.ended}.")
    text = "\n\n".join([answer.text, why, *_reading_notes(replace(reading, claims=()))])
    answer = replace(answer, text=text)
    return ComposedAnswer(answer, (text,), checked=True)


def _sentence(claim: CheckedClaim, numbers: Mapping[Evidence, int]) -> str:
    """Return a claim with the numbers of its places; one that is not proven says so."""
    text = f"- {sanitise_markdown(without_marks(claim.claim.sentence))}"
    if claim.proven:
        marks = ", ".join(str(numbers[place]) for place in dict.fromkeys(claim.citations))
        return f"{text} [{marks}]"
    places = ", ".join(sanitise_code_line(escaped_line(one.place)) for one in claim.citations)
    return f"{text} ({places}) [{NOT_VERIFIED}: {sanitise_markdown(claim.problem)}]"


def _listed(one: Evidence, number: int) -> str:
    """Return a place with its first line, or a commit with its subject."""
    if isinstance(one, CommitCitation):
        head, first = f"{one.place} of {one.date}", one.subject
    else:
        head = sanitise_code_line(escaped_line(one.place))
        first = next((line.strip() for line in one.quote.split("\n") if line.strip()), "")
    return f"[{number}] {head}\n    {sanitise_code_line(first[:MAX_SHOWN_LINE])}".rstrip()


def _reading_notes(reading: Reading) -> list[str]:
    """Say what was left out, what the model is not sure of, and how much it has looked into."""
    notes = []
    dropped = sum(not one.citations for one in reading.claims)
    if dropped:
        claims = f"{dropped} claim{'s' * (dropped > 1)} of the model"
        notes.append(f"Left out: {claims} that no lines show.")
    if reading.unsure:
        notes.append(f"The model is not sure of (its words): {reading.unsure}")
    most = f"the model has read in {reading.looked_into} of {reading.files} files"
    notes.append(f"Not exhaustive: {most}.")
    return [sanitise_markdown(one) for one in notes]


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


def _missing_note(found: FoundPlaces) -> list[str]:
    missing = found.verdict.missing
    return [sanitise_markdown(f"Of the question, {not_found_text(missing)}.")] if missing else []


def _coverage_note(coverage: IndexCoverage | None) -> list[str]:
    note = describe_coverage(coverage) if coverage else ""
    return [sanitise_markdown(f"Coverage: {note}.")] if note else []
