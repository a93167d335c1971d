"""The planner: without a model where the task says enough, and never a place that is not there."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agents.change.planning.plan import ChangePlan, EditTarget
from agents.change.planning.planner import PlaceCandidate, make_plan
from rooftree.errors import ToolRefusedError
from tests.agents.change.teams import crew_of
from tests.server.changing import TASK, TEST
from tests.support.replies import Body, Reply, Text

PLACES = (
    PlaceCandidate("tests/test_cart.py", "test_total", "def test_total()"),
    PlaceCandidate("shop/cart.py", "total", "def total(prices)"),
    PlaceCandidate("shop/gone.py", "gone", "def gone()"),
    PlaceCandidate("shop/cart.py", "count", "def count(prices)"),
)
TOTAL, COUNT = EditTarget("shop/cart.py", "total"), EditTarget("shop/cart.py", "count")


async def find(task: str, limit: int) -> Sequence[PlaceCandidate]:
    return PLACES[:limit]


def refuses(body: Body) -> Reply:
    raise AssertionError("no model is asked")


async def test_a_task_that_names_a_test_needs_no_model(tmp_path: Path) -> None:
    async with crew_of(tmp_path, refuses, sandbox=True) as crew:
        plan = await make_plan(crew.team, TASK, find)
    assert plan == ChangePlan.of("fix", tests=(TEST,), reason="the task names a test")


@pytest.mark.parametrize(
    ("answer", "playbook", "targets"),
    [
        ({"playbook": "document", "places": [2, 1, 2]}, "document", (COUNT, TOTAL)),
        ({"playbook": "change", "places": [7, 0, "1", 2]}, "change", (COUNT,)),
        ({"playbook": "burn it down", "places": []}, "change", (TOTAL,)),
        ("I would rather not.", "change", (TOTAL,)),
    ],
    ids=["as chosen", "numbers of nothing", "no playbook", "no JSON"],
)
async def test_a_model_chooses_among_places_that_can_be_edited(
    tmp_path: Path, answer: Any, playbook: str, targets: tuple[EditTarget, ...]
) -> None:
    said = answer if isinstance(answer, str) else json.dumps(answer)
    async with crew_of(tmp_path, lambda _: Text(said)) as crew:
        plan = await make_plan(crew.team, "Make it better", find)
        prompt = json.dumps(crew.server.requests[-1].body)
    assert (plan.playbook, plan.targets) == (playbook, targets)
    assert "test_total" not in prompt, "tests are no places to edit"
    assert "gone" not in prompt, "nor is what the snapshot does not have"


async def test_a_test_is_asked_for_of_a_function_by_its_name(tmp_path: Path) -> None:
    async with crew_of(tmp_path, refuses) as crew:
        plan = await make_plan(crew.team, "Add a test for `count`", find)
        assert (plan.playbook, plan.targets) == ("test", (COUNT,))
        with pytest.raises(ToolRefusedError, match="names no function that was found"):
            await make_plan(crew.team, "Add a test for `nothing_here`", find)
