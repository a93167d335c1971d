"""The coder: each way of drafting says what it drafted, or what stands in the way."""

from pathlib import Path

import pytest

from agents.change.coding.coder import Coder
from agents.change.coding.editor import NamedPlaceEditor
from agents.change.coding.repair_search import RepairSearch
from agents.change.coding.reproduce import Reproduction, reproduce
from agents.change.planning.plan import ChangePlan, EditTarget
from agents.evidence.evidence import Baseline
from agents.runs.team import TeamMember
from models.probing.profile import ROLES
from tests.agents.change.teams import Crew, crew_of
from tests.server.changing import BUGGY, FIXED, SHOP, TASK, TEST, coder
from tests.support.replies import Body, Call, Calls, Reply, Text

TOTAL = EditTarget("shop/cart.py", "total")
NOT_RUN = Baseline(problem="there is no sandbox")
AS_IT_WAS = BUGGY.partition("\n\n\n")[2].partition("\n\n\n")[0]


def code(text: str) -> Reply:
    return Text(f"```python\n{text}\n```")


def coder_of(crew: Crew, plan: ChangePlan, baseline: Baseline = NOT_RUN) -> Coder:
    return Coder(crew.team, "do it", plan, Reproduction(crew.base, baseline), None, 3, 60.0)


async def test_an_edit_that_changes_nothing_is_told_and_tried_again_warmer(
    tmp_path: Path,
) -> None:
    async with crew_of(tmp_path, lambda _: code(AS_IT_WAS)) as crew:
        result = await coder_of(crew, ChangePlan.of("change", [TOTAL])).draft(None, "")
        assert crew.temperatures == [0.0, 0.6, 0.8]
    assert result.drafted is None
    assert result.no_edit == f"{TOTAL}: what the model wrote is what was there"


async def test_without_a_place_there_is_no_edit_and_no_model_is_asked(tmp_path: Path) -> None:
    async with crew_of(tmp_path, coder) as crew:
        result = await coder_of(crew, ChangePlan.of("change")).draft(None, "")
        assert crew.temperatures == []
    assert result.drafted is None
    assert result.no_edit.startswith("no place to edit is known")


async def test_doubts_of_a_reviewer_reach_the_model(tmp_path: Path) -> None:
    prompts: list[str] = []

    def script(body: Body) -> Reply:
        prompts.append(str(body["messages"]))
        return coder(body)

    plan = ChangePlan.of("change", [TOTAL])
    async with crew_of(tmp_path, script) as crew:
        edits = NamedPlaceEditor(crew.team, "do it", plan, NOT_RUN, candidates=1)
        drafted = await edits.draft(crew.base, "it must not count twice")
    assert drafted.draft.text("shop/cart.py") == FIXED
    assert not drafted.evidence.verified
    assert "it must not count twice" in prompts[0]


@pytest.mark.parametrize(
    ("plan", "why"),
    [
        (ChangePlan.of("rename", [TOTAL]), "a rename is asked for by the task alone"),
        (ChangePlan.of("test", [TOTAL]), "a test that cannot be run shows nothing"),
    ],
    ids=["rename by a plan", "test without a sandbox"],
)
async def test_what_cannot_be_drafted_is_said_without_a_model(
    tmp_path: Path, plan: ChangePlan, why: str
) -> None:
    async with crew_of(tmp_path, coder) as crew:
        result = await coder_of(crew, plan).draft(None, "")
        assert crew.server.requests == []
    assert result.drafted is None
    assert result.no_edit.startswith(why)


async def test_a_repair_is_the_first_candidate_that_is_verified(tmp_path: Path) -> None:
    async with crew_of(tmp_path, coder, sandbox=True) as crew:
        seen = await reproduce(crew.team, crew.base, TASK, (TEST,), ())
        search = RepairSearch(crew.team, TASK, (), seen)
        found = await search.next()
        stages = [one.data.get("stage") for one in crew.events if one.kind == "progress"]
    assert found is not None
    assert found.draft.text("shop/cart.py") == FIXED
    assert found.evidence.verified
    assert search.best is None, "what is handed out is not kept as the best of the rest"
    assert stages[0] == "suspects"
    assert stages[-1] == "tried"


async def test_a_repair_that_no_candidate_makes_keeps_the_best_and_says_so(
    tmp_path: Path,
) -> None:
    async with crew_of(tmp_path, lambda _: Text("pass"), sandbox=True) as crew:
        crew.team.answers.spending.model_calls = 57  # of 60
        seen = await reproduce(crew.team, crew.base, TASK, (TEST,), ())
        search = RepairSearch(crew.team, TASK, (), seen)
        found = await search.next()
    assert found is None
    assert search.best is not None
    assert "none holds" in search.no_edit
    assert search.spent == "60 model calls"


def _call(name: str, **arguments: object) -> Calls:
    return Calls((Call(name, arguments),))


async def test_a_second_coder_tries_where_a_test_can_tell_which_is_better(tmp_path: Path) -> None:
    """The first leaves the test failing; the second begins anew, warmer, and mends it."""
    temperatures: list[object] = []

    def script(body: Body) -> Reply:
        said = str(body["messages"][-1]["content"])
        steps = len([one for one in body["messages"] if one["role"] == "tool"])
        temperatures.append(body.get("temperature"))
        right = body.get("temperature") is not None
        new = "result += price" if right else "result *= price"
        moves: list[Reply] = [
            _call("read", path="shop/cart.py"),
            _call("edit", path="shop/cart.py", old="result -= price", new=new),
            _call("run"),
        ]
        if steps < len(moves):
            return moves[steps]
        return _call("finish", summary=f"done {said[:3]}")

    plan = ChangePlan.of("fix", tests=(TEST,))
    async with crew_of(tmp_path, script, tier="capable", sandbox=True) as crew:
        member = TeamMember("scripted", "capable", context_tokens=32_000)
        crew.team.members = dict.fromkeys(ROLES, member)
        seen = await reproduce(crew.team, crew.base, TASK, (TEST,), ())
        coder = Coder(crew.team, TASK, plan, seen, None, 3, 60.0)
        result = await coder.draft(None, "")
    assert result.drafted is not None
    assert result.drafted.evidence.verified
    assert result.drafted.draft.text("shop/cart.py") == FIXED
    assert temperatures[0] is None
    assert temperatures[-1] == pytest.approx(0.9)


async def test_what_no_linter_could_look_at_is_told_with_the_change(tmp_path: Path) -> None:
    """The project's own linter was not approved; nobody is asked because of an edit."""
    files = {
        **SHOP,
        "shop/a.rb": "x = 1\n",
        "Gemfile": "",
        ".rubocop.yml": "",
    }
    moves = [
        _call("read", path="shop/a.rb"),
        _call("edit", path="shop/a.rb", old="x = 1", new="x = 2"),
        _call("finish", summary="done"),
    ]

    def script(body: Body) -> Reply:
        steps = len([one for one in body["messages"] if one["role"] == "tool"])
        return moves[min(steps, len(moves) - 1)]

    plan = ChangePlan.of("change")
    async with crew_of(tmp_path, script, files=files, tier="capable", sandbox=True) as crew:
        member = TeamMember("scripted", "capable", context_tokens=32_000)
        crew.team.members = dict.fromkeys(ROLES, member)
        seen = await reproduce(crew.team, crew.base, TASK, (TEST,), ())
        result = await Coder(crew.team, TASK, plan, seen, None, 1, 60.0).draft(None, "")
    assert any(one.startswith("not linted: rubocop was not approved") for one in result.notes)
