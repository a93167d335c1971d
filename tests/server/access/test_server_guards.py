from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import ConfigError
from server.access.request_guards import host_name, policy_for
from tests.server.stand import BASE, Running, Stand, client_of, standing
from tests.support.scripted_model import ScriptedServer

EVERYWHERE = "0.0.0.0"  # noqa: S104 - a made-up setting; nothing listens there
SEARCH = {"query": "queue"}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8311", "localhost:1", "LOCALHOST", "[::1]", "[::1]:8311"]
)
async def test_our_own_names_are_answered(stand: Stand, host: str) -> None:
    response = await stand.anonymous.get("/healthz", headers={"Host": host})
    assert response.json() == {"status": "ok"}


@pytest.mark.parametrize(
    "host",
    [
        "evil.com",
        "127.0.0.1.evil",
        "127.0.0.1.evil:8311",
        "localhost.evil.com",
        "evil.com@127.0.0.1",
        "127.0.0.1/evil",
        "127.0.0.1:port",
        "192.168.1.7",
        "[::1",
        "",
    ],
)
async def test_foreign_names_are_refused_even_with_a_key(stand: Stand, host: str) -> None:
    response = await stand.client.get("/v1/models", headers={"Host": host})
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "foreign_host"


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("Origin", "null", 403),
        ("Origin", "https://evil.com", 403),
        ("Origin", "http://127.0.0.1:9999", 403),
        ("Origin", "https://127.0.0.1:8311", 403),
        ("Origin", BASE, 200),
        ("Sec-Fetch-Site", "cross-site", 403),
        ("Sec-Fetch-Site", "same-site", 403),
        ("Sec-Fetch-Site", "same-origin", 200),
        ("Sec-Fetch-Site", "none", 200),
    ],
)
async def test_other_sites_are_refused(stand: Stand, name: str, value: str, status: int) -> None:
    response = await stand.client.post("/api/search", json=SEARCH, headers={name: value})
    assert response.status_code == status
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "json"]
)
async def test_a_body_that_is_not_said_to_be_json_is_refused(stand: Stand, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    response = await stand.client.post("/api/search", content=b"{}", headers=headers)
    assert response.status_code == 415
    assert not stand.services.asked


async def test_json_may_name_its_charset(stand: Stand) -> None:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    response = await stand.client.post(
        "/api/search", content=b'{"query": "queue"}', headers=headers
    )
    assert response.status_code == 200


async def test_a_post_without_a_body_needs_no_type(stand: Stand) -> None:
    assert (await stand.client.post("/api/index")).status_code == 200


@pytest.fixture
async def narrow(tmp_path: Path, scripted: ScriptedServer) -> AsyncIterator[Stand]:
    async with standing(tmp_path, scripted, largest_body_bytes=2000) as built:
        yield built


async def test_an_announced_body_that_is_too_large_is_refused(narrow: Stand) -> None:
    response = await narrow.client.post("/api/search", json={"query": "x" * 3000})
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "body_too_large"


@pytest.mark.parametrize("path", ["/api/search", "/v1/chat/completions"])
async def test_a_chunked_body_is_counted_as_it_comes(narrow: Stand, path: str) -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while taken < 1_000_000:
            taken += 100
            yield b"x" * 100

    headers = {"Content-Type": "application/json"}
    response = await narrow.client.post(path, content=endless(), headers=headers)
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "body_too_large"
    assert taken < 3000


async def test_a_chunked_body_is_cut_off_at_a_real_socket(running: Running) -> None:
    async def large() -> AsyncIterator[bytes]:
        for _ in range(120):
            yield b"x" * 50_000

    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {running.key}"}
    async with httpx.AsyncClient(base_url=running.url, trust_env=False) as client:
        response = await client.post("/api/search", content=large(), headers=headers)
    assert response.status_code == 413


async def test_websockets_are_not_served(stand: Stand) -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    policy = policy_for("127.0.0.1", 1000, behind_proxy=False)
    face = stand.application.network_face(policy, stand.keys)
    scope = {"type": "websocket", "path": "/v1/models", "headers": [], "method": "GET"}
    await face(scope, receive, send)
    assert sent == []


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.168.1.7", "code.example.com", "127.1"])
def test_an_address_that_others_reach_needs_a_proxy(host: str) -> None:
    with pytest.raises(ConfigError, match="TLS proxy"):
        policy_for(host, 1000, behind_proxy=False)
    seen_as = "192.168.1.7:80" if host in (EVERYWHERE, "::") else host
    assert policy_for(host, 1000, behind_proxy=True).knows(seen_as)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_needs_none(host: str) -> None:
    assert not policy_for(host, 1000, behind_proxy=False).knows("192.168.1.7")


def test_behind_a_proxy_names_are_still_refused_on_every_address() -> None:
    assert not policy_for(EVERYWHERE, 1000, behind_proxy=True).knows("evil.com")


async def test_the_unix_socket_asks_for_no_host(stand: Stand) -> None:
    policy = policy_for("127.0.0.1", 1000, behind_proxy=False)
    face = stand.application.socket_face(
        type(policy)(policy.largest_body_bytes, hosts=None), "token"
    )
    async with client_of(face, "token", "http://anything") as client:
        assert (await client.get("/api/status")).status_code == 200
        refused = await client.post("/api/search", content=b"x" * 1001)
        assert refused.status_code == 415


@given(st.text(max_size=40))
def test_any_host_header_has_a_name_or_none(value: str) -> None:
    name = host_name(value)
    assert name == "" or name in value.lower()
