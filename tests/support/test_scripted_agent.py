"""The scripted agent reacts to tools as a good model does; equal requests have equal answers."""

from pathlib import Path

from benchmarks.agents.trajectory import Trajectory, create, edit, finish, read, run_tests
from tests.agents.loop.loops import TASK, Stage, check_legal, prefix_breaks, staged
from tests.server.changing import FIXED
from tests.support.scripted_agent import ScriptedAgent
from tests.support.scripted_model import Calls

CART = "shop/cart.py"
READ = read(CART)
EDIT = edit(CART, "result -= price", "result += price")
FINISH = finish("it adds up")


def trajectory(*steps: object) -> Trajectory:
    return Trajectory(TASK, steps)  # type: ignore[arg-type]  # steps, as the helpers make them


async def named(stage: Stage) -> list[str]:
    """Play to the end, and return the tools that were called, in order."""
    result = await stage.play()
    assert result.finished
    assert stage.text(CART) == FIXED
    for body in stage.bodies:
        check_legal(body)
    assert list(prefix_breaks(stage.bodies)) == []
    return [one.call.name for turn in stage.loop.transcript.exchanges() for one in turn.outcomes]


async def test_each_step_is_one_request(tmp_path: Path) -> None:
    agent = ScriptedAgent([trajectory(READ, EDIT, run_tests(), FINISH)])
    async with staged(tmp_path, agent, sandbox=True) as stage:
        assert await named(stage) == ["read", "edit", "run", "finish"]
        assert len(stage.bodies) == 4


async def test_a_file_that_has_to_be_read_first_is_read(tmp_path: Path) -> None:
    agent = ScriptedAgent([trajectory(EDIT, run_tests(), FINISH)])
    async with staged(tmp_path, agent, sandbox=True) as stage:
        assert await named(stage) == ["edit", "read", "edit", "run", "finish"]


async def test_what_a_finish_that_is_sent_back_asks_for_is_done(tmp_path: Path) -> None:
    scratch = create("repro.py", "x = 1\n")
    agent = ScriptedAgent([trajectory(READ, EDIT, scratch, FINISH)])
    async with staged(tmp_path, agent, sandbox=True) as stage:
        calls = await named(stage)
        told = "read edit change_file finish change_file run finish"
        assert calls == told.split()
        assert not stage.working.exists("repro.py")


async def test_the_same_request_has_the_same_answer_whenever_it_comes(tmp_path: Path) -> None:
    agent = ScriptedAgent([trajectory(READ, EDIT, run_tests(), FINISH)])
    async with staged(tmp_path, agent, sandbox=True) as stage:
        await named(stage)
        backwards = [
            ScriptedAgent([trajectory(READ, EDIT, run_tests(), FINISH)])(one)
            for one in reversed(stage.bodies)
        ]
    marks = [one.text for one in backwards if isinstance(one, Calls)]
    assert marks == ["[4 of 4]", "[3 of 4]", "[2 of 4]", "[1 of 4]"]
