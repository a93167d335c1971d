"""What counts as a hit, which anchors and suggestions hold, and what follows of many."""

from pathlib import Path

import pytest

from benchmarks.review.facts import Facts, facts_of, is_hit
from benchmarks.review.findings import Review, Suggestion
from benchmarks.review.instances import Span
from benchmarks.review.results import Result
from benchmarks.review.score import (
    false_alarms,
    interval,
    precision,
    quiet,
    recall,
    reciprocal_rank,
    table,
)
from tests.benchmarks.review_scenes import CART, WRONG, Shop, finding

TRUTH = (Span(path=CART, start=10, end=12),)


@pytest.mark.parametrize(
    ("line", "hit"), [(7, False), (8, True), (11, True), (14, True), (15, False)]
)
def test_a_hit_comes_within_two_lines(line: int, hit: bool) -> None:
    assert is_hit(finding(line), TRUTH) == hit


def test_another_file_is_no_hit() -> None:
    assert not is_hit(finding(11, path="shop/orders.py"), TRUTH)


def test_a_finding_around_the_fault_is_a_hit() -> None:
    assert is_hit(finding(1, end_line=99), TRUTH)


def test_only_inline_findings_count_and_any_has_a_rank(here: Shop, tmp_path: Path) -> None:
    instance, change = here.change("reintroduced", tmp_path / "made")
    line = instance.truth[0].start
    far = finding(50, change.quote(CART, 50, 50))
    hit = finding(line, WRONG, claim="it should be min(prices)")
    shown = facts_of(instance, change, Review(status="findings", findings=(far, hit)))
    assert (shown.inline, shown.hits, shown.named, shown.rank) == (2, 1, 1, 2)
    hidden = hit.model_copy(update={"inline": False})
    facts = facts_of(instance, change, Review(status="findings", findings=(far, hidden)))
    assert (facts.inline, facts.hits, facts.found, facts.rank) == (1, 0, False, 2)
    sixth = facts_of(instance, change, Review(status="findings", findings=(*[far] * 5, hit)))
    assert (sixth.inline, sixth.hits, sixth.rank) == (5, 0, 6)


def test_an_anchor_holds_where_the_quote_stands_and_the_diff_is(here: Shop, tmp_path: Path) -> None:
    instance, change = here.change("reintroduced", tmp_path / "made")
    line = instance.truth[0].start
    first = change.quote(CART, 1, 1)
    good = (
        finding(line, WRONG),
        finding(line, WRONG + "\r"),
        finding(line, "    return «redacted:token»(prices)"),
        finding(1, first, inline=False),
    )
    bad = (
        (finding(line, "other"), "the quote is not those lines"),
        (finding(999, "x"), "is outside the file"),
        (finding(1, first), "touches no hunk"),
        (finding(1, "x", path="nowhere.py"), "is outside the file's 0 lines"),
    )
    assert facts_of(instance, change, Review(status="findings", findings=good)).bad_anchors == ()
    for one, words in bad:
        facts = facts_of(instance, change, Review(status="findings", findings=(one,)))
        assert facts.anchors == 1
        assert words in facts.bad_anchors[0]


@pytest.mark.parametrize(
    ("replacement", "fault"),
    [
        ("    return min(prices)\n", ""),
        ("", ""),
        (WRONG, "changes nothing"),
        ("return (", "does not parse"),
    ],
)
def test_a_suggestion_holds_where_the_file_parses_with_it(
    here: Shop, tmp_path: Path, replacement: str, fault: str
) -> None:
    instance, change = here.change("reintroduced", tmp_path / "made")
    line = instance.truth[0].start
    fix = Suggestion(line=line, end_line=line, replacement=replacement)
    one = finding(line, WRONG).model_copy(update={"fix": fix})
    facts = facts_of(instance, change, Review(status="findings", findings=(one,)))
    assert facts.suggestions == 1
    assert fault in "".join(facts.bad_suggestions)
    assert bool(facts.bad_suggestions) == bool(fault)


def test_a_suggestion_beyond_the_file_does_not_hold(here: Shop, tmp_path: Path) -> None:
    instance, change = here.change("reintroduced", tmp_path / "made")
    fix = Suggestion(line=900, end_line=901, replacement="x = 1")
    one = finding(1, "", inline=False).model_copy(update={"fix": fix})
    facts = facts_of(instance, change, Review(status="findings", findings=(one,)))
    assert "outside the file" in facts.bad_suggestions[0]


def result(kind: str, *, inline: int = 0, hits: int = 0, **more: object) -> Result:
    facts = Facts(
        inline=inline,
        hits=hits,
        named=0,
        rank=inline or None if hits else None,
        anchors=inline,
        bad_anchors=(),
        suggestions=0,
        bad_suggestions=(),
    )
    known = {
        "instance": "x",
        "set": "tune",
        "kind": kind,
        "killed": None,
        "side": "static",
        "model": "",
        "status": "findings",
        "facts": facts,
        "findings": (),
        "not_reviewed": 0,
        "calls": 0,
        "prompt_tokens": 100,
        "completion_tokens": 10,
        "seconds": 2.0,
        "note": "",
    }
    return Result.model_validate(known | more)


RESULTS = [
    result("mutant", inline=2, hits=1),
    result("inducing", inline=2),
    result("clean", inline=3),
    result("clean"),
]


def test_figures_are_counted_over_the_right_changes() -> None:
    assert recall(RESULTS) == 0.5
    assert precision(RESULTS) == 0.25
    assert false_alarms(RESULTS) == 1.5
    assert quiet(RESULTS) == 0.5
    assert reciprocal_rank(RESULTS) == 0.25
    assert recall([]) is None
    assert precision([result("mutant")]) is None


def test_a_review_that_failed_keeps_nothing_quiet() -> None:
    assert quiet([result("clean", status="failed")]) == 0.0


def test_an_interval_holds_its_figure_and_is_the_same_again() -> None:
    found = interval(recall, RESULTS)
    assert found == interval(recall, RESULTS)
    assert found is not None
    assert found[0] <= 0.5 <= found[1]
    assert interval(recall, [result("clean")]) is None


def test_the_table_has_a_row_for_each_kind_of_fault() -> None:
    rows = table([*RESULTS, result("reintroduced", killed=True)]).splitlines()
    names = [row.split("|")[1].strip() for row in rows[2:]]
    assert names == [
        "static",
        "static, mutant",
        "static, inducing",
        "static, reintroduced",
        "static, tests notice",
        "static, not run",
    ]
    assert "| 33 % [" in rows[2]
    assert "| 7/7 |" in rows[2]
