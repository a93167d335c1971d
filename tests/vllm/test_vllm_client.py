"""Facts about our client in front of a real vLLM."""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from models.client.client import (
    ChatRequest,
    Completion,
    CompletionRequest,
    FimRequest,
    ModelClient,
)
from models.wire.endpoint import Deadlines
from models.wire.failures import ModelRefusedError
from rooftree.errors import ContextOverflowError, ModelUnavailableError
from tests.models.connected import streamed
from tests.vllm.serving import CONTEXT_TOKENS, NAME, VllmServer

pytestmark = pytest.mark.vllm

CAPITAL: tuple[Mapping[str, Any], ...] = (
    {"role": "user", "content": "What is the capital of Germany?"},
)
LOOK_UP: tuple[Mapping[str, Any], ...] = (
    {"role": "user", "content": "Search for the function parse_header."},
)
ARGUMENTS = {
    "type": "object",
    "properties": {"query": {"type": "string", "maxLength": 40}},
    "required": ["query"],
    "additionalProperties": False,
}
NAMED = {"type": "function", "function": {"name": "search"}}


def asking(messages: tuple[Mapping[str, Any], ...] = CAPITAL, **options: Any) -> ChatRequest:
    return replace(ChatRequest(NAME, messages, 64, 0.0), **options)


def searching(choice: Any, strict: bool) -> ChatRequest:
    function = {"name": "search", "parameters": ARGUMENTS, "strict": strict}
    tools = ({"type": "function", "function": function},)
    return asking(LOOK_UP, tools=tools, tool_choice=choice)


def answering(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}}


async def test_it_answers_and_says_what_that_took(client: ModelClient) -> None:
    answer = await client.chat(asking())
    assert answer.text == "The capital of Germany is Berlin."
    assert (answer.finish_reason, answer.model, answer.reasoning) == ("stop", NAME, "")
    assert answer.usage is not None
    assert answer.usage.prompt_tokens == 37
    assert answer.usage.completion_tokens == 8


async def test_a_stream_ends_with_the_same_answer(client: ModelClient) -> None:
    texts, answer = await streamed(client, asking())
    assert len(texts) > 3
    assert "".join(texts) == answer.text == "The capital of Germany is Berlin."
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 8


async def test_an_answer_that_is_cut_says_so(client: ModelClient) -> None:
    assert (await client.chat(asking(max_tokens=3))).finish_reason == "length"
    stopped = await client.chat(asking(stop=("Germany",)))
    assert (stopped.text.strip(), stopped.finish_reason) == ("The capital of", "stop")


async def test_the_same_seed_says_the_same(client: ModelClient) -> None:
    wanted = asking(temperature=1.0, seed=3, max_tokens=16)
    assert (await client.chat(wanted)).text == (await client.chat(wanted)).text


async def test_leaving_a_stream_stops_the_server(client: ModelClient, vllm: VllmServer) -> None:
    """1,500 tokens would take it more than half a minute."""
    story = ({"role": "user", "content": "Tell me a very long story about a queue."},)
    async with aclosing(client.stream(asking(story, max_tokens=1500))) as parts:
        async for _ in parts:
            break
    assert _becomes_idle(vllm, seconds=10)


def _becomes_idle(vllm: VllmServer, seconds: float) -> bool:
    """Wait until nothing runs or waits, as its metrics say."""
    deadline = time.monotonic() + seconds
    busy = re.compile(r"vllm:num_requests_(?:running|waiting)\{.*\} (.*)")
    with vllm.http() as http:
        while time.monotonic() < deadline:
            if not any(map(float, busy.findall(http.get("/metrics").text))):
                return True
            time.sleep(0.2)
    return False


async def test_json_is_enforced(client: ModelClient) -> None:
    schema = {
        "type": "object",
        "properties": {"tool": {"enum": ["fly", "swim"]}},
        "required": ["tool"],
        "additionalProperties": False,
    }
    whole = await client.chat(asking(response_format=answering(schema)))
    _, last = await streamed(client, asking(response_format=answering(schema)))
    assert json.loads(whole.text)["tool"] in ("fly", "swim")
    assert json.loads(last.text) == json.loads(whole.text)


async def test_one_of_several_schemas_is_enforced(client: ModelClient) -> None:
    """This form chooses a tool wherever a server does not enforce tool calls."""
    branches = [
        {
            "type": "object",
            "properties": {"tool": {"const": tool}, "args": ARGUMENTS},
            "required": ["tool", "args"],
            "additionalProperties": False,
        }
        for tool in ("search", "read")
    ]
    wanted = asking(LOOK_UP, response_format=answering({"oneOf": branches}))
    chosen = json.loads((await client.chat(wanted)).text)
    assert chosen["tool"] in ("search", "read")
    assert isinstance(chosen["args"]["query"], str)


async def test_a_schema_that_is_none_is_refused(client: ModelClient) -> None:
    with pytest.raises(ModelRefusedError, match="Invalid type: nonsense"):
        await client.chat(asking(response_format=answering({"type": "nonsense"})))


async def test_offered_tools_may_be_left_alone(client: ModelClient) -> None:
    """This model's chat template does not even show the tools to it."""
    answer = await client.chat(searching("auto", strict=False))
    assert answer.text
    assert (answer.tool_calls, answer.finish_reason) == ((), "length")


@pytest.mark.parametrize("choice", ["required", NAMED])
async def test_a_required_call_comes_though_its_arguments_may_be_anything(
    client: ModelClient, choice: Any
) -> None:
    whole = await client.chat(searching(choice, strict=False))
    _, last = await streamed(client, searching(choice, strict=False))
    for answer in (whole, last):
        assert [call.name for call in answer.tool_calls] == ["search"]
        assert answer.finish_reason == "tool_calls"
        assert len({call.id for call in answer.tool_calls}) == 1


@pytest.mark.parametrize("choice", ["required", NAMED])
async def test_the_arguments_of_a_strict_tool_keep_to_its_schema(
    client: ModelClient, choice: Any
) -> None:
    whole = await client.chat(searching(choice, strict=True))
    _, last = await streamed(client, searching(choice, strict=True))
    for answer in (whole, last):
        (call,) = answer.tool_calls
        arguments = json.loads(call.arguments)
        assert arguments.keys() == {"query"}
        assert isinstance(arguments["query"], str)


async def test_a_text_is_continued_as_it_stands(client: ModelClient) -> None:
    answer = await client.complete(
        CompletionRequest(NAME, "one, two, three, four,", 3, temperature=0.0)
    )
    assert answer.text.strip().startswith("five")
    assert answer.finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 3


async def test_a_hole_cannot_be_filled(client: ModelClient) -> None:
    with pytest.raises(ModelUnavailableError, match=r"cannot fill in the middle.*suffix"):
        await client.fim(FimRequest(NAME, "def add(a, b):\n", "\n    return c", 8))


async def test_tokens_are_counted_by_its_tokenizer(client: ModelClient) -> None:
    assert await client.count_tokens("def add(a, b):") == 7
    assert await client.count_tokens("") == 0
    assert await client.count_tokens("word " * 3000) == 3001


async def test_a_chat_model_makes_no_vectors(client: ModelClient) -> None:
    with pytest.raises(ModelRefusedError, match=r"/v1/embeddings refused.*404") as refused:
        await client.embed(NAME, ["x"])
    assert refused.value.status == 404


async def test_its_model_is_listed(client: ModelClient) -> None:
    base = next(model for model in await client.models() if model.id == NAME)
    assert (base.parent, base.owned_by) == (None, "vllm")


@pytest.mark.parametrize("key", ["", "wrong"])
async def test_a_wrong_key_is_told_from_other_failures(vllm: VllmServer, key: str) -> None:
    client = ModelClient(vllm.endpoint(key), Deadlines(connect=5.0, idle=20.0))
    for ask in (client.models, lambda: client.chat(asking()), lambda: client.embed(NAME, ["x"])):
        with pytest.raises(ModelUnavailableError, match="refused the key"):
            await ask()
    await client.aclose()


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        ({"model": "nobody"}, 404, "does not exist"),
        ({"max_tokens": CONTEXT_TOKENS + 1}, 400, "max_tokens"),
        ({"messages": ()}, 400, "messages|conversation"),
    ],
)
async def test_what_cannot_be_done_is_refused_in_its_words(
    client: ModelClient, options: Mapping[str, Any], status: int, words: str
) -> None:
    wanted = asking(**options)
    with pytest.raises(ModelRefusedError, match=words) as refused:
        await client.chat(wanted)
    assert refused.value.status == status
    with pytest.raises(ModelRefusedError, match=words):
        await streamed(client, wanted)


async def test_a_prompt_that_does_not_fit_is_told_from_other_refusals(client: ModelClient) -> None:
    long = asking(({"role": "user", "content": "word " * 2500},))
    with pytest.raises(ContextOverflowError, match="context length"):
        await client.chat(long)


async def test_many_ask_at_once(client: ModelClient) -> None:
    """Twice as many as it computes together: the others wait and fail not."""
    answers = await asyncio.gather(*(client.chat(asking()) for _ in range(16)))
    assert all(isinstance(answer, Completion) and "Berlin" in answer.text for answer in answers)
