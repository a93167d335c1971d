"""Each thing is said once, the best known first, and little of it on the lines."""

from dataclasses import replace

from agents.review.findings.finding import Finding, safe
from agents.review.findings.ranking import DisplayLimits, rank_findings

BASE = Finding("a.py", 3, 3, "major", "bug", "it breaks", "static:ruff", "x = 1", code="F1")


def _other(line: int, quote: str) -> Finding:
    return replace(BASE, line=line, end_line=line, quote=quote, claim=f"{quote} breaks")


def test_one_cause_is_told_where_it_is_met_first() -> None:
    later = replace(BASE, line=50, end_line=50, quote="print(x)")
    (one,) = rank_findings([later, BASE], DisplayLimits())
    assert one.line == BASE.line
    assert one.evidence == ("the same at line 50",)


def test_each_of_two_secrets_is_told() -> None:
    secret = replace(BASE, source="static:rooftree", severity="critical", code="secret", claim="s")
    other = replace(secret, line=90, end_line=90, quote="y = 2")
    assert [one.line for one in rank_findings([other, secret], DisplayLimits())] == [BASE.line, 90]


def test_the_same_finding_is_said_once() -> None:
    moved = replace(BASE, line=30, end_line=30)
    assert len(rank_findings([BASE, moved], DisplayLimits())) == 1


def test_a_proven_finding_takes_a_claim_about_the_same_lines_as_evidence() -> None:
    claim = replace(BASE, source="model", claim="it is wrong", confidence=0.9, code="")
    proven = replace(BASE, source="tests", severity="critical", category="bug", code="t")
    (one,) = rank_findings([claim, proven], DisplayLimits())
    assert one.source == "tests"
    assert one.evidence == ("model: it is wrong",)


def test_only_so_many_are_shown_and_the_worst_of_them() -> None:
    many = [_other(line, f"x = {line}") for line in range(10, 90, 10)]
    worst = replace(_other(99, "y"), severity="critical")
    found = rank_findings([*many, worst], DisplayLimits(inline=3))
    assert [one.inline for one in found] == [True] * 3 + [False] * 6
    assert found[0].quote == "y"


def test_what_is_untidy_unsure_or_known_is_not_shown() -> None:
    nit = replace(_other(1, "a"), severity="minor")
    unsure = replace(_other(9, "b"), confidence=0.2)
    known = _other(20, "c")
    found = rank_findings([nit, unsure, known], DisplayLimits(known=frozenset({known.fingerprint})))
    assert not any(one.inline for one in found)
    assert [one.quote for one in found if one.known] == ["c"]
    assert len(found) == 3


def test_a_fingerprint_holds_while_lines_move_and_ends_when_they_change() -> None:
    assert replace(BASE, line=80, end_line=80).fingerprint == BASE.fingerprint
    assert replace(BASE, quote="  x  = 1").fingerprint == BASE.fingerprint
    assert replace(BASE, quote="x = 2").fingerprint != BASE.fingerprint


def test_what_a_model_says_is_cut_cleaned_and_redacted() -> None:
    key = "AKIA" + "QWERTYUIOPASDFGH"
    assert key not in safe(f"the key {key}")
    assert safe("a\u202eb") == "ab"
    assert len(safe("x" * 9000)) == 400
    assert safe(["no", "text"]) == ""
