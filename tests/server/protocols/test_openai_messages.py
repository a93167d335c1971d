import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from server.base.error_bodies import RequestRefusedError
from server.protocols.openai.messages import earlier_turns, normalised, question_of
from server.protocols.openai.schemas import ChatBody

CALL = {"id": "c1", "type": "function", "function": {"name": "read", "arguments": "{}"}}


def body(messages: Any, **more: Any) -> ChatBody:
    return ChatBody.model_validate({"model": "m", "messages": messages, **more})


def sent(*messages: Any) -> tuple[dict[str, Any], ...]:
    return normalised(body(list(messages)).messages)


def said(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


def test_parts_become_text_for_user_and_tool() -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    assert sent(said("user", parts)) == (said("user", "one\ntwo"),)
    tool = said("tool", [{"type": "text", "text": "found"}]) | {"tool_call_id": "c1"}
    assert sent(said("user", "?"), tool)[1] == said("tool", "found") | {"tool_call_id": "c1"}


def test_every_system_message_is_merged_to_the_front() -> None:
    assert sent(
        said("system", "a"), said("user", "u"), said("system", "late"), said("developer", "d")
    ) == (said("system", "a\n\nlate\n\nd"), said("user", "u"))


@pytest.mark.parametrize(
    ("messages", "turns"),
    [
        ([said("user", "one")], []),
        ([said("system", "s"), said("user", "one")], []),
        ([said("assistant", "hello"), said("user", "one")], []),
        (
            [said("user", "one"), said("assistant", " 1 "), said("user", "two")],
            [("one", "1")],
        ),
        (
            [said("user", "one"), said("user", "two"), said("user", " "), said("user", "three")],
            [("one", ""), ("two", "")],
        ),
        (
            [
                *(said("user", "one"), said("assistant", "1"), said("tool", "t")),
                *(said("assistant", "and 1"), said("user", "two"), said("assistant", "2")),
                said("user", "three"),
            ],
            [("one", "1\n\nand 1"), ("two", "2")],
        ),
    ],
)
def test_what_came_before_the_last_question_is_its_thread(
    messages: list[Any], turns: list[tuple[str, str]]
) -> None:
    for one in messages:
        if one["role"] == "tool":
            one["tool_call_id"] = "c1"
    found = earlier_turns(body(messages).messages)
    assert [(one.question, one.answer) for one in found] == turns


def test_two_questions_in_a_row_become_one() -> None:
    assert sent(said("user", "one"), said("user", "two")) == (said("user", "one\n\ntwo"),)


def test_calls_and_their_results_are_kept_apart() -> None:
    turns = sent(
        said("user", "go"),
        said("assistant", None) | {"tool_calls": [CALL], "reasoning_content": "hm"},
        said("tool", "1") | {"tool_call_id": "c1"},
        said("tool", "2") | {"tool_call_id": "c2"},
    )
    assert turns[1] == {"role": "assistant", "content": "", "tool_calls": [CALL]}
    assert [turn["content"] for turn in turns[2:]] == ["1", "2"]


def test_arguments_that_are_an_object_become_text() -> None:
    call = CALL | {"function": {"name": "read", "arguments": {"path": "a"}}}
    turn = sent(said("assistant", "") | {"tool_calls": [call]})[0]
    assert turn["tool_calls"][0]["function"]["arguments"] == '{"path": "a"}'


def test_the_question_is_the_last_thing_the_user_said() -> None:
    messages = body([said("user", "first"), said("assistant", "a"), said("user", " last ")])
    assert question_of(messages.messages) == "last"
    with pytest.raises(RequestRefusedError, match="question"):
        question_of(body([said("system", "s")]).messages)


def test_half_a_surrogate_pair_is_replaced() -> None:
    value = json.loads('[{"role": "user", "content": "cut \\ud83d"}]')
    assert body(value).messages[0].content == "cut \N{REPLACEMENT CHARACTER}"
    tools = json.loads('[{"function": {"name": "f", "\\ud83d": ["\\ude00"]}}]')
    assert body([said("user", "u")], tools=tools).model_dump_json()


def test_text_is_the_default_format_and_choice_needs_tools() -> None:
    asked = body([said("user", "u")], response_format={"type": "text"}, tool_choice="auto")
    request = asked.request("m", ())
    assert request.response_format is None
    assert request.tool_choice is None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"messages": []}, ("messages",)),
        ({"messages": [said("user", 7)]}, ("messages", 0, "content")),
        ({"messages": [said("user", [{"type": "image_url"}])]}, ("messages", 0, "content")),
        ({"messages": [said("user", [7])]}, ("messages", 0, "content")),
        ({"messages": [said("robot", "x")]}, ("messages", 0, "role")),
        ({"temperature": 3}, ("temperature",)),
        ({"top_p": -1}, ("top_p",)),
        ({"max_tokens": 0}, ("max_tokens",)),
        ({"n": 2}, ("n",)),
        ({"stop": [1]}, ("stop",)),
        ({"tools": "x"}, ("tools",)),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, Any], place: tuple[Any, ...]) -> None:
    with pytest.raises(ValidationError) as caught:
        ChatBody.model_validate({"model": "m", "messages": [said("user", "u")]} | change)
    assert caught.value.errors()[0]["loc"][: len(place)] == place


def test_deep_nesting_is_refused() -> None:
    deep: Any = "end"
    for _ in range(200):
        deep = [deep]
    with pytest.raises(ValidationError, match="nested"):
        body([said("user", "u")], tool_choice=deep)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
ROLES = st.sampled_from(["system", "developer", "user", "assistant", "tool", "robot"])
MESSAGE = st.fixed_dictionaries(
    {"role": ROLES, "content": JSON | st.text()},
    optional={"tool_calls": JSON, "tool_call_id": JSON},
)


@given(st.lists(MESSAGE | JSON, max_size=6), JSON)
def test_any_messages_are_normalised_or_refused(messages: Any, stop: Any) -> None:
    try:
        asked = body(messages, stop=stop)
    except ValidationError:
        return
    turns = normalised(asked.messages)
    json.dumps(turns, ensure_ascii=False).encode()
    assert [turn["role"] for turn in turns[1:]].count("system") == 0
    for first, second in pairwise(turns):
        both_call = "tool_calls" in first or "tool_calls" in second
        assert first["role"] != second["role"] or first["role"] == "tool" or both_call
