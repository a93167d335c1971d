"""The end of a change claims what is proved of it, and says why there is none."""

from pathlib import Path

import pytest

from agents.change.coding.reproduce import Reproduction
from agents.change.planning.plan import ChangePlan
from agents.change.settling import failed_outcome, proof_of
from agents.change.state import ChangeState
from agents.evidence.evidence import Baseline, Evidence
from agents.evidence.own_tests import OwnTests
from tools.drafts.draft import Draft
from tools.drafts.snapshot import Snapshot

FIXES = Evidence(parses=True, fixed=("t.py::test",))
OWN = OwnTests(("t.py::test_new",), ("f",))


@pytest.mark.parametrize(
    ("evidence", "own_test", "status"),
    [
        (FIXES, False, "verified"),
        (FIXES, True, "unverified"),
        (Evidence(parses=True, own=OWN), False, "verified_by_own_tests"),
        (Evidence(parses=True, fixed=("t.py::test",), own=OWN), True, "verified_by_own_tests"),
        (Evidence(parses=True, rename="3 places", kept=2), False, "verified_as_rename"),
        (Evidence(parses=True, rename="3 places"), False, "unverified"),
        (Evidence(parses=True, move="3 uses", kept=2), False, "verified_as_move"),
        (Evidence(parses=True, move="3 uses"), False, "unverified"),
        (Evidence(parses=True, fixed=("t.py::test",), broken=("u",)), False, "unverified"),
        (Evidence(parses=True, problem="no test ran"), False, "unverified"),
    ],
)
def test_a_status_is_what_was_proved(evidence: Evidence, own_test: bool, status: str) -> None:
    assert proof_of(evidence, own_test=own_test)[0] == status


def test_a_fix_of_a_test_that_was_written_for_it_says_so() -> None:
    assert "nothing else proves it" in proof_of(FIXES, own_test=True)[1]


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (ChangeState(not_planned="the plan was not approved: no"), "the plan was not approved: no"),
        (ChangeState(no_edit="it is too long"), "no edit was found: it is too long"),
        (ChangeState(notes=("a", "time is over")), "no edit was found: time is over"),
        (ChangeState(), "no edit was found: the run ended before any was tried"),
    ],
    ids=["plan", "edit", "note", "nothing"],
)
def test_a_change_that_failed_says_why(state: ChangeState, reason: str) -> None:
    outcome = failed_outcome(state)
    assert (outcome.status, outcome.summary) == ("failed", reason)


def test_what_was_noted_twice_is_told_once() -> None:
    assert failed_outcome(ChangeState().noting("a", "b", "a")).notes == ("a", "b")


def test_a_test_that_does_not_fail_is_the_reason_where_there_is_nothing_to_repair() -> None:
    plan = ChangePlan.of("fix", tests=("t.py::test",))
    nothing = Snapshot(Path(), None, "sha1", {}, {}, {}, Path())
    seen = Reproduction(Draft(nothing, {}), Baseline())
    outcome = failed_outcome(ChangeState(plan=plan, reproduced=seen, no_edit="no place"))
    assert outcome.summary == "t.py::test does not fail here, so there is nothing to repair"
