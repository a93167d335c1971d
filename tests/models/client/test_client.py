import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from models.chat.tokens import estimate_tokens
from models.client.client import (
    Completion,
    CompletionRequest,
    FimRequest,
    ModelClient,
    ModelInfo,
    Usage,
)
from models.wire.endpoint import Deadlines, Endpoint
from models.wire.transport import MAX_ANSWER_BYTES
from rooftree.errors import (
    ModelError,
    ModelProtocolError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from tests.models.connected import TOOL, connected, request, streamed
from tests.support.scripted_model import (
    Call,
    Calls,
    Cut,
    Events,
    Failure,
    Hang,
    Json,
    Pause,
    Reply,
    ScriptedServer,
    Text,
    Wire,
    event,
    vector_of,
)

KEY = "sk-" + "made-up-key"


async def ask(reply: Reply, **options: Any) -> Completion:
    with ScriptedServer([reply]) as server:
        async with connected(server) as client:
            return await client.chat(request(**options))


async def stream_of(reply: Reply, **options: Any) -> tuple[list[str], Completion]:
    with ScriptedServer([reply]) as server:
        async with connected(server) as client:
            return await streamed(client, request(**options))


def delta(content: Any = None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": content, **more}}]}


async def test_an_answer_comes_back_whole() -> None:
    answer = await ask(Text("A queue is a line.", reasoning="easy"))
    assert answer == Completion("A queue is a line.", (), "stop", Usage(10, 5), "scripted", "easy")


async def test_only_what_was_set_is_sent() -> None:
    with ScriptedServer([Text("yes"), Text("yes")]) as server:
        async with connected(server) as client:
            await client.chat(request(max_tokens=None))
            await client.chat(request(temperature=0.0, seed=0, stop=("x",), tools=(TOOL,)))
    first, second = (recorded.body for recorded in server.requests)
    assert set(first) == {"model", "messages"}
    assert (second["temperature"], second["seed"], second["stop"]) == (0.0, 0, ["x"])
    assert second["tools"] == [TOOL]


async def test_the_environment_changes_nothing_that_is_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with ScriptedServer([Text("yes")]) as server, ScriptedServer() as other:
        for name, value in {
            "OPENAI_API_KEY": "sk-" + "from-environment",
            "OPENAI_ADMIN_KEY": "sk-" + "admin",
            "OPENAI_BASE_URL": other.base_url,
            "OPENAI_ORG_ID": "org-environment",
            "OPENAI_PROJECT_ID": "project-environment",
            "OPENAI_CUSTOM_HEADERS": "x-custom: environment\nauthorization: environment",
            "HTTP_PROXY": other.base_url,
            "http_proxy": other.base_url,
            "ALL_PROXY": other.base_url,
        }.items():
            monkeypatch.setenv(name, value)
        async with connected(server) as client:
            await client.chat(request())
    assert other.requests == []
    assert dict(server.requests[0].headers) == {
        "host": server.base_url.removeprefix("http://").removesuffix("/v1"),
        "accept": "application/json",
        "content-type": "application/json",
        "content-length": str(len(server.requests[0].raw)),
        "connection": "keep-alive",
        "user-agent": "rooftree",
        "accept-encoding": "identity",
    }


async def test_the_endpoints_key_is_sent() -> None:
    with ScriptedServer([Text("yes")], api_key=KEY) as server:
        async with connected(server) as client:
            await client.chat(request())
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Failure(401, "no"), ModelUnavailableError, "refused the key"),
        (Failure(404, "no model"), ModelProtocolError, "404: no model.*ends in /v1"),
        (Failure(400, "too long"), ModelProtocolError, "400: too long"),
        (Failure(408, "slow"), ModelTimeoutError, "gave up waiting"),
        (Failure(429, "slow down"), ModelUnavailableError, "429: slow down"),
        (Failure(500, "oops\x1b[31m\nagain"), ModelUnavailableError, r"500: oops \[31m again\)"),
        (Failure(503, "Loading model"), ModelUnavailableError, "Loading model"),
        (Failure(500, "x" * 5000), ModelUnavailableError, "x…"),
        (Json({"error": "no such model"}, 404), ModelProtocolError, "404: no such model"),
        (Wire((b"<html>",), 502), ModelUnavailableError, r"\(502\)"),
        (Wire(status=307, headers={"location": "/v2"}), ModelProtocolError, "redirects"),
        (Wire((b"<html>",)), ModelProtocolError, "not JSON"),
        (Wire((b"[" * 100_000,)), ModelProtocolError, "not JSON"),
        (Json({"choices": []}), ModelProtocolError, "choices"),
        (Wire(before=(Cut(),)), ModelUnavailableError, "broke"),
        (Wire((b'{"cho', Cut()), framing="chunked"), ModelUnavailableError, "broke"),
        (Wire(before=(Hang(),)), ModelTimeoutError, "silent for 0.3 s|after 1 s"),
        (
            Wire((b'{"cho', Hang()), framing="chunked"),
            ModelTimeoutError,
            "silent for 0.3 s|after 1 s",
        ),
    ],
)
async def test_a_fault_is_one_of_our_errors_and_names_the_url(
    reply: Reply, kind: type[ModelError], words: str
) -> None:
    with ScriptedServer([reply] * 4) as server:
        async with connected(server, idle_seconds=0.3, total_seconds=1.0) as client:
            for call in (client.chat(request()), streamed(client, request())):
                with pytest.raises(kind, match=words) as caught:
                    await call
                assert f"{server.base_url}/chat/completions" in str(caught.value)
    assert len(server.requests) == 2, "nothing is asked twice"


async def test_a_message_never_holds_the_key() -> None:
    with ScriptedServer([Failure(500, f"bad key {KEY}")], api_key=KEY) as server:
        async with connected(server) as client:
            with pytest.raises(ModelUnavailableError, match="bad key …") as caught:
                await client.chat(request())
    assert KEY not in str(caught.value)
    assert KEY not in repr(server.endpoint())


async def test_a_message_never_holds_a_password_or_a_query() -> None:
    endpoint = Endpoint("http://user:pass" + "word@127.0.0.1:9/v1", "", embedded=False)
    client = ModelClient(endpoint, Deadlines(connect=1.0, idle=1.0))
    with pytest.raises(ModelUnavailableError, match=r"http://127\.0\.0\.1:9/v1/models") as caught:
        await client.models()
    assert "password" not in str(caught.value)
    await client.aclose()


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with ScriptedServer() as server:
        pass
    async with connected(server) as client:
        with pytest.raises(ModelUnavailableError, match=r"cannot connect .* model\.endpoint"):
            await client.chat(request())


async def test_a_stream_shows_text_and_ends_with_the_answer() -> None:
    texts, answer = await stream_of(Text("A queue is\na line.", reasoning="easy"))
    assert len(texts) > 1
    assert "".join(texts) == answer.text == "A queue is\na line."
    assert answer.usage == Usage(10, 5)
    assert (answer.reasoning, answer.finish_reason) == ("easy", "stop")


async def test_thinking_is_not_shown_wherever_the_chunks_divide_it() -> None:
    pieces = ["<th", "ink>we", "ll</thi", "nk>", "\n\n", "Yes", "."]
    texts, answer = await stream_of(Events(tuple(delta(piece) for piece in pieces)))
    assert texts == ["Yes", "."]
    assert (answer.text, answer.reasoning) == ("Yes.", "well")


async def test_fragments_of_calls_are_put_together() -> None:
    def fragment(**fields: Any) -> dict[str, Any]:
        return delta(tool_calls=[fields])

    _, answer = await stream_of(
        Events(
            (
                fragment(index=0, id="a", function={"name": "search", "arguments": '{"q":'}),
                fragment(index=1, id="b", function={"name": "read", "arguments": None}),
                fragment(index=0, function={"arguments": '"x"}'}),
                fragment(index=1, id="c", function={"name": "open", "arguments": {"p": 1}}),
                fragment(function={"name": "last", "arguments": ""}),
                fragment(function={"arguments": "{}"}),
            )
        )
    )
    assert [(call.id, call.name, call.arguments) for call in answer.tool_calls[:3]] == [
        ("a", "search", '{"q": "x"}'),
        ("b", "read", "{}"),
        ("c", "open", '{"p": 1}'),
    ]
    assert answer.tool_calls[3].name == "last"
    assert answer.finish_reason == "tool_calls"


@pytest.mark.parametrize("stream", [False, True])
async def test_native_calls_come_through(stream: bool) -> None:
    reply = Calls((Call("search", {"q": "x"}), Call("search", '{"q": "y"}', id=None)), "Let me.")
    answer = (await stream_of(reply))[1] if stream else await ask(reply)
    assert [call.arguments for call in answer.tool_calls] == ['{"q": "x"}', '{"q": "y"}']
    assert answer.text == "Let me."


async def test_a_written_call_is_never_shown() -> None:
    written = 'Sure. <tool_call>{"name": "search", "arguments": {}}</tool_call>'
    pieces = [written[i : i + 3] for i in range(0, len(written), 3)]
    reply = Events(tuple(delta(piece) for piece in pieces))
    texts, answer = await stream_of(reply, tools=(TOOL,))
    assert "".join(texts).strip() == answer.text == "Sure."
    assert len(answer.tool_calls) == 1


@pytest.mark.parametrize("text", ["```\ncode\n```", "{not json", "a ```json\n1\n``` b", "   ", ""])
async def test_text_held_back_in_vain_is_shown_at_the_end(text: str) -> None:
    texts, answer = await stream_of(Text(text), tools=(TOOL,))
    assert "".join(texts) == answer.text == text


async def test_a_server_that_cannot_stream_still_answers() -> None:
    body = {"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}]}
    texts, answer = await stream_of(Json(body))
    assert (texts, answer.text) == (["whole"], "whole")


@pytest.mark.parametrize(
    ("reply", "kind", "words"),
    [
        (Events((delta("a"),), done=False), ModelUnavailableError, "in the middle"),
        (Events((delta("a"), Cut())), ModelUnavailableError, "broke"),
        (Events((delta("a"), Hang())), ModelTimeoutError, "silent"),
        (Events((delta("a"), {"error": {"message": "full"}})), ModelProtocolError, "full"),
        (Events((delta("a"), "<html>")), ModelProtocolError, "not JSON"),
        (Events(()), ModelProtocolError, "no choices"),
    ],
)
async def test_a_fault_inside_a_stream_comes_after_its_text(
    reply: Reply, kind: type[ModelError], words: str
) -> None:
    texts: list[str] = []
    with ScriptedServer([reply]) as server:
        async with connected(server, idle_seconds=0.3) as client:
            with pytest.raises(kind, match=words):
                await streamed(client, request(), texts)
    assert texts == (["a"] if reply != Events(()) else [])
    assert len(server.requests) == 1


async def test_a_stream_that_said_why_it_stopped_needs_no_done() -> None:
    end = {"choices": [{"delta": {}, "finish_reason": "length"}]}
    _, answer = await stream_of(Events((delta("a"), end), done=False))
    assert answer.finish_reason == "length"


async def test_pings_are_not_silence() -> None:
    pings = tuple(part for _ in range(12) for part in (Pause(0.05), b": ping\n\n"))
    with ScriptedServer([Events((*pings, delta("a")))]) as server:
        async with connected(server, idle_seconds=0.5) as client:
            assert (await streamed(client, request()))[0] == ["a"]


async def test_leaving_a_stream_stops_the_server() -> None:
    with ScriptedServer([Events((delta("a"), Hang()))]) as server:
        async with connected(server, api_key="x") as client:
            async with aclosing(client.stream(request())) as parts:
                assert await anext(parts) == "a"
            assert await asyncio.to_thread(server.requests[0].left.wait, 5)


async def test_cancelling_a_call_stops_the_server() -> None:
    with ScriptedServer([Wire(before=(Hang(),))]) as server:
        async with connected(server) as client:
            call = asyncio.create_task(client.chat(request()))
            assert await asyncio.to_thread(server.wait_for_requests, 1)
            call.cancel()
            assert await asyncio.to_thread(server.requests[0].left.wait, 5)


async def test_models_are_listed_with_the_adapters_of_an_embedded_server() -> None:
    listed = {"data": [{"id": "base", "owned_by": "x"}, {"id": "tuned", "parent": "base"}, {}]}
    with ScriptedServer(routes={"/v1/models": Json(listed)}) as server:
        async with connected(server, embedded=True, adapters=("terse@v1",)) as client:
            assert await client.models() == (
                ModelInfo("base", None, "x"),
                ModelInfo("tuned", "base", ""),
                ModelInfo("terse@v1", "base", "rooftree"),
            )


async def test_something_that_lists_no_models_is_no_model_server() -> None:
    with ScriptedServer(routes={"/models": Json({"hello": 1})}) as server:
        async with connected(server) as client:
            with pytest.raises(ModelProtocolError, match="lists no models"):
                await client.models()


async def test_each_request_says_which_adapter_it_wants() -> None:
    adapters = ("terse@v1", "chatty@v2")
    with ScriptedServer([Text("x")] * 4) as server:
        async with connected(server, embedded=True, adapters=adapters) as client:
            named = [
                (await client.chat(request(model="chatty@v2"))).model,
                (await client.chat(request(model="base"))).model,
                (await client.fim(FimRequest("terse@v1", "a", "b", 4))).model,
                (await client.complete(CompletionRequest("terse@v1", "a", 4))).model,
            ]
    assert named == ["chatty@v2", "base", "terse@v1", "terse@v1"]
    scales = [[item["scale"] for item in recorded.body["lora"]] for recorded in server.requests]
    assert scales == [[0.0, 1.0], [0.0, 0.0], [1.0, 0.0], [1.0, 0.0]]


async def test_an_adapter_that_is_not_loaded_is_not_answered_by_the_base() -> None:
    with ScriptedServer([Text("x")]) as server:
        async with connected(server, embedded=True, adapters=("terse@v1",)) as client:
            with pytest.raises(ModelUnavailableError, match=r"'terse@v2' is not loaded.*terse@v1"):
                await client.chat(request(model="terse@v2"))
    assert server.requests == []


async def test_llama_fills_holes_at_infill_outside_of_v1() -> None:
    owned = Json({"data": [{"id": "qwen", "owned_by": "llamacpp"}]})
    body = {"content": "a + b\n\nprint(1)", "stop_type": "limit", "tokens_evaluated": 3}
    with ScriptedServer([Json(body)] * 2, routes={"/models": owned}) as server:
        async with connected(server) as client:
            answer = await client.fim(FimRequest("qwen", "def f():\n", "\n", 8, stop=("#",)))
            await client.fim(FimRequest("qwen", "x", "y", 8))
    assert (answer.text, answer.finish_reason, answer.usage) == ("a + b", "stop", None)
    assert [recorded.path for recorded in server.requests] == ["/infill", "/infill"]
    assert server.requests[0].body == {
        "input_prefix": "def f():\n",
        "input_suffix": "\n",
        "n_predict": 8,
        "stop": ["#"],
    }


async def test_other_servers_fill_holes_with_a_suffix() -> None:
    with ScriptedServer([Text("a + b")]) as server:
        async with connected(server) as client:
            answer = await client.fim(FimRequest("m", "x = ", "\n", 8, temperature=0.0))
    assert answer.text == "a + b"
    assert server.requests[-1].path == "/v1/completions"
    assert server.requests[-1].body["suffix"] == "\n"


async def test_a_server_that_cannot_fill_holes_says_so() -> None:
    missing = Failure(501, "Infill is not supported by this model")
    with ScriptedServer([missing], routes={"/models": None}) as server:
        async with connected(server) as client:
            with pytest.raises(ModelUnavailableError, match="'m' cannot fill in the middle"):
                await client.fim(FimRequest("m", "a", "b", 4))


async def test_a_completion_has_no_template() -> None:
    with ScriptedServer([Text(" Paris"), Json({"choices": []})]) as server:
        async with connected(server) as client:
            answer = await client.complete(CompletionRequest("m", "The capital is", 4, seed=1))
            with pytest.raises(ModelProtocolError, match="without any text"):
                await client.complete(CompletionRequest("m", "x", 4))
    assert answer.text == " Paris"
    assert server.requests[0].body == {
        "model": "m",
        "prompt": "The capital is",
        "max_tokens": 4,
        "seed": 1,
    }


async def test_texts_become_vectors_in_their_order() -> None:
    with ScriptedServer() as server:
        async with connected(server) as client:
            assert await client.embed("m", ["a", "b"]) == [vector_of("a"), vector_of("b")]
            assert await client.embed("m", []) == []
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "data",
    [[], None, [{"embedding": []}], [{"embedding": ["x"]}], [{"embedding": [10**400]}]],
)
async def test_missing_vectors_are_a_protocol_error(data: Any) -> None:
    with ScriptedServer(routes={"/embeddings": Json({"data": data})}) as server:
        async with connected(server) as client:
            with pytest.raises(ModelProtocolError, match="0 usable vectors for 1 texts"):
                await client.embed("m", ["a"])


async def test_tokens_are_counted_by_the_server_or_guessed_once_it_cannot() -> None:
    with ScriptedServer() as server:
        async with connected(server) as client:
            assert await client.count_tokens("def f(x):") == 6
    with ScriptedServer(routes={"/tokenize": None}) as server:
        async with connected(server) as client:
            assert await client.count_tokens("def f(x):") == estimate_tokens("def f(x):")
            await client.count_tokens("again")
    assert len(server.requests) == 1


def test_a_guess_is_on_the_high_side() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("return value") >= 2
    assert estimate_tokens("12345") == 5
    assert estimate_tokens("日本語") >= 3
    assert estimate_tokens("\ud800") >= 1


async def test_an_answer_that_never_ends_is_refused() -> None:
    endless = Wire((b"x" * (MAX_ANSWER_BYTES // 8),) * 9, framing="chunked")
    with pytest.raises(ModelProtocolError, match="more than"):
        await ask(endless)


async def test_raw_bytes_can_be_scripted() -> None:
    reply = Wire((event(delta("a")), event("[DONE]")), framing="close")
    assert (await stream_of(reply))[0] == ["a"]
