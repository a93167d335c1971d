"""A plan that was approved before its class had today's name is still the same plan."""

import pytest

from agents.change.approval import plan_approval_request
from agents.change.planning.plan import ChangePlan, EditTarget


@pytest.mark.parametrize(
    ("plan", "digest"),
    [
        (
            ChangePlan(
                "change",
                (EditTarget("a.py", "f"), EditTarget("b.py")),
                ("t.py",),
                ("do 'it'",),
                "why",
            ),
            "e758c6e64cc3b8ccfe292e922b89f9e3",
        ),
        (ChangePlan("change", (EditTarget("a.py"),)), "10fc6ef4cbaacc9904e6221679dd6320"),
    ],
)
def test_a_plan_s_digest_is_the_one_that_older_runs_recorded(plan: ChangePlan, digest: str) -> None:
    assert plan_approval_request(plan, "a task").digest == digest
