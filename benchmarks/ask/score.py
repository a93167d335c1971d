"""Pure scoring: outcomes in, numbers and Markdown out. Touches no file and runs nothing."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.ask.questions import Place, Question

Status = Literal["answered", "not_found", "could_not_look", "failed"]
RANKS = (1, 3, 5)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back for one question; `failed` means that no valid answer came back at all."""

    question: Question
    status: Status
    citations: tuple[Place, ...]
    """Best first."""
    faults: tuple[str, ...]
    """One sentence for each citation that does not hold."""
    seconds: float
    unsupported: int | None = None
    """Sentences that the model wrote and the program marked as unsupported, if it says so."""
    failure: str = ""
    """Why there was no valid answer."""
    answer: str = ""
    """What a person reads, for whoever judges it; nothing here is counted from it."""

    @property
    def rank(self) -> int | None:
        """The position, from 1, of the first citation that overlaps a gold place."""
        places = self.question.places
        for position, cited in enumerate(self.citations, start=1):
            if any(cited.overlaps(gold) for gold in places):
                return position
        return None


@dataclass(frozen=True, slots=True)
class Share:
    """A count of a whole."""

    part: int
    whole: int

    def __str__(self) -> str:
        if self.whole == 0:
            return "– (0/0)"
        return f"{100 * self.part / self.whole:.1f} % ({self.part}/{self.whole})"


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one model on one question set."""

    verified: Share
    hits: tuple[Share, ...]
    """Gold among the first 1, 3 and 5 citations, of the answerable questions."""
    declined: Share
    """Unanswerable questions that got `not_found`."""
    declined_hard: Share
    refused: int
    """Answerable questions that got `not_found`."""
    could_not_look: int
    failed: int
    median_seconds: float
    p90_seconds: float
    unsupported: int | None


def summarize(outcomes: Sequence[Outcome]) -> Summary:
    """Count everything that the report shows."""
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    others = [outcome for outcome in outcomes if not outcome.question.answerable]
    cited = sum(len(outcome.citations) for outcome in outcomes)
    seconds = [outcome.seconds for outcome in outcomes]
    marked = [outcome.unsupported for outcome in outcomes if outcome.unsupported is not None]
    return Summary(
        verified=Share(cited - sum(len(outcome.faults) for outcome in outcomes), cited),
        hits=tuple(
            Share(sum(within(outcome.rank, limit) for outcome in answerable), len(answerable))
            for limit in RANKS
        ),
        declined=share_declined(others),
        declined_hard=share_declined([outcome for outcome in others if outcome.question.hard]),
        refused=count(answerable, "not_found"),
        could_not_look=count(outcomes, "could_not_look"),
        failed=count(outcomes, "failed"),
        median_seconds=statistics.median(seconds) if seconds else math.nan,
        p90_seconds=percentile(seconds, 0.9),
        unsupported=sum(marked) if marked else None,
    )


def within(rank: int | None, limit: int) -> bool:
    return rank is not None and rank <= limit


def count(outcomes: Sequence[Outcome], status: Status) -> int:
    return sum(outcome.status == status for outcome in outcomes)


def share_declined(outcomes: Sequence[Outcome]) -> Share:
    return Share(count(outcomes, "not_found"), len(outcomes))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile; NaN of nothing."""
    ordered = sorted(values)
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else math.nan


def summary_table(model: str, summary: Summary) -> str:
    """Render the first table of a model."""
    rows: list[tuple[str, object]] = [("citations verified", summary.verified)]
    rows += [
        (f"gold in first {limit}", hit) for limit, hit in zip(RANKS, summary.hits, strict=True)
    ]
    rows += [
        ("unanswerable, answered not_found", summary.declined),
        ("of them the hard ones", summary.declined_hard),
        ("answerable, refused", summary.refused),
        ("could not look", summary.could_not_look),
        ("command failed", summary.failed),
        ("median seconds a question", f"{summary.median_seconds:.2f}"),
        ("p90 seconds a question", f"{summary.p90_seconds:.2f}"),
    ]
    if summary.unsupported is not None:
        rows.append(("model sentences marked unsupported", summary.unsupported))
    lines = [f"| {model} | |", "|---|---|"]
    return "\n".join(lines + [f"| {name} | {value} |" for name, value in rows])


def question_table(outcomes: Sequence[Outcome]) -> str:
    """Render the second table: one row a question."""
    lines = [
        "| question | kind | expected | status | gold at | citations | seconds |",
        "|---|---|---|---|---|---|---|",
    ]
    for outcome in outcomes:
        question = outcome.question
        expected = "answered" if question.answerable else "not_found"
        position = outcome.rank or ("–" if question.answerable else "")
        cited = f"{len(outcome.citations)}" + (
            f", {len(outcome.faults)} bad" * bool(outcome.faults)
        )
        lines.append(
            f"| {question.id} | {question.kind} | {expected} | {outcome.status} | {position} "
            f"| {cited} | {outcome.seconds:.2f} |"
        )
    return "\n".join(lines)
