"""Calls that a server left in the text: in the syntaxes of families, in content or in reasoning."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.chat.call_syntaxes import MAX_ARGUMENTS_LENGTH
from models.chat.normalise import completion_of, without_tags
from models.chat.text_tool_calls import written_calls
from models.client.client import Completion
from models.wire.stream_assembler import StreamAssembler
from tests.models.connected import TOOL, request

HARMONY = '<|channel|>commentary to=functions.search <|constrain|>json<|message|>{"q": "queue"}'
SYNTAXES = {
    "JSON in tags": '<tool_call>\n{"name": "search", "arguments": {"q": "queue"}}\n</tool_call>',
    "XML": "<function=search>\n<parameter=q>\nqueue\n</parameter>\n</function>",
    "XML in tags, not closed": "<tool_call><function=search><parameter=q>queue</tool_call>",
    "XML with closing tags twice": "<function=search><parameter=q>queue</parameter>\n"
    "</parameter>\n</function>\n</tool_call>",
    "MiniMax": '<minimax:tool_call>\n<invoke name="search">\n<parameter name="q">queue'
    "</parameter>\n</invoke>\n</minimax:tool_call>",
    "GLM": "<tool_call>search\n<arg_key>q</arg_key>\n<arg_value>queue</arg_value>\n</tool_call>",
    "Kimi": "<|tool_calls_section_begin|><|tool_call_begin|>functions.search:0"
    '<|tool_call_argument_begin|>{"q": "queue"}<|tool_call_end|><|tool_calls_section_end|>',
    "list": '[TOOL_CALLS] [{"name": "search", "arguments": {"q": "queue"}}]',
    "harmony": HARMONY + "<|call|>",
    "harmony, named first": "<|start|>assistant to=functions.search<|channel|>commentary json"
    '<|message|>{"q": "queue"}',
    "harmony without marks": 'commentary to=functions.search json{"q": "queue"}',
    "Gemma 4": '<|tool_call>call:search{q:<|"|>queue<|"|>}<tool_call|>',
    "FunctionGemma": "<start_function_call>call:search{q:<escape>queue<escape>}<end_function_call>",
    "Gemma 3": '```tool_code\nprint(default_api.search(q="queue"))\n```',
    "bare JSON": '{"name": "search", "arguments": {"q": "queue"}}',
}


def answer_of(**message: Any) -> Completion:
    payload = {"choices": [{"message": message, "finish_reason": "stop"}]}
    return completion_of(payload, request(tools=(TOOL,)), "http://x")


def called(answer: Completion) -> list[tuple[str, Any]]:
    return [(call.name, json.loads(call.arguments)) for call in answer.tool_calls]


@pytest.mark.parametrize("written", SYNTAXES.values(), ids=SYNTAXES.keys())
@pytest.mark.parametrize("before", ["", "Let me look.\n"])
def test_a_call_in_the_content_is_found_and_taken_out(written: str, before: str) -> None:
    answer = answer_of(content=before + written)
    assert called(answer) == [("search", {"q": "queue"})]
    assert (answer.text, answer.leaked) == (before.strip(), "content")
    assert answer.finish_reason == "tool_calls"


@pytest.mark.parametrize("written", SYNTAXES.values(), ids=SYNTAXES.keys())
@pytest.mark.parametrize("key", ["reasoning", "reasoning_content"])
def test_a_call_that_ends_the_reasoning_is_found_where_there_is_no_answer(
    written: str, key: str
) -> None:
    answer = answer_of(content="", **{key: f"I should search.\n{written}\n"})
    assert called(answer) == [("search", {"q": "queue"})]
    assert answer.leaked == "reasoning"
    assert answer.reasoning.startswith("I should search.")


def test_thinking_that_is_not_closed_does_not_swallow_the_call() -> None:
    answer = answer_of(content="<think>I look.\n" + SYNTAXES["XML"])
    assert (called(answer), answer.leaked) == ([("search", {"q": "queue"})], "reasoning")


def test_thinking_that_only_closes_before_a_call_is_no_text() -> None:
    answer = answer_of(content="I look.</think>" + SYNTAXES["JSON in tags"])
    assert (answer.text, answer.reasoning) == ("", "I look.")
    assert called(answer) == [("search", {"q": "queue"})]


@pytest.mark.parametrize(
    "message",
    [
        {"content": "It is in a.py.", "reasoning": SYNTAXES["XML"]},
        {"content": "", "reasoning": SYNTAXES["XML"] + "\nNo: I know the answer already."},
        {"content": "", "reasoning": SYNTAXES["XML"].replace("search", "remove")},
        {"content": SYNTAXES["harmony"].replace("search", "remove")},
        {"content": SYNTAXES["Gemma 4"].replace("search", "remove")},
        {"content": "<function=search><parameter=q>que"},
        {"content": HARMONY[:-2]},
        {"content": '<|tool_call>call:search{q:<|"|>que'},
        {"content": "<tool_call>search\n<arg_key>q</arg_key>\n<arg_value>que"},
        {"content": SYNTAXES["Kimi"].replace("search", "remove")},
        {"content": '<invoke name="search"><parameter name="q">que'},
        {"content": "```tool_code\nsearch('queue')\n```"},
        {"content": "```tool_code\nimport os\nsearch(q='queue')\n```"},
        {"content": "```tool_code\nsearch(q=os.environ)\n```"},
        {"content": '{"name": "search", "arguments": {}}\nis how it is called.'},
    ],
)
def test_what_is_considered_cut_off_or_unknown_is_no_call(message: dict[str, str]) -> None:
    answer = answer_of(**message)
    assert (answer.tool_calls, answer.leaked) == ((), "")


def test_a_call_that_the_server_found_did_not_leak() -> None:
    native = [{"id": "a", "function": {"name": "search", "arguments": '{"q": "queue"}'}}]
    answer = answer_of(content=SYNTAXES["XML"], tool_calls=native)
    assert (len(answer.tool_calls), answer.leaked) == (1, "")


def test_an_equal_call_of_one_answer_is_made_once() -> None:
    one = {"function": {"name": "search", "arguments": '{"q": 1}'}}
    two = {"function": {"name": "search", "arguments": {"q": 2}}}
    calls = [one | {"id": "a"}, one | {"id": "b"}, two | {"id": "c"}]
    answer = answer_of(content=None, tool_calls=calls)
    assert [call.id for call in answer.tool_calls] == ["a", "c"]


def test_a_name_loses_what_its_format_has_around_it() -> None:
    for name in ("search<|channel|>commentary", "functions.search"):
        answer = answer_of(tool_calls=[{"function": {"name": name, "arguments": "{}"}}])
        assert answer.tool_calls[0].name == "search"


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("a.py\n</parameter>", "a.py"),
        ("a.py</parameter>\n</function>\n</tool_call>", "a.py"),
        ("<parameter>x</parameter>", "<parameter>x</parameter>"),
        ("line one\nline two\n</parameter>", "line one\nline two\n</parameter>"),
        ("a </parameter> b", "a </parameter> b"),
    ],
)
def test_a_closing_tag_leaves_a_short_value_and_no_code(value: str, clean: str) -> None:
    given = json.dumps({"path": value, "start": 1})
    assert json.loads(without_tags(given)) == {"path": clean, "start": 1}
    assert without_tags("{broken </parameter>") == "{broken </parameter>"


def test_arguments_of_gemma_hold_every_kind_of_value() -> None:
    text = '<|tool_call>call:search{q:<|"|>a {"b"}, c<|"|>,n:-1.5,on:true,to:[1,{k:null}],s:"x"}'
    (call,) = answer_of(content=text).tool_calls
    assert json.loads(call.arguments) == {
        "q": 'a {"b"}, c',
        "n": -1.5,
        "on": True,
        "to": [1, {"k": None}],
        "s": "x",
    }


VALUE = st.text(st.characters(exclude_categories=["Cs"]), max_size=40).filter(
    lambda text: not {"<", "`", "{", "}"} & set(text)
)


@given(VALUE)
def test_any_text_comes_through_every_syntax_that_quotes_it(value: str) -> None:
    quoted = json.dumps(value)
    for written in (
        f'<tool_call>{{"name": "search", "arguments": {{"q": {quoted}}}}}</tool_call>',
        "<|channel|>commentary to=functions.search<|message|>" + f'{{"q": {quoted}}}<|call|>',
        f'<|tool_call>call:search{{q:<|"|>{value}<|"|>}}<tool_call|>',
        f"<start_function_call>call:search{{q:<escape>{value}<escape>}}<end_function_call>",
    ):
        _, calls = written_calls(written, {"search"})
        assert calls == [("search", {"q": value})]


@given(st.lists(st.sampled_from([*SYNTAXES.values(), "<think>", "\n", "{", "<|", "x"]), max_size=6))
def test_any_mixture_is_read_streamed_as_whole(pieces: list[str]) -> None:
    text = "".join(pieces)
    whole = answer_of(content=text)
    joiner = StreamAssembler(request(tools=(TOOL,)), "http://x")
    shown = "".join(
        joiner.feed({"choices": [{"delta": {"content": text[at : at + 3]}}]})
        for at in range(0, len(text), 3)
    )
    joiner.feed({"choices": [{"delta": {"content": ""}, "finish_reason": "stop"}]})
    last = joiner.finish()
    assert (last.text, called(last), last.leaked) == (whole.text, called(whole), whole.leaked)
    assert all(name == "search" for name, _ in called(whole))
    assert not called(whole) or "call:search" not in shown


@pytest.mark.parametrize(
    "piece",
    [
        "<|tool_call>call:search{",
        '<|tool_call>call:search{q:<|"|>',
        "<|channel|>commentary to=functions.search{",
        "commentary to=functions.search " + "x" * 19,
        "<function=search></function>",
        "<function=search><parameter=q></parameter></parameter>",
        "```tool_code\n",
        '\n{"',
        '<invoke name="search">',
        '<invoke name="search"><parameter name="q"></invoke>',
        "<tool_call>search<arg_key>",
        "<tool_call>search<arg_key>q</arg_key><arg_value></tool_call>",
        "<|tool_call_begin|>functions.search:0<|tool_call_argument_begin|>{",
        "to=functions.",
    ],
)
@pytest.mark.parametrize("key", ["content", "reasoning"])
def test_a_long_text_of_openings_is_read_in_one_pass(piece: str, key: str) -> None:
    """A megabyte of any of them; anything that goes back takes minutes."""
    text = piece * (1_000_000 // len(piece))
    message = {"content": "", "reasoning": ""} | {key: text}
    assert len(answer_of(**message).tool_calls) <= 1


def test_a_call_longer_than_any_edit_is_not_read() -> None:
    long = "x " * MAX_ARGUMENTS_LENGTH
    text = f"<|tool_call>call:search{{n:1,q:[{long}]}}<tool_call|>"
    assert answer_of(content=text).tool_calls == ()
