"""Figures of many reviews, with the interval that drawing other instances would give."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.review.results import Result

DRAWS = 2000
Figure = Callable[[Sequence[Result]], float | None]


def recall(results: Sequence[Result]) -> float | None:
    """Return the share of buggy changes with a hit among the inline findings."""
    return share([result.facts.found for result in results if result.buggy])


def named_recall(results: Sequence[Result]) -> float | None:
    """Return the share whose hit also names something of the faulty lines."""
    return share([result.facts.named > 0 for result in results if result.buggy])


def precision(results: Sequence[Result]) -> float | None:
    """Return the share of hits among all inline findings on buggy changes.

    Another finding may be right too, so this is less than what a reader would call precision.
    """
    buggy = [result.facts for result in results if result.buggy]
    said = sum(facts.inline for facts in buggy)
    return sum(facts.hits for facts in buggy) / said if said else None


def false_alarms(results: Sequence[Result]) -> float | None:
    """Return the inline findings on a clean change, on average."""
    return mean([result.facts.inline for result in results if not result.buggy])


def quiet(results: Sequence[Result]) -> float | None:
    """Return the share of clean changes that were looked at and nothing was said of."""
    clean = [result for result in results if not result.buggy]
    return share([result.status != "failed" and not result.facts.inline for result in clean])


def reciprocal_rank(results: Sequence[Result]) -> float | None:
    ranks = [result.facts.rank for result in results if result.buggy]
    return mean([1 / rank if rank else 0.0 for rank in ranks])


def share(flags: Sequence[bool]) -> float | None:
    return mean([float(flag) for flag in flags])


def mean(numbers: Sequence[float]) -> float | None:
    return sum(numbers) / len(numbers) if numbers else None


def interval(figure: Figure, results: Sequence[Result]) -> tuple[float, float] | None:
    """Return the middle 95 % of a figure over instances drawn with replacement."""
    drawn = random.Random(1)  # noqa: S311 - the same interval on each run
    values = []
    for _ in range(DRAWS):
        value = figure(drawn.choices(results, k=len(results)))
        if value is not None:
            values.append(value)
    if not values:
        return None
    values.sort()
    return values[int(0.025 * len(values))], values[min(int(0.975 * len(values)), len(values) - 1)]


@dataclass(frozen=True, slots=True)
class Group:
    """Results that make one row of a table."""

    name: str
    results: tuple[Result, ...]


def groups(results: Sequence[Result]) -> Iterator[Group]:
    """Yield each side as a whole, by kind, and by whether tests notice the fault."""
    for side in dict.fromkeys(result.side for result in results):
        own = tuple(result for result in results if result.side == side)
        yield Group(side, own)
        for kind in dict.fromkeys(result.kind for result in own if result.buggy):
            yield Group(f"{side}, {kind}", tuple(one for one in own if one.kind == kind))
        for killed, words in ((True, "tests notice"), (False, "tests do not"), (None, "not run")):
            chosen = tuple(one for one in own if one.buggy and one.killed is killed)
            if chosen:
                yield Group(f"{side}, {words}", chosen)


FIGURES: tuple[tuple[str, Figure, bool], ...] = (
    ("recall@5", recall, True),
    ("named", named_recall, True),
    ("precision", precision, True),
    ("MRR", reciprocal_rank, False),
    ("alarms a clean change", false_alarms, False),
    ("clean kept quiet", quiet, True),
)


def table(results: Sequence[Result]) -> str:
    """Return one row a group, as Markdown."""
    titles = ["side", "buggy", "clean", "failed", *(title for title, _, _ in FIGURES)]
    titles += ["anchors hold", "suggestions hold", "tokens in", "tokens out", "seconds"]
    rows = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    return "\n".join([*rows, *(row_of(group) for group in groups(results))])


def row_of(group: Group) -> str:
    results = group.results
    anchors = sum(one.facts.anchors for one in results)
    bad_anchors = sum(len(one.facts.bad_anchors) for one in results)
    suggestions = sum(one.facts.suggestions for one in results)
    bad_suggestions = sum(len(one.facts.bad_suggestions) for one in results)
    buggy = sum(one.buggy for one in results)
    cells = [
        group.name,
        str(buggy),
        str(len(results) - buggy),
        str(sum(one.status == "failed" for one in results)),
        *(cell_of(figure, results, in_percent=percent) for _, figure, percent in FIGURES),
        f"{anchors - bad_anchors}/{anchors}",
        f"{suggestions - bad_suggestions}/{suggestions}",
        f"{mean([one.prompt_tokens for one in results]) or 0:.0f}",
        f"{mean([one.completion_tokens for one in results]) or 0:.0f}",
        f"{mean([one.seconds for one in results]) or 0:.1f}",
    ]
    return f"| {' | '.join(cells)} |"


def cell_of(figure: Figure, results: Sequence[Result], *, in_percent: bool) -> str:
    value, between = figure(results), interval(figure, results)
    if value is None or between is None:
        return "–"
    low, high = between
    if in_percent:
        return f"{100 * value:.0f} % [{100 * low:.0f}–{100 * high:.0f}]"
    return f"{value:.2f} [{low:.2f}–{high:.2f}]"
