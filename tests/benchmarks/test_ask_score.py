"""The scoring of the ask benchmark and its question sets, on made-up results."""

import json
import math
from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from benchmarks.ask.questions import (
    FOLDER,
    SETS,
    BenchmarkError,
    Place,
    Question,
    load_questions,
    parse_place,
)
from benchmarks.ask.run import outcome_record, write_report
from benchmarks.ask.score import (
    Outcome,
    Share,
    Status,
    percentile,
    question_table,
    summarize,
    summary_table,
)

ANSWERABLE = Question(id="a", source="s", kind="how", text="?", gold=("x.py:10-20", "y.py:1-1"))
UNANSWERABLE = Question(id="u", source="s", kind="where", text="?", absent=("ldap",))
HARD = Question(id="h", source="s", kind="where", text="?", absent=("redis",), hard=True)


def outcome(
    question: Question,
    status: Status,
    *cited: str,
    faults: tuple[str, ...] = (),
    seconds: float = 1,
) -> Outcome:
    return Outcome(question, status, tuple(map(parse_place, cited)), faults, seconds)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [(1, 9, False), (1, 10, True), (12, 13, True), (20, 30, True), (21, 30, False)],
)
def test_places_overlap_when_they_share_a_line(first: int, last: int, expected: bool) -> None:
    assert Place("x.py", first, last).overlaps(Place("x.py", 10, 20)) is expected
    assert not Place("z.py", first, last).overlaps(Place("x.py", 10, 20))


def test_the_rank_is_that_of_the_first_citation_on_any_gold_place() -> None:
    assert outcome(ANSWERABLE, "answered", "z.py:1-99", "y.py:1-4", "x.py:15-15").rank == 2
    assert outcome(ANSWERABLE, "answered", "x.py:1-9").rank is None
    assert outcome(UNANSWERABLE, "answered", "x.py:1-9").rank is None


def test_a_summary_counts_every_kind_of_result() -> None:
    results = [
        outcome(ANSWERABLE, "answered", "x.py:10-12", seconds=1),
        outcome(ANSWERABLE, "answered", "z.py:1-2", "z.py:5-6", "y.py:1-1", seconds=2),
        outcome(ANSWERABLE, "not_found", seconds=3),
        outcome(ANSWERABLE, "could_not_look", seconds=4),
        outcome(ANSWERABLE, "failed", seconds=9),
        outcome(UNANSWERABLE, "not_found", seconds=5),
        outcome(HARD, "answered", "x.py:1-1", faults=("bad",), seconds=6),
    ]
    summary = summarize(results)
    assert summary.verified == Share(4, 5)
    assert summary.hits == (Share(1, 5), Share(2, 5), Share(2, 5))
    assert (summary.declined, summary.declined_hard) == (Share(1, 2), Share(0, 1))
    assert (summary.refused, summary.could_not_look, summary.failed) == (1, 1, 1)
    assert (summary.median_seconds, summary.p90_seconds) == (4, 9)
    assert summary.unsupported is None


def test_nothing_at_all_can_be_summarized() -> None:
    summary = summarize([])
    assert math.isnan(summary.median_seconds)
    assert str(summary.verified) == "– (0/0)"


@pytest.mark.parametrize(("share", "expected"), [(0.5, 5), (0.9, 9), (1.0, 10)])
def test_percentiles_are_nearest_rank(share: float, expected: float) -> None:
    assert percentile(range(10, 0, -1), share) == expected


def test_the_tables_show_the_figures() -> None:
    marked = Outcome(ANSWERABLE, "answered", (Place("y.py", 1, 1),), ("bad",), 2.5, unsupported=3)
    table = summary_table("small", summarize([marked]))
    assert "| gold in first 1 | 100.0 % (1/1) |" in table
    assert "| citations verified | 0.0 % (0/1) |" in table
    assert "| model sentences marked unsupported | 3 |" in table
    assert "| a | how | answered | answered | 1 | 1, 1 bad | 2.50 |" in question_table([marked])
    assert "| u | where | not_found | not_found |  | 0 | 1.00 |" in question_table(
        [outcome(UNANSWERABLE, "not_found")]
    )


def test_a_report_holds_every_outcome(tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    result = outcome(ANSWERABLE, "answered", "x.py:10-12")
    write_report(target, "questions", {"small": [result]})
    report = json.loads(target.read_text("utf-8"))
    assert report["models"]["small"]["outcomes"] == [outcome_record(result)]
    assert report["models"]["small"]["summary"]["hits"][0] == {"part": 1, "whole": 1}


@pytest.mark.parametrize(
    ("name", "answerable", "without"),
    [("questions", 22, 8), ("tuning", 15, 5), ("development", 36, 12), ("prose", 34, 6)],
)
def test_the_sets_have_the_promised_sizes(name: str, answerable: int, without: int) -> None:
    chosen = load_questions(FOLDER / f"{name}.toml")
    assert sum(question.answerable for question in chosen.questions) == answerable
    assert sum(not question.answerable for question in chosen.questions) == without
    assert len({question.kind for question in chosen.questions}) >= 6


def test_each_question_of_the_prose_set_says_what_is_right() -> None:
    chosen = load_questions(FOLDER / "prose.toml").questions
    kinds = Counter(question.kind for question in chosen)
    assert set(kinds) == {"where", "how", "calls", "tests", "why", "condition"}
    assert set(kinds.values()) == {6, 7}
    assert set(Counter(question.source for question in chosen).values()) == {8}
    assert all(question.answer.endswith(".") for question in chosen)


@pytest.mark.parametrize(
    "gold", [("x.py:1-41",), tuple(f"x.py:{one}-{one}" for one in range(1, 7))]
)
def test_gold_of_a_judged_answer_fits_what_may_be_shown(gold: tuple[str, ...]) -> None:
    assert Question(id="a", source="s", kind="how", text="?", gold=gold).answerable
    with pytest.raises(ValidationError, match="at most 5 places and 40 lines"):
        Question(id="a", source="s", kind="how", text="?", gold=gold, answer="So.")
    kept = ("x.py:1-36", *(f"x.py:{one}-{one}" for one in range(1, 5)))
    assert Question(id="a", source="s", kind="how", text="?", gold=kept, answer="So.").places


def test_the_sets_share_no_source() -> None:
    names = [
        source.name for name in SETS for source in load_questions(FOLDER / f"{name}.toml").sources
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("source = [", "cannot use"),
        (
            'source = []\n[[question]]\nid="q"\nsource="s"\nkind="how"\ntext="?"\ngold=["x:1-1"]',
            "does not",
        ),
        ('source = []\n[[question]]\nid="q"\nsource="s"\nkind="how"\ntext="?"', "either `gold`"),
        (
            'source = []\n[[question]]\nid="q"\nsource="s"\nkind="how"\ntext="?"\ngold=["x:3-1"]',
            "no place",
        ),
    ],
)
def test_a_wrong_set_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "set.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BenchmarkError, match=r"set\.toml") as raised:
        load_questions(path)
    assert said in str(raised.value)
