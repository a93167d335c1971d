"""A scout reads for the one who sends it: what it names is looked up, and its cost is counted."""

import asyncio
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.change.coding.tool_coder import CoderTask, ToolCoder
from agents.change.planning.plan import ChangePlan
from agents.change.planning.planner import make_plan
from agents.loop.result import LoopResult
from agents.loop.scout import MAX_SCOUTS, SCOUT_STEPS
from agents.loop.scouted_places import MAX_LENGTH
from agents.loop.toolset import MAX_TOOLS
from agents.runs.budget import Budget, Spending
from agents.runs.team import TeamMember
from models.probing.profile import ROLES
from rooftree.telemetry.events import Event
from rooftree.telemetry.progress import progress_of
from server.cli.work.change_progress import describe_change
from tests.agents.change.teams import Crew, crew_of
from tests.agents.change.test_planner import find
from tests.agents.loop.loops import call, check_legal, prefix_breaks
from tests.server.changing import SHOP
from tests.support.replies import Body, Call, Calls, Failure, Hang, Reply, Wire
from tests.tools.model_tools.draft_tools import draft_tools

READ = call("read", path="shop/cart.py")
EDIT = call("edit", path="shop/cart.py", old="result -= price", new="result += price")
FINISH = call("finish", summary="done")
FOUND = call(
    "finish",
    summary="it is in the cart",
    places=["shop/cart.py:4-9 adds up the prices", "shop/cat.py:3 its copy"],
)
BIG: dict[str, str | bytes] = {**SHOP, "big.txt": "words " * 20 + "\n", "more.txt": "y\n"}


def ask(*questions: str) -> Calls:
    return Calls(tuple(Call("scout", {"question": one}) for one in questions))


def names(body: Body) -> list[str]:
    return [one["function"]["name"] for one in body.get("tools") or ()]


def is_scout(body: Body) -> bool:
    return str(body["messages"][0]["content"]).startswith("You look for places")


def steps(body: Body) -> int:
    return len([one for one in body["messages"] if one["role"] == "assistant"])


def played(scout: Callable[[Body], Reply], *moves: Reply) -> Callable[[Body], Reply]:
    """Return a model that plays these moves as a coder, and answers scouts by a function."""
    return lambda body: scout(body) if is_scout(body) else moves[min(steps(body), len(moves) - 1)]


def finds(body: Body) -> Reply:
    """Look first, and then say where it is."""
    return FOUND if steps(body) else READ


def with_slots(crew: Crew, slots: int, size: str = "M") -> Crew:
    member = TeamMember("scripted", "capable", context_tokens=32_000, size=size, slots=slots)  # type: ignore[arg-type]  # one of three
    crew.team.members = dict.fromkeys(ROLES, member)
    return crew


def coder_of(crew: Crew, wall_seconds: float = 60.0) -> ToolCoder:
    told = CoderTask("Make total add up.", ChangePlan.of("change"))
    return ToolCoder(crew.team, crew.base, told, wall_seconds)


def results(coder: ToolCoder) -> list[str]:
    assert coder.loop is not None
    return [one.text for turn in coder.loop.transcript.exchanges() for one in turn.outcomes]


def chats(crew: Crew) -> list[Body]:
    return [one.body for one in crew.server.requests if one.path.endswith("/chat/completions")]


async def test_the_places_of_a_scout_are_looked_up_before_they_are_told(tmp_path: Path) -> None:
    script = played(finds, ask("Where are prices added up?"), READ, EDIT, FINISH)
    async with crew_of(tmp_path, script) as crew:
        coder = coder_of(with_slots(crew, 2))
        result = await coder.draft()
        bodies = chats(crew)
        spent = crew.team.answers.spending
    assert result.finished
    told = results(coder)[0]
    assert "1 places" in told
    assert "shop/cart.py:4-9  adds up the prices\n    def total(prices):" in told
    assert "left out, not there: shop/cat.py:3 its copy (there is no file 'shop/cat.py'" in told
    assert "The scout says (not checked): it is in the cart" in told
    scouting = [one for one in bodies if is_scout(one)]
    assert len(scouting) == 2
    assert set(names(scouting[0])) == {"find", "read", "finish"}, "it can change and send nothing"
    assert spent.model_calls == len(bodies) == 6
    assert "tools/scout" in crew.team.prompts
    for one in bodies:
        check_legal(one)
    assert not list(prefix_breaks([one for one in bodies if not is_scout(one)]))


async def test_what_a_scout_has_read_nobody_else_has(tmp_path: Path) -> None:
    """The coder may not edit a file that only its scout has seen."""
    script = played(finds, ask("Where?"), EDIT, READ, EDIT, FINISH)
    async with crew_of(tmp_path, script) as crew:
        coder = coder_of(with_slots(crew, 2))
        await coder.draft()
    assert "read 'shop/cart.py' first" in results(coder)[1]


@pytest.mark.parametrize(("slots", "size", "there"), [(1, "M", 0), (2, "S", 0), (2, "L", 1)])
async def test_scouts_are_for_larger_models_whose_server_answers_several_calls(
    tmp_path: Path, slots: int, size: str, there: int
) -> None:
    async with crew_of(tmp_path, lambda _: FINISH) as crew:
        await coder_of(with_slots(crew, slots, size)).draft()
        found = {names(one).count("scout") for one in chats(crew)}
    assert found == {there}


def test_all_the_tools_of_a_large_model_are_as_many_as_there_may_be(tmp_path: Path) -> None:
    with draft_tools(tmp_path, SHOP, sandbox=True, is_small=False) as tools:
        found = [one.name for one in tools.toolbox.for_change()]
    assert len([*found, "scout", "finish"]) == MAX_TOOLS


async def test_several_scouts_of_one_answer_look_at_the_same_time(tmp_path: Path) -> None:
    both = threading.Barrier(2)

    def scout(body: Body) -> Reply:
        if not steps(body):
            both.wait(30)  # it breaks unless another scout asks while this one waits
        return finds(body)

    async with crew_of(tmp_path, played(scout, ask("One?", "Two?"), FINISH)) as crew:
        coder = coder_of(with_slots(crew, 2))
        await coder.draft()
        told = {describe_change(one, _progress(one)) for one in crew.events}
    assert all("shop/cart.py:4-9" in one for one in results(coder)[:2])
    assert {"    scout 1: 1 place in 2 steps", "    scout 2: 1 place in 2 steps"} <= told
    assert "    scout 1: read shop/cart.py" in told
    assert "  scout Two?" in told
    assert not any("scout 1: step" in one for one in told)


def _progress(event: Event) -> Any:
    return progress_of(event.data) if event.kind == "progress" else None


async def test_a_scout_without_an_end_is_ended_and_says_nothing_of_what_is_there(
    tmp_path: Path,
) -> None:
    def scout(body: Body) -> Reply:
        return call("read", path="shop/cart.py", start=1 + steps(body))

    async with crew_of(tmp_path, played(scout, ask("Where?"), FINISH)) as crew:
        coder = coder_of(with_slots(crew, 2))
        await coder.draft()
        asked = len([one for one in chats(crew) if is_scout(one)])
        told = [describe_change(one, _progress(one)) for one in crew.events]
    assert asked == SCOUT_STEPS
    assert results(coder)[0].startswith("The scout came to no answer: it had used all its")
    assert "this says nothing of what is there" in results(coder)[0]
    assert "shop/cart.py:" not in results(coder)[0]
    assert any(one.startswith("    scout 1: no answer: it had used all its steps") for one in told)


async def test_a_scout_spends_a_share_of_the_budget_and_no_more(tmp_path: Path) -> None:
    def scout(body: Body) -> Reply:
        looking = call("read", path="shop/cart.py", start=1 + steps(body))
        return replace(looking, text="words " * 2_000)

    async with crew_of(tmp_path, played(scout, ask("Where?"), FINISH)) as crew:
        spending = crew.team.answers.spending = Spending(Budget(60, 40_000, 600.0))
        coder = coder_of(with_slots(crew, 2))
        await coder.draft()
        calls, asked = len(chats(crew)), len([one for one in chats(crew) if is_scout(one)])
    assert "its budget was spent" in results(coder)[0]
    assert asked == 3, "two answers of 2,000 tokens leave some of an eighth, and three do not"
    assert 6_000 < spending.tokens < 6_200
    assert spending.model_calls == calls


async def test_scouts_together_spend_no_more_than_what_is_left(tmp_path: Path) -> None:
    def scout(body: Body) -> Reply:
        return call("read", path="shop/cart.py", start=1 + steps(body))

    async with crew_of(tmp_path, played(scout, ask("One?", "Two?"), FINISH)) as crew:
        spending = crew.team.answers.spending = Spending(Budget(10, 1_000_000, 600.0))
        coder = coder_of(with_slots(crew, 2))
        result = await coder.draft()
        scouting = [one for one in chats(crew) if is_scout(one)]
    assert len(scouting) == 8, "nine calls were left to two of them"
    assert all("its budget was spent" in one for one in results(coder)[:2])
    assert spending.model_calls == 10
    assert result.exit.reason == "budget"


async def test_there_are_only_so_many_scouts(tmp_path: Path) -> None:
    moves = [ask(f"Question {number}?") for number in range(MAX_SCOUTS + 1)]
    async with crew_of(tmp_path, played(lambda _: FOUND, *moves, FINISH)) as crew:
        coder = coder_of(with_slots(crew, 2))
        await coder.draft()
        asked = len([one for one in chats(crew) if is_scout(one)])
    assert asked == MAX_SCOUTS
    assert "which are all that there are" in results(coder)[MAX_SCOUTS]


async def test_a_scout_ends_with_the_one_who_sent_it(tmp_path: Path) -> None:
    def scout(_: Body) -> Reply:
        return Wire(before=(Hang(),))

    async with crew_of(tmp_path, played(scout, ask("One?", "Two?", "Three?"), FINISH)) as crew:
        before = asyncio.all_tasks()
        coder = coder_of(with_slots(crew, 2), wall_seconds=1.5)
        result = await coder.draft()
        left = {one for one in asyncio.all_tasks() - before if "scout" in repr(one).lower()}
    assert result.exit.reason == "time"
    assert left == set()


async def test_a_run_that_is_resumed_asks_no_scout_again_and_has_spent_the_same(
    tmp_path: Path,
) -> None:
    script = played(finds, ask("One?", "Two?"), READ, EDIT, FINISH)
    told: list[tuple[list[str], LoopResult, dict[str, Any]]] = []
    for place in ("first", "again"):
        folder = tmp_path / place
        folder.mkdir()
        if told:
            shutil.copy(tmp_path / "first" / "steps.jsonl", folder / "steps.jsonl")
        answers = (lambda _: Failure(500, "asked again")) if told else script
        async with crew_of(folder, answers) as crew:
            coder = coder_of(with_slots(crew, 2))
            result = await coder.draft()
            told.append((results(coder), result, crew.team.answers.spending.as_json()))
            asked = chats(crew)
    assert told[0] == told[1]
    assert told[0][1].finished
    assert asked == []


async def test_a_run_that_was_cut_off_in_a_scout_goes_on_in_it(tmp_path: Path) -> None:
    """What the scout was answered before is not asked again."""
    (tmp_path / "first").mkdir()
    (tmp_path / "again").mkdir()

    def hangs(body: Body) -> Reply:
        return Wire(before=(Hang(),)) if steps(body) else READ

    async with crew_of(tmp_path / "first", played(hangs, ask("One?"), FINISH)) as crew:
        cut = await coder_of(with_slots(crew, 2), wall_seconds=1.5).draft()
    assert cut.exit.reason == "time"
    shutil.copy(tmp_path / "first" / "steps.jsonl", tmp_path / "again" / "steps.jsonl")
    async with crew_of(tmp_path / "again", played(finds, FINISH, FINISH)) as crew:
        coder = coder_of(with_slots(crew, 2))
        await coder.draft()
        scouting = [one for one in chats(crew) if is_scout(one)]
    assert [steps(one) for one in scouting] == [1]
    assert "shop/cart.py:4-9" in results(coder)[0]


async def test_a_planner_sends_scouts_as_well(tmp_path: Path) -> None:
    plan = call("finish", playbook="change", places=["shop/cart.py::total"], summary="s")
    async with crew_of(tmp_path, played(finds, ask("Where?"), plan)) as crew:
        found = await make_plan(with_slots(crew, 4).team, "Make it add up.", find)
        said = str(chats(crew)[-1]["messages"][-1]["content"])
    assert [str(one) for one in found.targets] == ["shop/cart.py::total"]
    assert "shop/cart.py:4-9" in said


async def test_what_a_scout_returns_is_short_whatever_it_says(tmp_path: Path) -> None:
    long = [f"shop/cart.py:{number} {'why ' * 200}" for number in range(1, 14)]
    said = call("finish", summary="so " * 4_000, unsure="if " * 4_000, places=long)
    async with crew_of(tmp_path, played(lambda _: said, ask("Where?"), FINISH)) as crew:
        coder = coder_of(with_slots(crew, 2))
        await coder.draft()
    assert "13 places" in results(coder)[0]
    assert len(results(coder)[0]) <= MAX_LENGTH
