import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat.normalise import arguments_text, completion_of
from models.client.client import Completion, Usage
from models.wire.responses import models_of, raw_text_of, vectors_of
from models.wire.stream_assembler import StreamAssembler
from rooftree.errors import ModelProtocolError
from tests.models.connected import TOOL, request

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
# Arbitrary values where the API has its own, so that the search reaches the depths.
CALL = st.fixed_dictionaries(
    {},
    optional={
        "id": JSON,
        "index": st.integers(0, 2) | JSON,
        "function": st.fixed_dictionaries({}, optional={"name": JSON, "arguments": JSON}) | JSON,
    },
)
MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "content": st.text() | JSON,
        "reasoning": JSON,
        "tool_calls": st.lists(CALL) | JSON,
        "function_call": JSON,
    },
)
CHOICE = st.fixed_dictionaries(
    {},
    optional={"message": MESSAGE | JSON, "delta": MESSAGE | JSON, "finish_reason": JSON},
)
PAYLOAD = (
    st.fixed_dictionaries(
        {}, optional={"choices": st.lists(CHOICE, max_size=2) | JSON, "usage": JSON, "model": JSON}
    )
    | JSON
)


def answer_of(message: dict[str, Any], **options: Any) -> Completion:
    payload = {"choices": [{"message": message, "finish_reason": "stop"}]}
    return completion_of(payload, request(**options), "http://x")


def offered(text: str, **options: Any) -> Completion:
    return answer_of({"content": text}, tools=(TOOL,), **options)


@given(PAYLOAD)
def test_any_json_is_an_answer_or_a_protocol_error(payload: Any) -> None:
    try:
        answer = completion_of(payload, request(tools=(TOOL,), response_format={}), "http://x")
    except ModelProtocolError:
        return
    check(answer)


@given(st.lists(PAYLOAD, max_size=4))
def test_any_stream_of_json_is_an_answer_or_a_protocol_error(chunks: list[Any]) -> None:
    joiner = StreamAssembler(request(tools=(TOOL,)), "http://x")
    try:
        for chunk in chunks:
            joiner.feed(chunk).encode()
        answer = joiner.finish()
        rest = joiner.rest_of(answer.text)
    except ModelProtocolError:
        return
    rest.encode()
    check(answer)


def check(answer: Completion) -> None:
    """Everything can be encoded, ids differ, and reasons are among ours."""
    for text in (answer.text, answer.reasoning, answer.model):
        text.encode()
    assert answer.finish_reason in {"stop", "length", "tool_calls", "content_filter", "unknown"}
    ids = [call.id for call in answer.tool_calls]
    assert len(ids) == len(set(ids))
    assert all(ids)
    for call in answer.tool_calls:
        assert call.name
        call.arguments.encode()


@given(st.dictionaries(st.text(), JSON))
def test_arguments_that_are_an_object_become_the_text_of_one(value: dict[str, Any]) -> None:
    assert isinstance(json.loads(arguments_text(value)), dict)
    assert isinstance(json.loads(arguments_text(json.dumps(value))), dict)
    assert isinstance(json.loads(arguments_text(json.dumps(json.dumps(value)))), dict)


@given(PAYLOAD)
def test_any_json_lists_models_vectors_and_text_or_is_refused(payload: Any) -> None:
    for vector in vectors_of(payload):
        assert vector
    for read in (models_of, raw_text_of):
        try:
            assert read(payload, "http://x") is not None
        except ModelProtocolError:
            continue


@pytest.mark.parametrize("raw", [None, "", "  ", "null", '"{}"', "{}", {}])
def test_no_arguments_are_an_empty_object(raw: Any) -> None:
    assert arguments_text(raw) == "{}"


def test_arguments_that_are_no_object_stay_for_the_tool_to_refuse() -> None:
    assert arguments_text('{"query": "unfinish') == '{"query": "unfinish'
    assert arguments_text("[1]") == "[1]"
    assert arguments_text("[" * 100_000) == "[" * 100_000


def test_a_call_without_an_id_gets_one_of_its_own() -> None:
    calls = [{"function": {"name": "a"}}, {"id": "", "function": {"name": "b"}}]
    first, second = answer_of({"content": None, "tool_calls": calls}).tool_calls
    assert first.id
    assert second.id not in ("", first.id)


def test_two_calls_with_one_id_get_two() -> None:
    calls = [{"id": "x", "function": {"name": "a"}}, {"id": "x", "function": {"name": "b"}}]
    first, second = answer_of({"tool_calls": calls}).tool_calls
    assert first.id == "x"
    assert second.id != "x"


def test_a_call_decides_the_finish_reason() -> None:
    answer = answer_of({"tool_calls": [{"function": {"name": "a"}}]})
    assert answer.finish_reason == "tool_calls"


def test_the_older_single_function_call_is_a_tool_call() -> None:
    answer = answer_of({"function_call": {"name": "a", "arguments": {"b": 1}}})
    assert [(call.name, call.arguments) for call in answer.tool_calls] == [("a", '{"b": 1}')]


@pytest.mark.parametrize(
    "written",
    [
        "<tool_call>\n<function=search>\n<parameter=q>\nqueue\n</parameter>\n</function>\n</tool_call>",
        "<function=search><parameter=q>queue</parameter></function>",
        '[TOOL_CALLS] [{"name": "search", "arguments": {"q": "queue"}}]',
        '<tool_call>\n{"name": "search", "arguments": {"q": "queue"}}\n</tool_call>',
        '<tool_call>{"name": "search", "arguments": "{\\"q\\": \\"queue\\"}"}',
        '```json\n{"name": "search", "arguments": {"q": "queue"}}\n```',
        '```\n[{"name": "search", "parameters": {"q": "queue"}}]\n```',
        ' {"name": "search", "arguments": {"q": "queue"}}\n',
        '{"type": "function", "function": {"name": "search", "arguments": {"q": "queue"}}}',
    ],
)
def test_a_call_written_as_text_is_a_tool_call(written: str) -> None:
    answer = offered(written)
    assert [(call.name, call.arguments) for call in answer.tool_calls] == [
        ("search", '{"q": "queue"}')
    ]
    assert answer.text == ""
    assert answer.finish_reason == "tool_calls"


def test_text_around_a_written_call_is_kept() -> None:
    answer = offered('Let me look.\n```json\n{"name": "search", "arguments": {}}\n```\nDone.')
    assert answer.text == "Let me look.\n\nDone."
    assert len(answer.tool_calls) == 1


def test_several_written_calls_are_several() -> None:
    calls = [f'{{"name": "search", "arguments": {{"n": {n}}}}}' for n in range(3)]
    assert len(offered("".join(f"<tool_call>{one}</tool_call>\n" for one in calls)).tool_calls) == 3
    assert len(offered("\n".join(calls)).tool_calls) == 3


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "delete_everything", "arguments": {}}',
        '{"name": "search"}',
        'Write {"name": "search", "arguments": {}} to call it.',
        '[{"name": "search", "arguments": {}}, {"name": "other", "arguments": {}}]',
        '<tool_call>{"name": "search", "argum',
        "```json\n{broken\n```",
        "<tool_call>" + "[" * 100_000,
    ],
)
def test_text_that_is_no_call_of_an_offered_tool_stays_text(text: str) -> None:
    answer = offered(text)
    assert answer.tool_calls == ()
    assert answer.text == text


def test_nothing_is_a_written_call_when_no_tool_was_offered_or_none_is_wanted() -> None:
    text = '{"name": "search", "arguments": {}}'
    assert answer_of({"content": text}).text == text
    assert offered(text, tool_choice="none").text == text


def test_fenced_json_is_unwrapped_when_json_was_asked_for() -> None:
    fenced = 'Here you are:\n```json\n{"a": 1}\n```'
    wanted = {"type": "json_object"}
    assert answer_of({"content": fenced}, response_format=wanted).text == '{"a": 1}'
    assert answer_of({"content": '{"a": 1}'}, response_format=wanted).text == '{"a": 1}'
    assert answer_of({"content": "no"}, response_format=wanted).text == "no"
    assert answer_of({"content": fenced}).text == fenced


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning"])
def test_reasoning_has_a_field_of_its_own(key: str) -> None:
    answer = answer_of({"content": "yes", key: "because"})
    assert (answer.text, answer.reasoning) == ("yes", "because")


def test_content_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]
    assert answer_of({"content": parts}).text == "ab"


@pytest.mark.parametrize("payload", [{}, {"choices": []}, {"choices": [1]}, [], None, "text"])
def test_an_answer_without_choices_is_a_protocol_error(payload: Any) -> None:
    with pytest.raises(ModelProtocolError, match="http://x answered without any choices"):
        completion_of(payload, request(), "http://x")


@pytest.mark.parametrize(
    ("raw", "ours"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("max_tokens", "length"),
        (None, "unknown"),
        (7, "unknown"),
    ],
)
def test_finish_reasons_are_five(raw: Any, ours: str) -> None:
    payload = {"choices": [{"message": {"content": "x"}, "finish_reason": raw}]}
    assert completion_of(payload, request(), "x").finish_reason == ours


@pytest.mark.parametrize(
    ("raw", "ours"),
    [
        ({"prompt_tokens": 1, "completion_tokens": 2}, Usage(1, 2)),
        ({"prompt_tokens": 1}, None),
        ({"prompt_tokens": -1, "completion_tokens": True}, None),
        (None, None),
    ],
)
def test_usage_is_counts_or_nothing(raw: Any, ours: Usage | None) -> None:
    payload = {"choices": [{"message": {}}], "usage": raw}
    assert completion_of(payload, request(), "x").usage == ours


def test_half_a_surrogate_pair_is_replaced_and_a_split_one_joined() -> None:
    assert answer_of({"content": "a\ud83d"}).text == "a\ufffd"
    assert answer_of({"content": "\ud83d\ude00"}).text == "😀"


@pytest.mark.parametrize(
    "piece",
    [
        "<function=search>",
        "<function=search><parameter=q>",
        "<tool_call>",
        "<tool_call>{",
        "```json\n{",
        "[TOOL_CALLS] [",
        '<tool_call>{"name": "',
        "<think>",
        "</think>",
        "```",
        "[" * 50,
        '{"a":',
    ],
)
def test_a_long_answer_of_openings_takes_no_longer_than_reading_it(piece: str) -> None:
    """A megabyte of any of them; with a lazy pattern the first would take hours."""
    text = piece * (1_000_000 // len(piece))
    assert offered(text).text.strip() in (text.strip(), "")
