"""The official SDK against the real server over a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from tests.server.stand import BODY, EMBEDDER, SUMMARY, Running, serving
from tests.support.scripted_model import Call, Calls, ScriptedServer, vector_of

QUESTION: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Where is push?"}]


@pytest.fixture
async def sdk(running: Running) -> AsyncIterator[openai.AsyncOpenAI]:
    client = openai.AsyncOpenAI(base_url=running.url + "/v1", api_key=running.key, max_retries=0)
    async with client:
        yield client


async def test_models_are_listed_ours_first(sdk: openai.AsyncOpenAI) -> None:
    listed = [model.id async for model in sdk.models.list()]
    assert listed == ["rooftree", "scripted", EMBEDDER]
    assert (await sdk.models.retrieve("rooftree")).owned_by == "rooftree"
    with pytest.raises(openai.NotFoundError):
        await sdk.models.retrieve("gpt-7")


async def test_rooftree_answers_with_its_evidence(sdk: openai.AsyncOpenAI) -> None:
    answer = await sdk.chat.completions.create(model="rooftree", messages=QUESTION)
    assert answer.choices[0].message.content == BODY + SUMMARY
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 5)
    assert answer.model_extra
    assert answer.model_extra["x_rooftree"]["status"] == "answered"


@pytest.mark.parametrize("model", ["rooftree", "scripted"])
async def test_a_stream_ends_with_its_usage(sdk: openai.AsyncOpenAI, model: str) -> None:
    stream = await sdk.chat.completions.create(
        model=model, messages=QUESTION, stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == (BODY + SUMMARY if model == "rooftree" else "one two three")
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices == []
    assert chunks[-1].usage
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert len({chunk.id for chunk in chunks}) == 1


async def test_a_plain_chat_goes_through(sdk: openai.AsyncOpenAI) -> None:
    answer = await sdk.chat.completions.create(model="scripted", messages=QUESTION)
    assert answer.choices[0].message.content == "one two three"


async def test_the_middle_is_filled_in(sdk: openai.AsyncOpenAI, scripted: ScriptedServer) -> None:
    filled = await sdk.completions.create(
        model="scripted", prompt="def f(", suffix="): pass", max_tokens=16, stop=["\n\n"]
    )
    assert filled.choices[0].text == "one two three"
    assert filled.id.startswith("cmpl-")
    assert scripted.requests[-1].body["suffix"] == "): pass"


@pytest.mark.parametrize("form", ["float", "base64", None])
async def test_embeddings_in_both_encodings(sdk: openai.AsyncOpenAI, form: str | None) -> None:
    options = {"encoding_format": form} if form else {}
    answer = await sdk.embeddings.create(
        model=EMBEDDER,
        input=["queue", "stack"],
        **options,  # type: ignore[arg-type]  # one of the literals that it takes
    )
    assert answer.data[1].index == 1
    vector = answer.data[1].embedding
    if form != "base64":
        assert vector == pytest.approx(vector_of("stack"), abs=1e-6)
    else:
        assert isinstance(vector, str)


async def test_errors_have_the_shape_that_the_sdk_knows(sdk: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        await sdk.chat.completions.create(model="gpt-7", messages=QUESTION)
    assert caught.value.code == "model_not_found"
    assert caught.value.param == "model"
    assert caught.value.type == "invalid_request_error"


TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {"name": "read", "parameters": {"type": "object"}},
}


async def test_tools_reach_the_model_and_its_calls_come_back(tmp_path: Path) -> None:
    reply = Calls((Call("read", {"path": "a.py"}), Call("read", {"path": "b.py"}, "call_2")))
    with ScriptedServer([reply, reply]) as model:
        async with serving(tmp_path, model) as running:
            url = running.url + "/v1"
            async with openai.AsyncOpenAI(base_url=url, api_key=running.key) as client:
                whole = await client.chat.completions.create(
                    model="rooftree", messages=QUESTION, tools=[TOOL]
                )
                stream = await client.chat.completions.create(
                    model="rooftree", messages=QUESTION, tools=[TOOL], stream=True
                )
                chunks = [chunk async for chunk in stream]
            assert running.services.asked == []
    calls = whole.choices[0].message.tool_calls
    assert calls
    assert [call.id for call in calls] == ["call_scripted", "call_2"]
    assert whole.choices[0].finish_reason == "tool_calls"
    assert whole.model == "scripted"
    found = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    assert [call.index for call in found] == [0, 1]
    assert found[1].function
    assert found[1].function.arguments == '{"path": "b.py"}'
    assert chunks[-1].choices[0].finish_reason == "tool_calls"
