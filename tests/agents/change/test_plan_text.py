"""A plan as text comes back as it was, and as a person edits it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.change.planning.plan import ChangePlan, EditTarget, plan_of
from agents.change.planning.plan_text import plan_from_text, plan_text
from rooftree.errors import UsageError
from tests.support.eighths import examples

PLAN = ChangePlan.of(
    "fix", [EditTarget("shop/cart.py", "total")], ["tests/test_cart.py::test_total"], "it fails"
)


def test_a_plan_that_nobody_edits_stays_as_it_was() -> None:
    assert plan_of(plan_from_text(plan_text(PLAN.as_json())), PLAN) == PLAN


def test_lines_are_edited_added_and_taken_out() -> None:
    text = plan_text(PLAN.as_json())
    text = text.replace("playbook: fix", "playbook: change")
    text = text.replace("  - tests/test_cart.py::test_total\n", "")
    text = text.replace("  - shop/cart.py::total", "  - shop/cart.py::total\n  shop/prices.py")
    plan = plan_of(plan_from_text(text), PLAN)
    assert plan.playbook == "change"
    assert plan.tests == ()
    assert plan.targets == (EditTarget("shop/cart.py", "total"), EditTarget("shop/prices.py"))


def test_json_is_taken_as_well_and_what_is_neither_is_named_by_its_line() -> None:
    assert plan_from_text('{"playbook": "test"}') == {"playbook": "test"}
    with pytest.raises(UsageError, match="line 2 of the plan is in no part of it"):
        plan_from_text("# a\nsomething else\n")
    with pytest.raises(UsageError, match="no JSON any more"):
        plan_from_text('{"playbook": ')


@given(st.text(max_size=300))
@examples(200)
def test_any_text_is_a_plan_or_refused(text: str) -> None:
    try:
        plan_of(plan_from_text(text), PLAN)
    except UsageError as error:
        said = str(error)
        assert said
