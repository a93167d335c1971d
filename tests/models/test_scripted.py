import json
from typing import Any

import httpx2
import pytest

from tests.support.scripted_model import (
    Call,
    Calls,
    Cut,
    Events,
    Failure,
    Hang,
    Json,
    Pause,
    ScriptedServer,
    Text,
    Wire,
    vector_of,
)


def post(server: ScriptedServer, body: Any, path: str = "/chat/completions") -> httpx2.Response:
    with httpx2.Client(trust_env=False) as http:
        return http.post(server.base_url + path, json=body)


def test_replies_are_taken_in_order_and_the_end_is_an_error() -> None:
    with ScriptedServer([Text("one"), Failure(429, "slow down", {"retry-after": "1"})]) as server:
        first, second, third = (post(server, {"model": "m"}) for _ in range(3))
    assert first.json()["choices"][0]["message"]["content"] == "one"
    assert first.json()["model"] == "m"
    assert (second.status_code, second.headers["retry-after"]) == (429, "1")
    assert (third.status_code, "no reply left" in third.text) == (500, True)


def test_a_callable_answers_every_request() -> None:
    def echo(body: Any) -> Text:
        return Text(body["messages"][0]["content"])

    with ScriptedServer(echo) as server:
        for word in ("a", "b"):
            answer = post(server, {"messages": [{"role": "user", "content": word}]}).json()
            assert answer["choices"][0]["message"]["content"] == word


def test_requests_are_kept_with_path_headers_and_body() -> None:
    with ScriptedServer([Text("x")]) as server:
        post(server, {"a": 1})
        assert server.wait_for_requests(1)
        assert not server.wait_for_requests(2, seconds=0)
    (recorded,) = server.requests
    assert (recorded.method, recorded.path) == ("POST", "/v1/chat/completions")
    assert recorded.headers["content-type"] == "application/json"
    assert recorded.body == json.loads(recorded.raw) == {"a": 1}
    assert not recorded.left.is_set()


def test_a_request_that_is_not_json_is_kept_as_bytes() -> None:
    with ScriptedServer([Text("x")]) as server, httpx2.Client(trust_env=False) as http:
        http.post(f"{server.base_url}/chat/completions", content=b"{not json")
    assert (server.requests[0].raw, server.requests[0].body) == (b"{not json", None)


def test_a_stream_is_events_and_done_with_usage_on_request() -> None:
    body = {"stream": True, "stream_options": {"include_usage": True}}
    with ScriptedServer([Text("a b"), Calls((Call("f", {}),), text="c")]) as server:
        text, calls = (post(server, body) for _ in range(2))
    lines = [line.removeprefix("data: ") for line in text.text.splitlines() if line]
    assert lines.pop() == "[DONE]"
    chunks = [json.loads(line) for line in lines]
    assert chunks.pop()["usage"]["completion_tokens"] == 2
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == "a b"
    assert text.headers["content-type"] == "text/event-stream"
    assert '"name": "f"' in calls.text


def test_events_are_sent_as_they_are() -> None:
    reply = Events(({"a": 1}, "{broken", b": ping\n\n", Pause(0)), done=False)
    with ScriptedServer([reply]) as server:
        assert post(server, {}).text == 'data: {"a": 1}\n\ndata: {broken\n\n: ping\n\n'


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_bytes_arrive_in_every_framing(framing: Any) -> None:
    reply = Wire((b"one", b"", b"two"), 201, {"x-a": "b"}, framing)
    with ScriptedServer([reply]) as server:
        answer = post(server, {})
    assert (answer.status_code, answer.content, answer.headers["x-a"]) == (201, b"onetwo", "b")


@pytest.mark.parametrize(
    "reply",
    [
        Wire(before=(Cut(),)),
        Wire((b"half", Cut()), framing="chunked"),
        Wire((b"half",), headers={"content-length": "100"}, framing="verbatim"),
    ],
)
def test_a_connection_can_be_cut(reply: Wire) -> None:
    with ScriptedServer([reply]) as server, pytest.raises(httpx2.RemoteProtocolError):
        post(server, {})


def test_closing_the_server_ends_a_hanging_answer() -> None:
    with httpx2.Client(trust_env=False) as http:
        with ScriptedServer([Wire((b"a", Hang()), framing="chunked")]) as server:
            url = f"{server.base_url}/chat/completions"
            answer = http.send(http.build_request("POST", url), stream=True)
        with pytest.raises(httpx2.RemoteProtocolError):
            answer.read()


def test_a_wrong_key_is_refused() -> None:
    with ScriptedServer([Text("x")], api_key="right") as server:
        assert post(server, {}).status_code == 401
        assert server.endpoint().api_key == "right"


def test_the_other_paths_of_the_api_answer_by_themselves() -> None:
    with ScriptedServer(models=("a", "b")) as server, httpx2.Client(trust_env=False) as http:
        listed = http.get(f"{server.base_url}/models").json()["data"]
        root = server.base_url.removesuffix("/v1")
        tokens = http.post(f"{root}/tokenize", json={"content": "f(x)"}).json()["tokens"]
        unknown = http.get(f"{server.base_url}/unknown")
        vectors = post(server, {"input": "a"}, "/embeddings").json()["data"]
    assert [model["id"] for model in listed] == ["a", "b"]
    assert len(tokens) == 4
    assert unknown.status_code == 404
    assert vectors == [{"index": 0, "embedding": vector_of("a")}]
    assert sum(number * number for number in vector_of("a")) == pytest.approx(1)


def test_routes_replace_and_remove_paths() -> None:
    routes = {"/v1/models": Json({"x": 1}), "/tokenize": None, "/health": Json({"status": "ok"})}
    with ScriptedServer(routes=routes) as server, httpx2.Client(trust_env=False) as http:
        root = server.base_url.removesuffix("/v1")
        assert http.get(f"{server.base_url}/models").json() == {"x": 1}
        assert http.post(f"{root}/tokenize", json={}).status_code == 404
        assert http.get(f"{root}/health").json() == {"status": "ok"}


def test_completions_and_infill_have_their_own_shapes() -> None:
    with ScriptedServer([Text("a"), Text("b")]) as server, httpx2.Client(trust_env=False) as http:
        plain = post(server, {}, "/completions").json()
        filled = http.post(server.base_url.removesuffix("/v1") + "/infill", json={}).json()
    assert plain["choices"][0]["text"] == "a"
    assert filled["content"] == "b"
