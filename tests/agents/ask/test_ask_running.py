"""What a question has run: tests and reading commands, in a copy that is gone afterwards."""

from dataclasses import replace
from pathlib import Path

from tests.agents.ask.test_ask_agent import LABEL, PROVEN, claim, looking, played
from tests.agents.scenes import Stage, staged
from tests.support.replies import Call, Calls

RUN = Calls(
    (
        Call("run", {"command": "ls shop"}, "a"),
        Call("run", {"command": "git log"}, "b"),
    )
)
WRITE = Calls((Call("run", {"command": "touch owned.txt; cat shop/cart.py"}, "a"),))
SNIPPET = Calls((Call("run", {"command": "python3 -c 'print(1)'"}, "a"),))


def executing(stage: Stage) -> Stage:
    stage = looking(stage)
    stage.asker = replace(stage.asker, executing=stage.config)
    return stage


def left(stage: Stage) -> list[str]:
    return sorted(one.name for one in stage.root.rglob("*") if ".git" not in one.parts)


async def test_reading_commands_run_and_nothing_else_does(tmp_path: Path) -> None:
    async with staged(tmp_path, played(RUN, WRITE, SNIPPET, claim(PROVEN))) as stage:
        before = left(stage)
        answer = await executing(stage).ask()
        messages = stage.chat_requests()[-1].body["messages"]
        said = [str(one["content"]) for one in messages if one["role"] == "tool"]
        assert left(stage) == before
        assert not list(stage.repository.folder.glob("ask-*")), "the copy is gone"
    assert "cart.py" in said[0]
    assert said[1].rstrip().endswith("work"), "the only commit"
    assert "this command was not approved" in said[2]
    assert "this command was not approved" in said[3]
    assert answer.text.startswith(LABEL)


async def test_what_a_command_printed_is_no_mark(tmp_path: Path) -> None:
    told = "`charge_customer` asks for `grand_total` [log:1:1-2]"
    async with staged(tmp_path, played(RUN, claim(told))) as stage:
        answer = await executing(stage).ask()
    assert LABEL not in answer.text
    assert "could be proven" in answer.text


async def test_without_a_sandbox_nothing_is_offered_to_run(tmp_path: Path) -> None:
    sandbox = {"backend": "none"}
    async with staged(tmp_path, played(claim(PROVEN)), sandbox=sandbox) as stage:
        await executing(stage).ask()
        [body] = [one.body for one in stage.chat_requests()]
    assert "run" not in [one["function"]["name"] for one in body["tools"]]
