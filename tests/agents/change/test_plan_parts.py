"""A large task is made part by part: each in a conversation of its own, and measured."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from agents.change.coding.coder import Coder
from agents.change.coding.reproduce import Reproduction
from agents.change.coding.tool_coder import CoderTask, ToolCoder
from agents.change.needs import needed_budget
from agents.change.planning.plan import MAX_PARTS, ChangePlan, EditTarget, plan_of
from agents.change.planning.planner import make_plan
from agents.evidence.baseline import measure_baseline
from rooftree.errors import UsageError
from tests.agents.change.teams import crew_of
from tests.agents.change.test_planner import find
from tests.agents.change.test_tool_planner import call, capable
from tests.support.replies import Body, Call, Calls, Reply

PARTS = ("Add a module for discounts", "Use it in the cart")
PLAN = plan_of({"parts": list(PARTS)}, ChangePlan.of("change", [EditTarget("shop/cart.py")]))
NEW = "def discount(price):\n    return price * 0.9\n"


class PartByPart:
    """Makes each part by the answers of its own, and knows of no other conversation."""

    def __init__(self, *parts: tuple[Calls, ...]) -> None:
        self.parts = parts
        self.prompts: list[str] = []

    def __call__(self, body: Body) -> Reply:
        messages = body["messages"]
        task = messages[1]["content"]
        if task not in self.prompts:
            self.prompts.append(task)
        answered = sum(bool(one.get("tool_calls")) for one in messages)
        again = sum("not finished yet" in str(one["content"]) for one in messages)
        return self.parts[self.prompts.index(task)][answered - again]


def finish(summary: str = "done") -> Calls:
    return call("finish", summary=summary)


def edit(old: str, new: str) -> Calls:
    return call("edit", path="shop/cart.py", old=old, new=new)


FIRST = (call("edit", path="shop/discount.py", old="", new=NEW), finish())
READ = call("read", path="shop/cart.py")


async def made(
    tmp_path: Path, script: PartByPart, *, sandbox: bool = False
) -> tuple[Coder, list[str], dict[str, bytes | None]]:
    """Make the plan's parts; return the coder, its notes and what is changed."""
    async with crew_of(tmp_path, script, sandbox=sandbox) as crew:
        capable(crew)
        team = crew.team
        baseline = await measure_baseline(team, crew.base, ())
        # What failed before is none of the task's.
        others = frozenset(baseline.failing) | baseline.also_failing
        seen = Reproduction(crew.base, replace(baseline, failing=(), also_failing=others))
        coder = Coder(team, "Give discounts.", PLAN, seen, None, 3, 60.0)
        result = await coder.draft(None, "")
        assert result.drafted is not None
        told = [one.data for one in crew.events if one.kind == "progress"]
        numbers = [one["number"] for one in told if one.get("stage") == "part"]
        assert numbers == list(range(1, len(numbers) + 1))
        return coder, list(result.notes), dict(result.drafted.draft.changes)


async def test_each_part_begins_anew_with_what_the_others_have_made(tmp_path: Path) -> None:
    script = PartByPart(FIRST, (READ, edit("return result", "return 2 * result"), finish()))
    _, notes, changes = await made(tmp_path, script)
    assert set(changes) == {"shop/discount.py", "shop/cart.py"}
    first, second = script.prompts
    assert "do part 1 of 2 now" in first
    assert f"1. {PARTS[0]} (yours)" in first
    assert f"1. {PARTS[0]} (done)" in second
    assert f"2. {PARTS[1]} (yours)" in second
    assert [one.partition(":")[0] for one in notes] == ["part 1 of 2", "part 2 of 2"]


async def test_a_part_that_breaks_what_passed_is_gone_on_with_by_what_the_tests_say(
    tmp_path: Path,
) -> None:
    breaks = (
        READ,
        edit("return len(prices)", "return 7"),
        finish(),
        edit("return 7", "return len(prices)"),
        finish(),
    )
    script = PartByPart(FIRST, breaks)
    coder, notes, changes = await made(tmp_path, script, sandbox=True)
    assert set(changes) == {"shop/discount.py"}
    assert coder.worker is not None
    assert coder.worker.loop is not None
    said = json.dumps(coder.worker.loop.transcript.messages())
    assert "tests that passed fail now: tests/test_cart.py::test_count" in said
    assert "assert 7 == 1" in said, "what that test said, and not one that failed before"
    assert notes[-1].startswith("part 2 of 2: ")
    assert "fail now" not in notes[-1]


async def test_parts_after_one_that_did_not_end_are_not_begun_and_that_is_said(
    tmp_path: Path,
) -> None:
    script = PartByPart((READ,) * 60, FIRST)
    async with crew_of(tmp_path, script) as crew:
        capable(crew)
        seen = Reproduction(crew.base, await measure_baseline(crew.team, crew.base, ()))
        coder = Coder(crew.team, "Give discounts.", PLAN, seen, None, 3, 60.0)
        result = await coder.draft(None, "")
    assert len(script.prompts) == 1
    assert result.drafted is None
    assert "parts 2 to 2 of the plan were not begun" in result.notes


async def test_a_coder_without_tools_says_that_it_makes_no_parts(tmp_path: Path) -> None:
    async with crew_of(tmp_path, lambda _: Calls((Call("none", {}),))) as crew:
        seen = Reproduction(crew.base, await measure_baseline(crew.team, crew.base, ()))
        result = await Coder(crew.team, "Do it.", PLAN, seen, None, 1, 60.0).draft(None, "")
    assert result.notes[0].startswith("the parts of the plan were not made one by one")


@pytest.mark.parametrize(
    ("told", "parts"),
    [
        (list(PARTS), PARTS),
        (["Only one"], ()),
        ([str(number) for number in range(MAX_PARTS + 1)], ()),
        ([" ", *PARTS], PARTS),
    ],
    ids=["two", "one is the task", "too many are no plan", "an empty one is none"],
)
async def test_a_planner_says_parts_where_a_task_is_large(
    tmp_path: Path, told: list[str], parts: tuple[str, ...]
) -> None:
    done = call("finish", playbook="change", places=["shop/cart.py"], parts=told, summary="s")
    async with crew_of(tmp_path, lambda _: done) as crew:
        plan = await make_plan(capable(crew).team, "Give discounts.", find)
    assert plan.parts == parts


def test_a_person_may_say_no_more_parts_than_there_are_means_for() -> None:
    with pytest.raises(UsageError, match=f"at most {MAX_PARTS} parts"):
        plan_of({"parts": ["one"] * (MAX_PARTS + 1)}, PLAN)


@pytest.mark.parametrize("count", [2, 3, MAX_PARTS])
async def test_what_a_change_may_spend_is_enough_for_all_steps_of_all_parts(
    tmp_path: Path, count: int
) -> None:
    plan = plan_of({"parts": ["one"] * count}, PLAN)
    async with crew_of(tmp_path, lambda _: finish()) as crew:
        team = capable(crew).team
        told = [CoderTask("do it", plan, part=number) for number in range(1, count + 1)]
        steps = [ToolCoder(team, crew.base, one, 60.0).settings.steps for one in told]
        budget = needed_budget(team.members, rounds=0)
    assert min(steps) >= 12
    assert sum(steps) <= budget.model_calls
