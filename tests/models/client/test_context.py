from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat.types import Usage
from models.client.client import ChatRequest
from models.client.context_window import fit_request, tokens_by_kind
from models.client.counting import Calibration, flat_text
from rooftree.errors import ContextOverflowError
from tests.models.connected import TOOL, connected, request
from tests.support.scripted_model import Json, Script, ScriptedServer, Text


class Words:
    """Counts a token a word."""

    async def count_prompt(self, request: ChatRequest) -> int:
        return len(flat_text(request).split()) + 4 * len(request.messages)


def said(role: str, words: int, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": " ".join(f"w{number}" for number in range(words))} | more


TURNS = st.lists(
    st.tuples(st.integers(1, 60), st.integers(0, 400), st.integers(0, 60)), min_size=0, max_size=8
)


def conversation(turns: list[tuple[int, int, int]], question: int) -> tuple[dict[str, Any], ...]:
    """Return a system message, turns with a call, its result and an answer, and a question."""
    messages = [said("system", 10)]
    for number, (asked, result, answered) in enumerate(turns):
        call = {"id": f"c{number}", "function": {"name": "read", "arguments": "{}"}}
        messages += [
            said("user", asked),
            {"role": "assistant", "content": "", "tool_calls": [call]},
            said("tool", result, tool_call_id=f"c{number}"),
            said("assistant", answered),
        ]
    return (*messages, said("user", question))


@given(TURNS, st.integers(1, 40), st.integers(60, 900))
async def test_what_is_sent_fits_or_is_refused(
    turns: list[tuple[int, int, int]], question: int, context: int
) -> None:
    messages = conversation(turns, question)
    asked = ChatRequest("m", messages, 20)
    try:
        ready = await fit_request(
            Words(), asked, context_tokens=context, answer_tokens=20, trim=True
        )
    except ContextOverflowError:
        return
    assert ready.tokens <= context - 20
    sent = ready.request.messages
    assert sent[0] == messages[0]
    assert sent[-1] == messages[-1]
    if ready.trims:
        text = flat_text(ready.request)
        assert all(f"[{trim}]" in text for trim in ready.trims if trim.turns)
        assert "left out to fit the model's context]" in text
    else:
        assert sent == messages
    called = {call["id"] for item in sent for call in item.get("tool_calls") or ()}
    answered = {item["tool_call_id"] for item in sent if item["role"] == "tool"}
    assert answered <= called, "no result without its call"


async def test_without_leave_to_trim_it_is_an_error_that_says_what_fills_it() -> None:
    asked = ChatRequest("m", conversation([(5, 300, 5)], 5), 20, tools=(TOOL,))
    with pytest.raises(ContextOverflowError, match=r"results 3\d\d"):
        await fit_request(Words(), asked, context_tokens=200, answer_tokens=20, trim=False)


def test_the_question_is_the_last_thing_that_the_user_said() -> None:
    shares = tokens_by_kind(ChatRequest("m", conversation([(5, 50, 5)], 50), 20), 100)
    assert sum(shares.values()) in range(97, 104)
    assert shares["question"] > shares["history"]


def test_a_calibration_learns_what_the_server_counts() -> None:
    calibration = Calibration()
    calibration.learn(1000, Usage(700, 5))
    assert calibration.scale == pytest.approx(0.7)
    calibration.learn(1000, Usage(900, 5))
    assert calibration.scale == pytest.approx(0.9), "on the high side"
    calibration.learn(10, Usage(60, 5))
    calibration.learn(1000, None)
    assert calibration.scale == pytest.approx(0.9)


async def test_guesses_are_scaled_by_what_a_server_without_tokenizer_counted() -> None:
    long = ({"role": "user", "content": "word " * 400},)
    usage = {"prompt_tokens": 401, "completion_tokens": 1}
    answer = {"choices": [{"message": {"content": "ok"}}], "usage": usage}
    with ScriptedServer([Json(answer)], routes={"/tokenize": None}) as server:
        async with connected(server) as client:
            before = await client.count_prompt(request(messages=long))
            await client.chat(request(messages=long))
            after = await client.count_prompt(request(messages=long))
    assert before > 700
    assert after == pytest.approx(401, rel=0.02)


async def test_a_prompt_is_counted_as_the_server_lays_it_out() -> None:
    routes: dict[str, Script | None] = {
        "/apply-template": Json({"prompt": "<s> one two three </s>"}),
        "/tokenize": lambda body: Json({"tokens": [0] * len(str(body["content"]).split())}),
    }
    with ScriptedServer([Text("ok")], routes=routes) as server:
        async with connected(server) as client:
            assert await client.count_prompt(request()) == 5
