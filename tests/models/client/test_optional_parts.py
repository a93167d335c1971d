"""What a request can do without: reasoning that goes back, a switch of thinking, sampling."""

import json
from typing import Any

import pytest

from agents.runs.recorded_model import RecordedModel, completion_of
from agents.runs.step_log import StepLog, key_of, records
from models.chat.abilities import Abilities
from models.chat.types import ChatRequest, Completion, ToolCall, Usage, stored
from rooftree.errors import ContextOverflowError, ModelProtocolError
from tests.models.connected import TOOL, connected, request, streamed
from tests.support.replies import Body
from tests.support.scripted_model import Events, Failure, Reply, ScriptedServer, Text

CALL = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": "{}"}}
THOUGHT: tuple[dict[str, Any], ...] = (
    {"role": "user", "content": "Where is the queue?"},
    {"role": "assistant", "content": "I look.", "reasoning": "Search first.", "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "queue.py"},
)
SWITCHED = Abilities(
    thinking_switch="template",
    thinking_name="thinking",
    thinking_budget_field="thinking_token_budget",
)


async def bodies_of(abilities: Abilities = SWITCHED, **options: Any) -> list[Body]:
    """Return what is sent for two equal requests, whole and streamed."""
    with ScriptedServer([Text("yes")] * 2) as server:
        async with connected(server, abilities=abilities) as client:
            await client.chat(request(**options))
            await streamed(client, request(**options))
    return [recorded.body for recorded in server.requests]


def refusing(*words: str, status: int = 400, says: str = "unknown field {}") -> Any:
    """Return a script of a server that refuses bodies with any of these words."""

    def script(body: Body) -> Reply:
        text = json.dumps(body)
        found = next((word for word in words if f'"{word}"' in text), None)
        return Text("yes") if found is None else Failure(status, says.format(found))

    return script


@pytest.mark.parametrize(
    ("names", "sent"),
    [
        (("reasoning", "reasoning_content"), {"reasoning", "reasoning_content"}),
        (("reasoning_content",), {"reasoning_content"}),
        ((), set()),
    ],
)
async def test_reasoning_goes_back_in_the_fields_that_the_server_reads(
    names: tuple[str, ...], sent: set[str]
) -> None:
    for body in await bodies_of(Abilities(reasoning_fields=names), messages=THOUGHT):
        turn = body["messages"][1]
        assert {key for key in turn if key.startswith("reasoning")} == sent
        assert all(turn[name] == "Search first." for name in sent)
        assert (turn["content"], turn["tool_calls"]) == ("I look.", [CALL]), "text stays beside"


@pytest.mark.parametrize("protocol", ["guided", "text"])
async def test_protocols_of_text_have_no_place_for_reasoning(protocol: Any) -> None:
    said = {"role": "assistant", "content": "Well.", "reasoning": "Hm."}
    turns = (*THOUGHT, said, {"role": "user", "content": "And?"})
    for body in await bodies_of(messages=turns, tools=(TOOL,), tool_protocol=protocol):
        assert "Search first." not in json.dumps(body)
        assert "Hm." not in json.dumps(body)
        assert "tools" not in body, "the protocol that was asked for holds"


async def test_reasoning_that_came_in_the_content_goes_back_in_it() -> None:
    for body in await bodies_of(Abilities(reasoning_fields=("content",)), messages=THOUGHT):
        turn = body["messages"][1]
        assert turn["content"] == "<think>\nSearch first.\n</think>\n\nI look."
        assert "reasoning" not in turn


async def test_two_turns_in_a_row_keep_the_reasoning_of_both() -> None:
    turns = tuple(
        {"role": "assistant", "content": text, "reasoning": text.upper()} for text in ("a", "b")
    )
    for body in await bodies_of(messages=(THOUGHT[0], *turns, THOUGHT[0])):
        assert body["messages"][1]["reasoning"] == "A\n\nB"


async def test_reasoning_that_is_no_text_stays_in_its_turn() -> None:
    turns = tuple({"role": "assistant", "content": "a", "reasoning": one} for one in ([1], "b"))
    for body in await bodies_of(messages=(THOUGHT[0], *turns, THOUGHT[0])):
        assert [turn.get("reasoning") for turn in body["messages"]] == [None, [1], "b", None]


@pytest.mark.parametrize(
    ("abilities", "thinking", "sent"),
    [
        (SWITCHED, "off", {"chat_template_kwargs": {"thinking": False}}),
        (SWITCHED, "on", {"chat_template_kwargs": {"thinking": True}}),
        (Abilities(thinking_switch="effort"), "off", {"reasoning_effort": "none"}),
        (
            Abilities(thinking_switch="effort", effort_off="low"),
            "off",
            {"reasoning_effort": "low"},
        ),
        (Abilities(thinking_switch="effort"), "on", {"reasoning_effort": "medium"}),
        (Abilities(thinking_switch="none"), "off", {}),
        (Abilities(), "off", {}),
    ],
)
async def test_thinking_is_switched_as_was_measured(
    abilities: Abilities, thinking: Any, sent: dict[str, Any]
) -> None:
    """What was not measured is not sent: a server may refuse the whole request for it."""
    for body in await bodies_of(abilities, thinking=thinking):
        assert {k: v for k, v in body.items() if k not in {"model", "messages", "max_tokens"}} == (
            sent if "stream" not in body else sent | {"stream": True} | stream_options()
        )


def stream_options() -> dict[str, Any]:
    return {"stream_options": {"include_usage": True}}


async def test_a_budget_and_sampling_have_the_names_of_the_server() -> None:
    options: dict[str, Any] = {
        "thinking_tokens": 512,
        "top_k": 20,
        "min_p": 0.0,
        "repetition_penalty": 1.05,
    }
    for body in await bodies_of(**options, parallel_calls=True, tools=(TOOL,)):
        assert body["thinking_token_budget"] == 512
        assert (body["top_k"], body["min_p"], body["repetition_penalty"]) == (20, 0.0, 1.05)
        assert body["parallel_tool_calls"] is True
    for body in await bodies_of(Abilities(repetition_field="repeat_penalty"), **options):
        assert "thinking_token_budget" not in body
        assert (body["repeat_penalty"], "repetition_penalty" in body) == (1.05, False)
    for body in await bodies_of(parallel_calls=True):
        assert "parallel_tool_calls" not in body, "there are no tools"


OPTIONS: dict[str, Any] = {
    "messages": THOUGHT,
    "tools": (TOOL,),
    "thinking": "off",
    "top_k": 20,
    "parallel_calls": True,
}


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    "words",
    [
        ("reasoning", "reasoning_content"),
        ("chat_template_kwargs",),
        ("top_k",),
        ("parallel_tool_calls",),
        ("reasoning", "chat_template_kwargs", "top_k", "parallel_tool_calls"),
    ],
)
async def test_what_a_server_refuses_is_left_out_and_not_sent_again(
    words: tuple[str, ...], status: int
) -> None:
    with ScriptedServer(refusing(*words, status=status)) as server:
        async with connected(server, abilities=SWITCHED) as client:
            assert (await client.chat(request(**OPTIONS))).text == "yes"
            asked = len(server.requests)
            assert (await client.chat(request(**OPTIONS))).text == "yes"
            assert (await streamed(client, request(**OPTIONS)))[1].text == "yes"
    assert len(server.requests) == asked + 2, "it is remembered"
    last = server.requests[-1].body
    assert not any(f'"{word}"' in json.dumps(last) for word in words)
    assert "tools" in last, "tools are offered as before"
    kept = {"chat_template_kwargs", "top_k", "parallel_tool_calls"} - set(words)
    assert kept <= last.keys(), "what was not refused is sent"


async def test_a_refusal_that_names_nothing_costs_the_reasoning_first() -> None:
    script = refusing("reasoning", says="bad request")
    with ScriptedServer(script) as server:
        async with connected(server, abilities=SWITCHED) as client:
            await client.chat(request(**OPTIONS))
    assert len(server.requests) == 2
    assert "top_k" in server.requests[-1].body


async def test_a_refusal_of_another_cause_is_not_laid_to_the_parts() -> None:
    with ScriptedServer(lambda _: Failure(400, "no such thing")) as server:
        async with connected(server, abilities=SWITCHED) as client:
            with pytest.raises(ModelProtocolError, match="no such thing") as caught:
                await client.chat(request(messages=THOUGHT))
            assert caught.value.kind == "refused"
            assert client._refused_parts == set()


async def test_tools_that_are_refused_are_offered_otherwise_with_all_the_rest() -> None:
    with ScriptedServer(refusing("tools", says="{} are not supported")) as server:
        async with connected(server, abilities=SWITCHED) as client:
            assert (await client.chat(request(**OPTIONS))).text == "yes"
    last = server.requests[-1].body
    assert "response_format" in last
    assert (last["top_k"], last["chat_template_kwargs"]) == (20, {"thinking": False})


UNREADABLE = [
    "error parsing tool call: raw='{\"path\":', err=unexpected end of JSON input",
    "failed to parse JSON: unexpected end of JSON input",
    "XML syntax error on line 35: element <parameter> closed by </function>",
    "Failed to parse input at pos 184: <tool_call>",
    "The model produced output that does not match the expected peg-native format",
    "Unexpected empty grammar stack after accepting piece: x",
    "Failed to parse tool call arguments as JSON: [json.exception.parse_error.101]",
]


@pytest.mark.parametrize("says", UNREADABLE)
async def test_a_call_that_the_server_cannot_read_is_told_and_not_asked_for_again(
    says: str,
) -> None:
    """Ollama #14570: the same request to the same model makes the same bad call."""
    for reply in (Failure(500, says), Events(({"error": {"message": says}},))):
        with ScriptedServer([reply] * 8) as server:
            async with connected(server, abilities=SWITCHED) as client:
                with pytest.raises(ModelProtocolError) as caught:
                    await streamed(client, request(**OPTIONS))
        assert caught.value.kind == "bad_call"
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("reply", "kind", "fault"),
    [
        (Failure(400, "`reasoning_content` is missing"), ModelProtocolError, "reasoning"),
        (Failure(422, "thinking is enabled but there is none"), ModelProtocolError, "reasoning"),
        (Failure(400, "no"), ModelProtocolError, "refused"),
        (
            Failure(422, "`inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000"),
            ContextOverflowError,
            None,
        ),
        (
            Failure(400, "The input (9000 tokens) is longer than the model's context length"),
            ContextOverflowError,
            None,
        ),
        (
            Events(({"error": {"message": "the request exceeds the available context size"}},)),
            ContextOverflowError,
            None,
        ),
    ],
)
async def test_an_error_says_what_it_is_about(
    reply: Reply, kind: type[Exception], fault: str | None
) -> None:
    with ScriptedServer([reply]) as server:
        async with connected(server) as client:
            with pytest.raises(kind) as caught:
                await streamed(client, request())
    assert getattr(caught.value, "kind", None) == fault


# As it was computed before requests knew of anything but the first ten fields.
OLD_KEY = (
    '{"max_tokens": 64, "messages": [{"content": "What is a queue?", "role": "user"}], "model": '
    '"scripted", "response_format": null, "seed": null, "stop": [], "temperature": null, "tool_'
    'choice": null, "tools": [], "top_p": null}'
)


async def test_a_recorded_request_has_the_key_that_it_had_before(tmp_path: Any) -> None:
    assert json.dumps(stored(request()), sort_keys=True) == OLD_KEY
    assert set(stored(request(thinking="off", top_k=0))) == {
        *json.loads(OLD_KEY),
        "thinking",
        "top_k",
    }
    log = StepLog(tmp_path / "steps")
    with ScriptedServer([Text("yes")]) as server:
        async with connected(server) as client:
            said = await RecordedModel(client, log).chat(request())
            assert await RecordedModel(client, StepLog(tmp_path / "steps")).chat(request()) == said
    (record,) = records(tmp_path / "steps")
    assert record["key"] == key_of(OLD_KEY)
    assert set(record["value"]["request"]) == set(json.loads(OLD_KEY))
    assert "leaked" not in record["value"]["completion"]


def test_an_answer_that_leaked_is_read_back_as_one_and_an_old_one_too() -> None:
    call = ToolCall("c", "search", "{}")
    leaked = Completion("", (call,), "tool_calls", Usage(1, 2), "m", "hm", "reasoning")
    for answer in (leaked, Completion("yes", (), "stop", None, "m")):
        assert completion_of(json.loads(json.dumps(stored(answer)))) == answer
    assert isinstance(request(), ChatRequest)
