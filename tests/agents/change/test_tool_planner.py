"""A capable planner reads before it plans, and what it names is there."""

import json
from pathlib import Path

from agents.change.planning.plan import EditTarget
from agents.change.planning.planner import make_plan
from agents.runs.team import TeamMember
from models.probing.profile import ROLES
from tests.agents.change.teams import Crew, crew_of
from tests.agents.change.test_planner import find
from tests.agents.loop.loops import check_legal
from tests.support.replies import Body, Call, Calls, Reply, Text


def call(name: str, **arguments: object) -> Calls:
    return Calls((Call(name, arguments),))


def capable(crew: Crew) -> Crew:
    member = TeamMember("scripted", "capable", context_tokens=32_000)
    crew.team.members = dict.fromkeys(ROLES, member)
    return crew


async def test_it_looks_and_then_names_places_tests_and_steps(tmp_path: Path) -> None:
    moves = [
        call("find", pattern="total"),
        call("read", path="shop/cart.py"),
        call(
            "finish",
            playbook="change",
            places=["shop/cart.py::total"],
            steps=["Add up in shop/cart.py", "See tests/test_cart.py pass"],
            summary="total takes off",
        ),
    ]
    turns = iter(moves)
    async with crew_of(tmp_path, lambda _: next(turns)) as crew:
        plan = await make_plan(capable(crew).team, "Make it add up.", find)
        bodies = [one.body for one in crew.server.requests if "chat" in one.path]
    assert plan.targets == (EditTarget("shop/cart.py", "total"),)
    assert plan.steps == ("Add up in shop/cart.py", "See tests/test_cart.py pass")
    assert (plan.playbook, plan.reason) == ("change", "total takes off")
    assert len(bodies) == 3
    names = [tool["function"]["name"] for tool in bodies[0]["tools"]]
    assert names == ["find", "read", "finish"], "it cannot edit or run"
    for body in bodies:
        check_legal(body)


async def test_places_that_are_not_there_are_sent_back_once(tmp_path: Path) -> None:
    def script(body: Body) -> Reply:
        sent_back = "not planned yet" in json.dumps(body["messages"])
        place = "shop/cart.py::count" if sent_back else "shop/cat.py::count"
        return call("finish", playbook="change", places=[place], summary="s")

    async with crew_of(tmp_path, script) as crew:
        plan = await make_plan(capable(crew).team, "Count better.", find)
    assert plan.targets == (EditTarget("shop/cart.py", "count"),)


async def test_one_that_never_plans_leaves_it_to_the_short_question(tmp_path: Path) -> None:
    def script(body: Body) -> Reply:
        if body.get("tools"):
            return Text("I would rather talk.")
        return Text('{"playbook": "change", "places": [1]}')

    async with crew_of(tmp_path, script) as crew:
        plan = await make_plan(capable(crew).team, "Make it better.", find)
        told = [one.data["message"] for one in crew.events if one.kind == "error"]
    assert plan.targets == (EditTarget("shop/cart.py", "total"),)
    assert told == [
        "the planner came to no plan: it answered in words and called no tool: I would rather talk."
    ]
