import asyncio
import logging
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from server.access.throttle import BURST
from tests.server.stand import TOKEN, Stand
from tests.support import until

GUESS = "rt_0123456789ab_" + "A" * 43


async def test_without_a_key_every_route_but_health_is_401(stand: Stand) -> None:
    routes = [r for r in stand.application.routes.routes if isinstance(r, APIRoute)]
    paths = {(method, route.path) for route in routes for method in route.methods or ()}
    assert len(routes) == len(stand.application.routes.routes) == 29
    also = {("GET", path) for path in ("/docs", "/redoc", "/openapi.json", "/", "/nowhere")}
    for method, path in paths | also:
        response = await stand.anonymous.request(method, path)
        assert response.status_code == (200 if path == "/healthz" else 401), path
        if path != "/healthz":
            assert response.json()["error"]["code"] == "missing_api_key"
            assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/redoc", "/docs/nowhere/x", "/v1/nowhere", "/healthz/x"])
async def test_what_is_no_route_is_404(stand: Stand, path: str) -> None:
    response = await stand.client.get(path)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "no_such_route"


@pytest.mark.parametrize("header", ["Authorization", "x-api-key"])
async def test_a_key_may_come_in_either_header(stand: Stand, header: str) -> None:
    value = f"Bearer {stand.key}" if header == "Authorization" else stand.key
    assert (await stand.anonymous.get("/v1/models", headers={header: value})).status_code == 200


async def test_a_key_in_the_query_string_is_no_key(stand: Stand) -> None:
    response = await stand.anonymous.get("/v1/models", params={"key": stand.key})
    assert response.status_code == 401


@pytest.mark.parametrize("value", ["Basic abc", "Bearer", "Bearer ", "Bearer \xff", "nonsense"])
async def test_other_authorization_is_refused(stand: Stand, value: str) -> None:
    headers = {b"Authorization": value.encode("latin-1")}
    response = await stand.anonymous.get("/v1/models", headers=headers)
    assert response.status_code == 401


async def test_a_revoked_key_is_refused(stand: Stand) -> None:
    stand.keys.revoke(stand.keys.list()[0].id)
    response = await stand.client.get("/v1/models")
    assert response.status_code == 401
    assert response.json()["error"] == {
        "message": "this key is not known here or has been revoked; "
        "`rooftree keys list` shows the living ones",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_api_key",
    }


async def test_a_key_revoked_in_the_middle_of_an_answer_opens_nothing_more(stand: Stand) -> None:
    stand.services.hold = asyncio.Event()
    body = {"question": "where?", "stream": True}
    answering = asyncio.create_task(stand.client.post("/api/ask", json=body))
    await until(lambda: stand.services.asked)
    stand.keys.revoke(stand.keys.list()[0].id)
    for path in ("/api/status", "/v1/models", "/metrics"):
        assert (await stand.client.get(path)).status_code == 401
    assert (await stand.client.post("/api/ask", json=body)).status_code == 401
    stand.services.hold.set()
    ended = await answering
    assert "event: result" in ended.text, "what was begun before goes on to its end"
    assert len(stand.services.asked) == 1


async def test_wrong_keys_are_slowed_down_and_right_ones_are_not(stand: Stand) -> None:
    headers = {"Authorization": f"Bearer {GUESS}"}
    statuses = [
        (await stand.anonymous.get("/v1/models", headers=headers)).status_code
        for _ in range(BURST + 1)
    ]
    assert statuses == [401] * BURST + [429]
    refused = await stand.anonymous.get("/v1/models", headers=headers)
    assert int(refused.headers["retry-after"]) > 0
    assert (await stand.client.get("/v1/models")).status_code == 200


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [
        ("chat", {"/v1/models"}),
        ("search", {"/api/status"}),
        ("admin", {"/metrics"}),
        ("index", set()),
    ],
)
async def test_a_key_opens_only_its_scopes(stand: Stand, scope: str, allowed: set[str]) -> None:
    headers = {"x-api-key": stand.keys.create("narrow", (scope,))}
    for path in ("/v1/models", "/api/status", "/metrics"):
        response = await stand.anonymous.get(path, headers=headers)
        assert response.status_code == (200 if path in allowed else 403), path


async def test_the_token_of_the_socket_opens_nothing_over_tcp(stand: Stand) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert (await stand.anonymous.get("/api/status", headers=headers)).status_code == 401
    assert (await stand.local.get("/api/status")).status_code == 200


async def test_an_api_key_opens_nothing_at_the_socket(stand: Stand) -> None:
    headers = {"Authorization": f"Bearer {stand.key}"}
    assert (await stand.local.get("/api/status", headers=headers)).status_code == 401
    headers = {"Authorization": ""}
    response = await stand.local.get("/api/status", headers=headers)
    assert response.json()["error"]["code"] == "missing_api_key"


async def test_keys_are_never_logged(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await stand.client.get("/v1/models")
        await stand.anonymous.get("/v1/models", headers={"x-api-key": GUESS})
    assert stand.key not in caplog.text
    assert GUESS not in caplog.text


async def test_a_broken_key_database_is_a_500_without_a_stack(stand: Stand, tmp_path: Path) -> None:
    stand.keys.close()
    response = await stand.client.get("/v1/models")
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "storage"
    assert "Traceback" not in response.text
