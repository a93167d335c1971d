"""A rename or a move that rules refuse: a capable coder makes it, a small one does not try."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.change.flow import ChangeFlow
from agents.change.outcome import ChangeOutcome
from agents.runs.team import TeamMember
from models.probing.profile import ROLES, ModelTier
from tests.agents.change.teams import Crew, crew_of
from tests.server.changing import APPROVE, SHOP
from tests.support.replies import Body, Call, Calls, Reply, Text
from tools.approvals import ApprovalRequest, ApprovalResponse, Approvals

FILES = {
    **SHOP,
    "shop/more.py": "import importlib\n\nCART = importlib.import_module('shop.cart')\n",
    "web/sum.js": "export function sum(a) {\n  return a;\n}\n",
}


def call(name: str, **arguments: object) -> Calls:
    return Calls((Call(name, arguments),))


def script_of(edit: Calls, place: str) -> Iterator[Reply]:
    yield call("finish", playbook="change", places=[place], summary="as asked")
    yield edit
    yield call("finish", summary="done")
    while True:
        yield call("finish", summary="done")


async def changed(crew: Crew, task: str, tier: ModelTier, tmp_path: Path) -> ChangeOutcome:
    async def nobody(_: ApprovalRequest) -> ApprovalResponse:
        raise AssertionError

    async def find(task: str, limit: int) -> list[object]:
        return []

    crew.team.members = dict.fromkeys(ROLES, TeamMember("scripted", tier, context_tokens=32_000))
    approvals = Approvals("never", nobody, crew.team.memo, lambda *_: None)
    flow = ChangeFlow(crew.team, crew.base, task, find, approvals, tmp_path)  # type: ignore[arg-type]  # nothing is found
    return await flow.run()


@pytest.mark.parametrize(
    ("task", "edit", "place", "why"),
    [
        (
            "rename shop/cart.py to shop/basket.py",
            call("change_file", path="shop/cart.py", action="move", to="shop/basket.py"),
            "shop/cart.py",
            "shop/more.py:3 names it in a text",
        ),
        (
            "rename `sum` to `add_up`",
            call("edit", path="web/sum.js", old="function sum(", new="function add_up("),
            "web/sum.js::sum",
            "no definition of Python is called 'sum' here; other languages are not renamed",
        ),
    ],
    ids=["a move that is not safe", "a rename in another language"],
)
async def test_a_capable_coder_goes_on_and_is_told_why(
    tmp_path: Path, task: str, edit: Calls, place: str, why: str
) -> None:
    answers = script_of(edit, place)
    asked: list[str] = []

    def script(body: Body) -> Reply:
        if "verdict" in json.dumps(body.get("response_format") or {}):
            return Text(json.dumps(APPROVE))
        asked.append(json.dumps(body["messages"], ensure_ascii=False))
        return next(answers)

    async with crew_of(tmp_path, script, files=FILES) as crew:
        outcome = await changed(crew, task, "capable", tmp_path)
    assert outcome.status == "unverified"
    assert outcome.plan is not None
    assert outcome.plan.playbook == "change"
    assert outcome.diff
    [note] = [one for one in outcome.notes if one.startswith("not done by rules, so a model did")]
    assert why in note
    planner, coder = asked[:2]
    assert "It cannot be done by rules, which say: " in planner
    assert "It cannot be done by rules, which say: " in coder
    assert outcome.evidence is not None
    assert not outcome.evidence.mechanical


@pytest.mark.parametrize("task", ["rename shop/cart.py to shop/basket.py", "rename `sum` to `add`"])
async def test_a_small_coder_is_not_asked(tmp_path: Path, task: str) -> None:
    async with crew_of(tmp_path, lambda _: Text("no"), files=FILES) as crew:
        outcome = await changed(crew, task, "small", tmp_path)
        assert crew.server.requests == []
    assert outcome.status == "failed"
