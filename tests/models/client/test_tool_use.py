import json
from collections.abc import Sequence
from typing import Any

import pytest

from models.chat.abilities import Abilities
from models.client.client import Usage
from models.client.tool_use import ToolChoiceError
from rooftree.errors import UsageError
from tests.models.connected import TOOL, connected, request, streamed
from tests.support.scripted_model import Call, Calls, Failure, Json, Reply, ScriptedServer, Text

READ = {
    "type": "function",
    "function": {
        "name": "read",
        "description": "Read a file.",
        "parameters": {
            "type": "object",
            "properties": {"path": {"type": "string"}, "start": {"type": "integer"}},
            "required": ["path"],
            "additionalProperties": False,
        },
    },
}
LINKED = {
    "type": "function",
    "function": {
        "name": "draw",
        "parameters": {
            "type": "object",
            "properties": {"shape": {"$ref": "#/$defs/Shape"}},
            "required": ["shape"],
            "$defs": {
                "Shape": {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string"},
                        "parts": {"type": "array", "items": {"$ref": "#/$defs/Shape"}},
                    },
                    "required": ["name"],
                }
            },
        },
    },
}
NAMED = {"type": "function", "function": {"name": "read"}}
GUIDED = Abilities(tools="guided")
BY_TEXT = Abilities(tools="text")


def step(tool: str, **arguments: Any) -> Text:
    return Text(json.dumps({"tool": tool, "args": arguments}))


async def asked(replies: Sequence[Reply], abilities: Abilities = GUIDED, **options: Any) -> Any:
    """Ask with tools, whole and streamed; return the answers, the shown text and the bodies."""
    options = {"tools": (READ, TOOL)} | options
    with ScriptedServer([*replies, *replies]) as server:
        async with connected(server, abilities=abilities) as client:
            whole = await client.chat(request(**options))
            texts, last = await streamed(client, request(**options))
    assert (whole.text, whole.finish_reason) == (last.text, last.finish_reason)
    assert [(c.name, c.arguments) for c in whole.tool_calls] == [
        (c.name, c.arguments) for c in last.tool_calls
    ]
    return whole, "".join(texts), [recorded.body for recorded in server.requests]


async def test_a_guided_step_is_a_standard_call() -> None:
    answer, shown, bodies = await asked([step("read", path="a.py")])
    assert [(call.name, call.arguments) for call in answer.tool_calls] == [
        ("read", '{"path": "a.py"}')
    ]
    assert (answer.finish_reason, answer.text, shown) == ("tool_calls", "", "")
    assert answer.tool_calls[0].id
    assert "tools" not in bodies[0]
    options = bodies[0]["response_format"]["json_schema"]["schema"]["oneOf"]
    assert [option["properties"]["tool"]["const"] for option in options] == [
        "read",
        "search",
        "reply",
    ]
    assert "Read a file." in bodies[0]["messages"][0]["content"]


async def test_a_guided_reply_is_text_and_streams() -> None:
    answer, shown, _ = await asked([step("reply", text="It is\nin «a.py».")])
    assert (answer.text, answer.tool_calls, shown) == ("It is\nin «a.py».", (), answer.text)


async def test_a_tool_called_reply_keeps_its_name() -> None:
    own = {"type": "function", "function": {"name": "reply", "parameters": {"type": "object"}}}
    answer, _, _ = await asked([step("reply", to="Ada")], tools=(own,))
    assert answer.tool_calls[0].name == "reply"
    answer, _, _ = await asked([step("reply_to_user", text="Hello")], tools=(own,))
    assert (answer.text, answer.tool_calls) == ("Hello", ())


async def test_a_server_that_ignores_the_schema_is_understood() -> None:
    written = '<tool_call>{"name": "read", "arguments": {"path": "a.py"}}</tool_call>'
    fenced = '```json\n{"tool": "read", "args": {"path": "a.py"}}\n```'
    for text in (written, fenced):
        answer, _, _ = await asked([Text(text)])
        assert answer.tool_calls[0].arguments == '{"path": "a.py"}'
    answer, _, _ = await asked([Text("I would read a.py.")])
    assert (answer.text, answer.tool_calls) == ("I would read a.py.", ())


@pytest.mark.parametrize("choice", ["required", NAMED])
async def test_a_call_that_has_to_be_made_is_made_under_a_schema(choice: Any) -> None:
    """Servers accept `required` and do not enforce it, so it is never left to them."""
    answer, _, bodies = await asked([step("read", path="a.py")], Abilities(), tool_choice=choice)
    assert answer.tool_calls[0].name == "read"
    assert "tool_choice" not in bodies[0]
    schema = bodies[0]["response_format"]["json_schema"]["schema"]
    assert "reply" not in json.dumps(schema)
    if choice == NAMED:
        assert schema["properties"]["tool"] == {"const": "read"}


async def test_a_call_that_does_not_fit_is_asked_for_once_more() -> None:
    replies = [step("read", file="a.py"), step("read", path="a.py")]
    answer, _, bodies = await asked(replies, tool_choice="required")
    assert answer.tool_calls[0].arguments == '{"path": "a.py"}'
    assert answer.usage == Usage(20, 2 * len(replies[0].text.split()))
    assert "'path' is a required property" in bodies[1]["messages"][0]["content"]
    assert '"maxLength": 400' in json.dumps(bodies[1]["response_format"])


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Text("Sure."), "it wrote text"),
        (Text('{"tool": "read", "args": {"pa', finish_reason="length"), "ran out of tokens"),
        (step("read", path=1), "is not of type 'string'"),
        (step("write", path="a"), "it wrote text"),
        (Calls((Call("write", {}),)), "called 'write'"),
        (Calls((Call("read", "{"),)), "no JSON"),
    ],
)
async def test_a_call_that_is_never_made_is_an_error(reply: Reply, problem: str) -> None:
    with pytest.raises(ToolChoiceError, match=problem):
        await asked([reply, reply], tool_choice="required")


async def test_a_server_that_enforces_the_choice_is_asked_by_its_own_way() -> None:
    able = Abilities(tools="native", enforces_choice=True)
    answer, _, bodies = await asked(
        [Calls((Call("read", {"path": "a"}),))], able, tool_choice=NAMED
    )
    assert answer.tool_calls[0].name == "read"
    assert bodies[0]["tool_choice"] == NAMED


async def test_tools_by_text_are_called_by_text() -> None:
    reply = Text('I read.\n<tool_call>\n{"name": "read", "arguments": {"path": "a"}}\n</tool_call>')
    answer, shown, bodies = await asked([reply], BY_TEXT)
    assert (answer.tool_calls[0].name, answer.text, shown.strip()) == (
        "read",
        "I read.",
        "I read.",
    )
    assert "response_format" not in bodies[0]
    assert "<tool_call>" in bodies[0]["messages"][0]["content"]


async def test_earlier_calls_and_results_are_told_as_text() -> None:
    call = {
        "id": "1",
        "type": "function",
        "function": {"name": "read", "arguments": '{"path":"a"}'},
    }
    history = (
        {"role": "user", "content": "Read a."},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "name": "read", "content": "print(1)"},
    )
    for abilities, words in (
        (GUIDED, '{"tool": "read", "args": {"path": "a"}}'),
        (BY_TEXT, "<tool_call>"),
    ):
        _, _, bodies = await asked([Text("ok")], abilities, messages=history)
        roles = [message["role"] for message in bodies[0]["messages"]]
        assert roles == ["system", "user", "assistant", "user"]
        assert words in bodies[0]["messages"][2]["content"]
        assert bodies[0]["messages"][3]["content"] == "Result of read:\nprint(1)"


async def test_references_inside_a_schema_still_point_home() -> None:
    shape = {"name": "a", "parts": [{"name": "b"}]}
    answer, _, bodies = await asked(
        [step("draw", shape=shape)], tools=(LINKED, READ), tool_choice="required"
    )
    assert json.loads(answer.tool_calls[0].arguments) == {"shape": shape}
    schema = bodies[0]["response_format"]["json_schema"]["schema"]
    assert schema["oneOf"][0]["properties"]["args"] == {"$ref": "#/$defs/t0"}
    inner = schema["$defs"]["t0"]
    assert inner["properties"]["shape"] == {"$ref": "#/$defs/t0/$defs/Shape"}


async def test_a_server_that_knows_no_tools_is_asked_another_way_and_remembered() -> None:
    def reply(body: Any) -> Reply:
        if "tools" in body or "response_format" in body:
            return Failure(400, "unknown field")
        return Text('<tool_call>{"name": "read", "arguments": {"path": "a"}}</tool_call>')

    with ScriptedServer(reply) as server:
        async with connected(server) as client:
            for _ in range(2):
                answer = await client.chat(request(tools=(READ,)))
                assert answer.tool_calls[0].name == "read"
    assert len(server.requests) == 4


async def test_a_request_that_is_refused_in_every_way_is_refused() -> None:
    with ScriptedServer(lambda _: Failure(400, "no such model")) as server:
        async with connected(server) as client:
            for _ in range(2):
                with pytest.raises(Exception, match="no such model"):
                    await client.chat(request(tools=(READ,)))
    assert len(server.requests) == 6, "nothing was concluded from it"


async def test_tools_that_are_not_wanted_are_not_sent() -> None:
    _, _, bodies = await asked([Text("ok")], Abilities(), tool_choice="none")
    assert "tools" not in bodies[0]
    assert "tool_choice" not in bodies[0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tools": ({"type": "function", "function": {}},)}, "a tool has no name"),
        ({"tool_choice": {"function": {"name": "fly"}}}, "names 'fly'"),
        (
            {"tools": ({"function": {"name": "a", "parameters": {"type": "strin"}}},)},
            "'a' are no JSON schema",
        ),
        ({"tools": ({"function": {"name": "a", "parameters": []}},)}, "no JSON object"),
    ],
)
async def test_tools_that_nobody_could_call_are_refused(options: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        await asked([Text("ok")], **options)


async def test_a_pattern_of_a_schema_is_not_run_here() -> None:
    """`(a+)+$` over forty letters would take Python's `re` years."""
    evil = {"type": "object", "properties": {"p": {"type": "string", "pattern": "(a+)+$"}}}
    tool = {"type": "function", "function": {"name": "t", "parameters": evil}}
    answer, _, _ = await asked([step("t", p="a" * 40 + "!")], tools=(tool,), tool_choice="required")
    assert answer.tool_calls[0].name == "t"


async def test_json_from_a_server_without_usage_costs_nothing_known() -> None:
    message = {"role": "assistant", "content": '{"tool": "read", "args": {"path": "a"}}'}
    body = {"choices": [{"message": message, "finish_reason": None}], "usage": None}
    with ScriptedServer([Json(body)]) as server:
        async with connected(server, abilities=GUIDED) as client:
            answer = await client.chat(request(tools=(READ,)))
    assert (answer.usage, answer.tool_calls[0].name) == (None, "read")
