"""A loop ends as its script says, keeps what was made, and sends what every server takes."""

import json
import re
import shutil
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agents.change.needs import needed_budget
from agents.loop.settings import settings_of
from agents.runs.budget import Budget
from agents.runs.team import TeamMember
from models.probing.profile import ROLES
from tests.agents.loop.loops import (
    EDIT,
    FINISH,
    READ,
    RUN,
    call,
    check_legal,
    prefix_breaks,
    staged,
)
from tests.server.changing import FIXED, SHOP
from tests.support.replies import (
    Body,
    Call,
    Calls,
    Failure,
    Hang,
    Json,
    Reply,
    Text,
    Wire,
    wire_of,
)

CLEAN = [READ, EDIT, FINISH]


async def test_a_clean_script_spends_no_request_on_a_rule_of_ours(tmp_path: Path) -> None:
    async with staged(tmp_path, [READ, EDIT, RUN, FINISH], sandbox=True) as stage:
        result = await stage.play()
    assert result.finished
    assert (result.steps, len(stage.bodies)) == (4, 4)
    assert result.tested
    assert result.open_points == ()
    assert stage.text("shop/cart.py") == FIXED
    assert "2 passed" in stage.results()[2]


async def test_a_finish_that_no_test_can_show_is_accepted_and_not_called_tested(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, CLEAN) as stage:
        result = await stage.play()
    assert result.finished
    assert not result.tested


@pytest.mark.parametrize(
    ("replies", "point"),
    [
        ([READ, FINISH], "nothing was edited"),
        ([READ, EDIT, FINISH], "the tests have not run since the last edit"),
        (
            [READ, EDIT, call("change_file", path="repro.py", action="create", text="x = 1"), RUN],
            "repro.py looks like a scratch file",
        ),
        (
            [
                READ,
                EDIT,
                call("read", path="tests/test_cart.py"),
                call("edit", path="tests/test_cart.py", old="== 3", new="== 4"),
                RUN,
            ],
            "holds tests that the task does not name",
        ),
    ],
    ids=["no edit", "not tested", "scratch file", "a test is changed"],
)
async def test_what_stands_against_finishing_is_told_with_the_diff_and_twice_at_most(
    tmp_path: Path, replies: list[Reply], point: str
) -> None:
    script = [*replies, *[FINISH] * 3]
    async with staged(tmp_path, script, sandbox=True) as stage:
        result = await stage.play()
    sent_back = [text for text in stage.results() if text.startswith("not finished yet")]
    assert len(sent_back) == 2
    assert point in sent_back[0]
    assert result.finished
    assert any(point in one for one in result.open_points)


LIMITS: Mapping[str, tuple[list[Any], dict[str, Any], str, int]] = {
    "steps": (
        [READ, EDIT, *[call("read", path="README.md", start=1)] * 9],
        {"settings": settings_of("S", 32_000, steps=5)},
        "steps",
        5,
    ),
    "budget": ([READ, EDIT, RUN], {"budget": Budget(2, 1_000_000, 100.0)}, "budget", 2),
    "a server that fails twice": ([READ, EDIT, *[Failure(500, "bad json")] * 2], {}, "model", 4),
    "a server that is gone": ([READ, EDIT, *[Failure(404, "no such model")] * 9], {}, "model", 4),
    "a context that is full": (
        [READ, EDIT, *[Failure(400, "maximum context length is 100 tokens")] * 4],
        {},
        "context",
        4,
    ),
    "time": ([READ, EDIT, Wire(before=(Hang(),))], {"wall_seconds": 2.0}, "time", 3),
    "words alone": ([READ, EDIT, Text("I am done."), Text("Really.")], {}, "no calls", 4),
}


@pytest.mark.parametrize("name", LIMITS)
async def test_whatever_ends_a_loop_its_draft_is_kept_and_the_reason_said(
    tmp_path: Path, name: str
) -> None:
    replies, options, reason, most = LIMITS[name]
    async with staged(tmp_path, replies, **options) as stage:
        result = await stage.play()
    assert result.exit.reason == reason
    assert stage.text("shop/cart.py") == FIXED
    assert len(stage.bodies) <= most
    for body in stage.bodies:
        check_legal(body)


async def test_last_words_are_kept(tmp_path: Path) -> None:
    async with staged(tmp_path, [READ, EDIT, Text("a"), Text("It adds up now.")]) as stage:
        result = await stage.play()
    assert result.summary == "It adds up now."


async def test_in_the_last_step_only_finish_is_carried_out(tmp_path: Path) -> None:
    settings = settings_of("S", 32_000, steps=3)
    async with staged(tmp_path, [READ, READ, EDIT], settings=settings) as stage:
        result = await stage.play()
    assert result.exit.reason == "steps"
    assert stage.results()[-1] == "Error: this is the last step: only finish is carried out"
    assert stage.text("shop/cart.py") == SHOP["shop/cart.py"]


async def test_steps_that_are_left_are_told_on_results_and_never_in_a_turn(
    tmp_path: Path,
) -> None:
    replies = [call("read", path="shop/cart.py", start=number) for number in range(1, 10)]
    settings = settings_of("S", 32_000, steps=10)
    async with staged(tmp_path, [*replies, FINISH], settings=settings) as stage:
        await stage.play()
    told = stage.results()
    assert told[4].endswith("5 of 10 steps are used.")
    assert "3 steps are left. Finish now" in told[6]
    assert list(prefix_breaks(stage.bodies)) == []


async def test_a_request_begins_with_the_one_before_over_sixty_steps(tmp_path: Path) -> None:
    files = SHOP | {f"shop/part{n}.py": f'"""Part {n}."""\nx = {n}\n' * 10 for n in range(60)}
    replies = [call("read", path=f"shop/part{n}.py") for n in range(58)]
    script, settings = [*replies, READ, EDIT, FINISH], settings_of("L", 128_000)
    async with staged(tmp_path, script, files=files, settings=settings) as stage:
        result = await stage.play()
        changes = stage.loop.transcript.changes
    assert result.steps == 61
    assert changes == []
    assert list(prefix_breaks(stage.bodies)) == []
    for body in stage.bodies:
        check_legal(body)


@pytest.mark.parametrize("window", [8_000, 16_000, 32_000, 128_000])
async def test_a_window_is_never_exceeded_and_task_and_last_failure_are_never_lost(
    tmp_path: Path, window: int
) -> None:
    """The model reads ten thousand characters a step until its steps are used."""
    size = "S" if window < 48_000 else "L"
    long = "\n".join(f"line {number} of a long file, with words in it" for number in range(240))
    files = SHOP | {f"long{n}.txt": f"{n}\n{long}" for n in range(130)}
    settings = settings_of(size, window)  # type: ignore[arg-type]  # chosen a line above
    reads = iter(range(1000))

    def script(body: Body) -> Reply:
        if body.get("tool_choice") == "none" or not body.get("tools"):
            return Text("TASK total. FOUND cart. DONE. FAILING test_total. NEXT edit.")
        step = next(reads)
        one = RUN if step == 1 else call("read", path=f"long{step % 130}.txt", limit=400)
        return counted(one, tokens_of(body))

    member = TeamMember("scripted", "capable", context_tokens=window, size=size)  # type: ignore[arg-type]  # chosen above
    budget = needed_budget(dict.fromkeys(ROLES, member), rounds=0)
    async with staged(
        tmp_path,
        script,
        files=files,
        settings=settings,
        sandbox=True,
        budget=budget,
        wall_seconds=600,
    ) as stage:
        result = await stage.play()
        changes = stage.loop.transcript.changes
    assert result.exit.reason == "steps"
    assert result.steps == settings.steps
    for body in stage.bodies:
        tokens = tokens_of(body)
        assert tokens + body["max_tokens"] <= window
        assert "Make `total` add up" in body["messages"][1]["content"]
        check_legal(body)
    after_run = stage.bodies[3:]
    assert all("test_total" in str(body["messages"]) for body in after_run)
    breaks = [one for one in changes if one.kind in ("mask", "summary")]
    assert len(list(prefix_breaks(stage.bodies))) <= 2 * len(breaks)
    # Each frees at least three tenths of a prompt that was nearly as long as it may be.
    produced = result.steps * (settings.limits.characters / 3.5 + 100)
    assert len(breaks) <= produced / (0.3 * settings.mask_above) + 1
    for one in breaks:
        before, after = map(int, re.findall(r"\d+", one.detail or "2 1"))
        assert after <= before * 0.7


def counted(reply: Calls, tokens: int) -> Reply:
    """Return a reply with the tokens of its prompt, as a server counts them."""
    told = wire_of(reply, "/v1/chat/completions", {}, "scripted")
    [content] = told.parts
    assert isinstance(content, bytes)
    body = json.loads(content)
    return Json(body | {"usage": {"prompt_tokens": tokens, "completion_tokens": 20}})


def tokens_of(body: Mapping[str, Any]) -> int:
    """Count as a server of code's usual tokens does: three and a half characters each."""
    return round(len(json.dumps([body["messages"], body.get("tools", [])])) / 3.5)


async def test_a_model_that_does_the_same_again_is_told_and_then_ended(tmp_path: Path) -> None:
    async with staged(tmp_path, lambda _: call("find", pattern="price")) as stage:
        result = await stage.play()
    assert result.exit.reason == "repetition"
    assert result.steps == 5
    assert "You have called find 3 times" in stage.results()[2]


async def test_two_calls_in_turn_are_told_and_then_ended(tmp_path: Path) -> None:
    turns = iter(range(100))

    def script(_: Body) -> Reply:
        number = next(turns)
        return call("find", pattern="price" if number % 2 else "count", path="shop")

    async with staged(tmp_path, script) as stage:
        result = await stage.play()
    assert result.exit.reason == "repetition"
    assert len(stage.bodies) <= 12


async def test_calls_that_cannot_be_read_are_asked_for_in_another_way_once(
    tmp_path: Path,
) -> None:
    async with staged(tmp_path, lambda _: call("eddit", path="x")) as stage:
        result = await stage.play()
        changes = [one.kind for one in stage.loop.transcript.changes]
    assert result.exit.reason == "bad calls"
    assert changes == ["protocol"]
    assert result.steps == 6
    assert "did you mean 'edit'?" in stage.results()[0]
    first, *_, last = stage.bodies
    assert first["tools"]
    assert not last.get("tools")


async def test_calls_of_one_answer_are_answered_each_in_their_order(tmp_path: Path) -> None:
    several = Calls(
        (
            Call("read", {"path": "README.md"}),
            Call("edit", {"path": "shop/cart.py", "old": "nothing like this", "new": "x"}),
            Call("edit", {"path": "README.md", "old": "# Shop", "new": "# A shop"}),
            Call("read", {"path": "shop/cart.py"}),
        )
    )
    async with staged(tmp_path, [READ, several, FINISH, FINISH, FINISH]) as stage:
        await stage.play()
    told = stage.results()[1:5]
    assert "# Shop" in told[0]
    assert "`old` is not in the file" in told[1]
    assert told[2] == "Error: not done: an earlier call of this answer failed"
    assert "unchanged since step 1" in told[3]
    assert stage.text("README.md") == "# Shop\n"


async def test_what_is_read_again_and_is_the_same_is_not_told_again(tmp_path: Path) -> None:
    async with staged(tmp_path, [READ, READ, EDIT, READ, FINISH]) as stage:
        await stage.play()
    told = stage.results()
    assert told[1].startswith("unchanged since step 1: shop/cart.py: lines 1-")
    assert "result += price" in told[3]


async def test_an_answer_that_ends_at_its_limit_is_asked_for_once_with_more_room(
    tmp_path: Path,
) -> None:
    cut = Text("", reasoning="hmm " * 50, finish_reason="length")
    async with staged(tmp_path, [READ, cut, EDIT, FINISH]) as stage:
        result = await stage.play()
    assert result.finished
    assert stage.bodies[2]["max_tokens"] > stage.bodies[1]["max_tokens"]
    assert stage.bodies[2]["messages"] == stage.bodies[1]["messages"]
    assert result.traits["cut answers"] == 1


async def test_an_empty_answer_is_asked_for_once_otherwise(tmp_path: Path) -> None:
    async with staged(tmp_path, [READ, Text(""), EDIT, FINISH]) as stage:
        result = await stage.play()
    assert result.finished
    again, before = stage.bodies[2], stage.bodies[1]
    assert again["seed"] != before["seed"]
    assert again["temperature"] > 0
    assert again["messages"] == before["messages"]


async def test_what_made_a_server_fail_is_never_sent_again_as_it_was(tmp_path: Path) -> None:
    broken = Json({"error": {"message": "error parsing tool call: unexpected end"}}, 500)
    async with staged(tmp_path, [READ, broken, EDIT, FINISH]) as stage:
        result = await stage.play()
    assert result.finished
    sent = [(body["messages"], body.get("seed"), body.get("temperature")) for body in stage.bodies]
    assert all(one != other for one, other in pairwise(sent))


async def test_the_work_goes_on_with_what_a_reviewer_said(tmp_path: Path) -> None:
    other = call("edit", path="README.md", old="# Shop", new="# The shop")
    replies = [READ, EDIT, FINISH, call("read", path="README.md"), other, FINISH]
    async with staged(tmp_path, replies) as stage:
        await stage.play()
        result = await stage.loop.go_on("no, because README lacks it", 10)
    assert result.finished
    assert stage.text("README.md") == "# The shop\n"
    assert stage.text("shop/cart.py") == FIXED
    last = stage.bodies[-1]["messages"]
    assert any("no, because README lacks it" in str(one["content"]) for one in last)
    assert any("result -= price" in str(one["content"]) for one in last)
    for body in stage.bodies:
        check_legal(body)


async def test_reasoning_and_text_beside_calls_go_back_to_the_model(tmp_path: Path) -> None:
    thinking = Json(
        {
            "choices": [
                {
                    "message": {
                        "role": "assistant",
                        "content": "I look.",
                        "reasoning_content": "the sign is wrong",
                        "tool_calls": [
                            {
                                "id": "x",
                                "type": "function",
                                "function": {
                                    "name": "read",
                                    "arguments": '{"path": "shop/cart.py"}',
                                },
                            }
                        ],
                    },
                    "finish_reason": "tool_calls",
                }
            ]
        }
    )
    async with staged(tmp_path, [thinking, EDIT, FINISH]) as stage:
        await stage.play()
    spoken = stage.bodies[1]["messages"][2]
    assert spoken["content"] == "I look."
    assert spoken["reasoning_content"] == "the sign is wrong"


async def test_a_run_that_is_done_again_from_its_log_goes_the_same_way(tmp_path: Path) -> None:
    """Nothing is asked again: the log has every answer, and what the tests said."""
    (tmp_path / "first").mkdir()
    (tmp_path / "again").mkdir()
    script = [READ, EDIT, RUN, FINISH]
    async with staged(tmp_path / "first", script, sandbox=True) as stage:
        first = await stage.play()
    shutil.copy(tmp_path / "first/steps.jsonl", tmp_path / "again/steps.jsonl")
    async with staged(tmp_path / "again", [], sandbox=True) as stage:
        second = await stage.play()
        assert stage.bodies == []
        assert stage.text("shop/cart.py") == FIXED
    assert second == first
