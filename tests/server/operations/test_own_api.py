import json
from typing import Any

import pytest

from rooftree.errors import IndexingError, IndexLockedError
from tests.server.stand import BODY, SERVED, SUMMARY, Stand


def frames_of(text: str) -> list[tuple[str, Any]]:
    frames = []
    for block in text.split("\n\n"):
        if block and not block.startswith(":"):
            name, data = block.split("\n")
            frames.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return frames


async def test_search_and_status_answer_as_the_services_do(stand: Stand) -> None:
    found = await stand.client.post("/api/search", json={"query": "push", "limit": 3})
    assert found.json()["hits"] == []
    assert (await stand.client.get("/api/status")).json()["indexed"] is False
    assert stand.services.asked == [
        ("search", {"query": "push", "limit": 3}),
        ("status", {}),
    ]


async def test_look_ups_answer_as_the_services_do(stand: Stand) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "symbols": {"name": "push", "kind": "method", "limit": 3},
        "references": {"name": "Queue.push"},
        "map": {"tokens": 300, "focus": ["queue.py"]},
        "history": {"query": "push", "since": "3 months", "path": "src", "limit": 2},
    }
    for name, body in bodies.items():
        assert (await stand.client.post(f"/api/{name}", json=body)).status_code == 200
        assert (await stand.anonymous.post(f"/api/{name}", json=body)).status_code == 401
    assert stand.services.asked == list(bodies.items())


@pytest.mark.parametrize(
    ("name", "body", "param"),
    [
        ("symbols", {}, "name"),
        ("symbols", {"name": "x", "limit": 0}, "limit"),
        ("map", {"tokens": 1}, "tokens"),
        ("history", {"query": "x", "limit": 1000}, "limit"),
    ],
)
async def test_a_wrong_field_of_a_look_up_is_named(
    stand: Stand, name: str, body: dict[str, Any], param: str
) -> None:
    response = await stand.client.post(f"/api/{name}", json=body)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param


async def test_ask_answers_whole(stand: Stand) -> None:
    answer = (await stand.client.post("/api/ask", json={"question": "where?"})).json()
    assert answer["status"] == "answered"
    assert answer["answer"] == BODY + SUMMARY


async def test_ask_streams_its_events_and_then_the_answer(stand: Stand) -> None:
    body = {"question": "where?", "stream": True}
    frames = frames_of((await stand.client.post("/api/ask", json=body)).text)
    names = [name for name, _ in frames]
    assert names[0] == "run.started"
    assert names[-2:] == ["run.finished", "result"]
    assert [frame["seq"] for _, frame in frames[:-1]] == list(range(len(frames) - 1))
    assert frames[-1][1]["answer"] == BODY + SUMMARY


async def test_index_tells_its_progress_from_another_thread(stand: Stand) -> None:
    response = await stand.client.post("/api/index", json={"stream": True})
    frames = frames_of(response.text)
    assert [name for name, _ in frames] == ["progress", "result"]
    assert frames[0][1]["data"] == {"stage": "index", "done": 1, "total": 1}


async def test_a_failure_at_the_start_of_a_stream_has_its_status(stand: Stand) -> None:
    stand.services.error = IndexLockedError("process 7 writes it")
    response = await stand.client.post("/api/ask", json={"question": "q", "stream": True})
    assert response.status_code == 409
    assert response.json() == {
        "error": {"message": "process 7 writes it", "code": "index_locked", "param": None}
    }


async def test_over_tcp_only_served_repositories_can_be_named(stand: Stand) -> None:
    body = {"query": "push", "repo": str(SERVED) + "/"}
    assert (await stand.client.post("/api/search", json=body)).status_code == 200
    assert stand.services.asked[-1] == ("search", {"query": "push", "repo": str(SERVED)})
    for path in ("/etc", f"{SERVED}/../other", f"{SERVED}/inner", "/"):
        refused = await stand.client.get("/api/status", params={"repo": path})
        assert refused.status_code == 403
        assert refused.json()["error"]["code"] == "repository_not_served"


async def test_at_the_socket_any_absolute_path_can_be_named(stand: Stand) -> None:
    assert (await stand.local.get("/api/status", params={"repo": "/any"})).status_code == 200
    for path in ("relative", "", "/nul\0"):
        refused = await stand.local.get("/api/status", params={"repo": path})
        assert refused.status_code == 400
        assert refused.json()["error"]["param"] == "repo"


@pytest.mark.parametrize(
    ("body", "param"),
    [({}, "query"), ({"query": 7}, "query"), ({"query": "q", "limit": 0}, "limit")],
)
async def test_a_wrong_field_of_a_search_is_named(
    stand: Stand, body: dict[str, Any], param: str
) -> None:
    response = await stand.client.post("/api/search", json=body)
    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
    assert param in response.json()["error"]["message"]


async def test_an_indexing_failure_is_a_500_that_says_what_failed(stand: Stand) -> None:
    stand.services.error = IndexingError("the disk is full")
    response = await stand.client.get("/api/status")
    assert response.status_code == 500
    assert response.json()["error"]["message"] == "the disk is full"


async def test_wrong_methods_are_405(stand: Stand) -> None:
    response = await stand.client.get("/api/search")
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"


async def test_what_happened_can_be_measured(stand: Stand) -> None:
    await stand.client.post("/api/ask", json={"question": "q"})
    question = [{"role": "user", "content": "secret words"}]
    chat = {"model": "scripted", "messages": question}
    await stand.client.post("/v1/chat/completions", json=chat)
    await stand.client.post("/v1/chat/completions", json=chat | {"model": "rooftree"})
    await stand.anonymous.get("/nowhere")
    await stand.anonymous.request("BREW", "/v1/models")
    text = (await stand.client.get("/metrics")).text
    for line in (
        'rooftree_requests_total{method="POST",route="/api/ask",status="200"} 1.0',
        'rooftree_requests_total{method="GET",route="none",status="401"} 1.0',
        'rooftree_requests_total{method="other",route="none",status="401"} 1.0',
        'rooftree_request_seconds_count{route="/v1/chat/completions"} 2.0',
        'rooftree_model_tokens_total{direction="in",model="scripted"} 17.0',
        'rooftree_asks_total{status="answered"} 2.0',
        "rooftree_requests_running 1.0",
    ):
        assert line in text.splitlines(), line
    assert "secret" not in text


async def test_several_repositories_are_named_by_repos(stand: Stand) -> None:
    body = {"query": "push", "repos": [str(SERVED)], "limit": 3}
    found = await stand.client.post("/api/search", json=body)
    assert found.json()["hits"] == []
    assert stand.services.asked == [("search", body)]
    elsewhere = {"query": "push", "repos": [str(SERVED), "/etc"]}
    refused = await stand.client.post("/api/search", json=elsewhere)
    assert refused.json()["error"]["code"] == "repository_not_served"
    both = {"query": "push", "repo": str(SERVED), "repos": [str(SERVED)]}
    assert (await stand.client.post("/api/search", json=both)).status_code == 400
    none: dict[str, Any] = {"query": "push", "repos": []}
    assert (await stand.client.post("/api/search", json=none)).status_code == 400
