"""No verdict of the reviewer is shown as an approval, wherever a verdict is shown."""

import io
from typing import Any

import pytest

from server.cli.work.change import print_outcome
from server.cli.work.terminal_approver import TerminalApprover, review_text
from tools.approvals import ApprovalRequest

UNREAD = "the reviewer said nothing that could be read"
NO_APPROVALS: tuple[tuple[str, dict[str, Any] | None], ...] = (
    ("the run ended before", None),
    ("unread", {"judgement": "unreviewed", "approved": False, "reasons": [UNREAD]}),
    ("seen in part", {"judgement": "unreviewed", "approved": False, "reasons": ["saw 2 of 9"]}),
    ("kept by an older version", {"approved": True, "reasons": [UNREAD]}),
    ("a judgement of a newer version", {"judgement": "pending", "approved": False, "reasons": []}),
    ("an empty judgement", {"judgement": "", "approved": True, "reasons": []}),
)
CASES = pytest.mark.parametrize(
    "review", [row[1] for row in NO_APPROVALS], ids=[row[0] for row in NO_APPROVALS]
)


@CASES
def test_the_line_of_the_reviewer_says_not_reviewed(review: dict[str, Any] | None) -> None:
    assert review_text(review).startswith("not reviewed: ")


@CASES
def test_an_outcome_that_is_shown_says_not_reviewed(
    review: dict[str, Any] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    told: dict[str, Any] = {
        "status": "unverified",
        "summary": "no test ran",
        "diff": "+a\n",
        "view": "+a\n",
        "review": review,
        "notes": [],
        "run": "r",
        "spending": {"model_calls": 1, "prompt_tokens": 1, "completion_tokens": 1, "seconds": 1},
        "applied": False,
        "why_not_applied": "nobody was asked",
    }
    print_outcome(told)
    shown = capsys.readouterr().out
    assert "\nnot reviewed: " in shown
    assert "approves" not in shown


@CASES
async def test_who_is_asked_to_approve_is_told_that_nobody_has_reviewed(
    review: dict[str, Any] | None,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    shown: dict[str, Any] = {"diff": "+a\n", "view": "+a\n", "warnings": [], "review": review}
    decision = await TerminalApprover()(
        ApprovalRequest("diff", "apply a change of 1 file", shown, "d")
    )
    assert not decision.approved
    told = capsys.readouterr().out
    assert "\nnot reviewed: " in told
    assert "approves" not in told


def test_an_approval_and_an_objection_are_told_as_such() -> None:
    said = {"approved": True, "judgement": "approved", "reasons": ["it does what was asked"]}
    assert review_text(said) == "the reviewer approves: it does what was asked"
    assert review_text({"approved": False, "reasons": ["no"]}) == "the reviewer objects: no"
