"""What a question has run: tests, reading commands, and others that a person at a terminal saw."""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.agents.ask.test_ask_agent import LABEL, PROVEN, claim, looking, played
from tests.agents.scenes import SHOP, Stage, staged
from tests.support import git_repository
from tests.support.replies import Call, Calls
from tools.approvals import ApprovalRequest, ApprovalResponse, Approver

RUN = Calls(
    (
        Call("run", {"command": "ls shop"}, "a"),
        Call("run", {"command": "git log"}, "b"),
    )
)
WRITE = Calls((Call("run", {"command": "touch owned.txt; cat shop/cart.py"}, "a"),))
SNIPPET = Calls((Call("run", {"command": "python3 -c 'print(1)'"}, "a"),))


TRIED = "python3 -c 'from shop.prices import price_of; print(price_of(\"tea\"))'; touch owned.txt"
TRY = Calls((Call("run", {"command": TRIED}, "a"),))


def executing(stage: Stage, approver: Approver | None = None) -> Stage:
    stage = looking(stage)
    stage.asker = replace(stage.asker, executing=stage.config, approver=approver)
    return stage


@dataclass
class Person:
    """Answers each question alike, and remembers what was shown."""

    agrees: bool
    thinks: float = 0.0
    asked: list[ApprovalRequest] = field(default_factory=list)

    async def __call__(self, asked: ApprovalRequest) -> ApprovalResponse:
        self.asked.append(asked)
        await asyncio.sleep(self.thinks)
        return ApprovalResponse(self.agrees, "" if self.agrees else "refused")


def results(stage: Stage) -> list[str]:
    messages = stage.chat_requests()[-1].body["messages"]
    return [str(one["content"]) for one in messages if one["role"] == "tool"]


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


async def test_any_other_command_is_shown_to_the_person_once(tmp_path: Path) -> None:
    person = Person(agrees=True)
    async with staged(tmp_path, played(TRY, TRY, claim(PROVEN))) as stage:
        before = left(stage)
        await executing(stage, person).ask()
        said = results(stage)
        prompt = stage.chat_requests()[0].body["messages"][0]["content"]
        assert left(stage) == before
    [asked] = person.asked
    assert (asked.kind, asked.shown["command"]) == ("shell", TRIED)
    for one in said:
        assert "3.20" in one
        assert "written by the command and not kept: owned.txt" in one
    assert "any other command, such as a snippet that tries something, is shown" in prompt


async def test_a_person_who_refuses_is_not_asked_again(tmp_path: Path) -> None:
    person = Person(agrees=False)
    async with staged(tmp_path, played(TRY, TRY, claim(PROVEN))) as stage:
        answer = await executing(stage, person).ask()
        said = results(stage)
    assert len(person.asked) == 1
    assert all("this command was not approved" in one for one in said)
    assert answer.text.startswith(LABEL)


async def test_while_a_person_thinks_the_clock_stands_still(tmp_path: Path) -> None:
    """The person takes longer than the whole answer may."""
    person = Person(agrees=False, thinks=6.0)
    ask = {"wall_seconds": 5.0}
    async with staged(tmp_path, played(TRY, claim(PROVEN)), ask=ask) as stage:
        answer = await executing(stage, person).ask()
    assert len(person.asked) == 1
    assert answer.text.startswith(LABEL), answer.text


async def test_the_projects_tests_run_unasked_and_what_fails_is_told(tmp_path: Path) -> None:
    test = (
        "from shop.prices import price_of\n\n\ndef test_tea():\n    assert price_of('tea') == 4\n"
        "\n\ndef test_cup():\n    assert price_of('cup') == 7\n"
    )
    root = git_repository(tmp_path, {**SHOP, "tests/test_prices.py": test})
    person = Person(agrees=False)
    runs = Calls((Call("run", {}, "a"),)), Calls((Call("run", {"command": "pytest -q"}, "a"),))
    async with staged(tmp_path, played(*runs, claim(PROVEN)), root=root) as stage:
        await executing(stage, person).ask()
        said = results(stage)
    assert person.asked == []
    for one in said:
        assert one.startswith("pytest: 1 passed, 1 failed"), one
        assert "tests/test_prices.py::test_tea" in one
