"""What the OpenAI API offers and we do not is refused by its name, and never passed over."""

from typing import Any

import pytest

from tests.server.stand import Stand

CHAT = {"model": "scripted", "messages": [{"role": "user", "content": "hi"}]}
TEXT = {"model": "scripted", "prompt": "def f"}
TOOL = {"type": "function", "function": {"name": "look", "parameters": {}}}


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("chat/completions", "logprobs", True),
        ("chat/completions", "top_logprobs", 3),
        ("chat/completions", "functions", [{"name": "look"}]),
        ("chat/completions", "n", 2),
        ("chat/completions", "tools", [{"type": "web_search"}]),
        ("chat/completions", "tools", [{"type": "function", "function": {}}]),
        ("chat/completions", "tools", [TOOL, TOOL]),
        ("completions", "logprobs", 0),
        ("completions", "logprobs", 5),
        ("completions", "echo", True),
        ("completions", "best_of", 3),
    ],
)
async def test_what_is_not_offered_is_refused(
    stand: Stand, path: str, field: str, value: Any
) -> None:
    body = (CHAT if path.startswith("chat") else TEXT) | {field: value}
    refused = await stand.client.post(f"/v1/{path}", json=body)
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert error["param"] == field
    assert error["message"].startswith(f"{field}: ")


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("chat/completions", {"logprobs": False, "top_logprobs": None, "functions": []}),
        ("chat/completions", {"tools": [TOOL], "n": 1}),
        ("completions", {"logprobs": None, "echo": False, "best_of": 1}),
    ],
)
async def test_what_asks_for_nothing_is_no_wish(
    stand: Stand, path: str, more: dict[str, Any]
) -> None:
    body = (CHAT if path.startswith("chat") else TEXT) | more
    assert (await stand.client.post(f"/v1/{path}", json=body)).status_code == 200


async def test_a_slash_at_the_end_leads_to_the_same_place(stand: Stand) -> None:
    listed = await stand.client.get("/v1/models/")
    assert listed.json()["object"] == "list"
    assert (await stand.client.get("/v1/models/scripted/")).json()["id"] == "scripted"
    assert (await stand.client.post("/v1/chat/completions/", json=CHAT)).status_code == 200
    assert (await stand.client.get("/api/status/")).status_code == 200
    assert (await stand.local.get("/api/status/")).status_code == 200
    assert (await stand.anonymous.get("/healthz/")).status_code == 200
    assert (await stand.anonymous.get("/v1/models/")).status_code == 401
    assert (await stand.client.get("/v1/nowhere/")).status_code == 404
