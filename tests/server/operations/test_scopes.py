"""What each scope opens: every route with every set of scopes, and the table that says so."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from server.access.api_keys import SCOPES, USUAL_SCOPES, CallerAccess
from server.operations.work.review import ReviewRequest, may_run_tests
from tests.server.stand import EMBEDDER, Stand

TABLE = Path(__file__).parents[3] / "docs" / "server.md"
TALK = {"messages": [{"role": "user", "content": "Where?"}]}
WRONG = "rt_0123456789ab_" + "A" * 43


@dataclass(frozen=True)
class Row:
    """One way to use a route, and the scopes that it takes."""

    route: str
    needs: frozenset[str]
    body: Mapping[str, Any] | None = None
    path: str = ""
    """What stands for the parts of the route that vary."""
    name: str = field(default="")
    any_key: bool = False
    """Whether it takes a key, of whatever scope."""

    @property
    def method(self) -> str:
        return self.route.split()[0]

    @property
    def url(self) -> str:
        return self.path or self.route.split()[1]

    def __str__(self) -> str:
        return f"{self.route} {self.name}".strip()


def rows() -> Iterator[Row]:
    none, chat, search = frozenset[str](), frozenset({"chat"}), frozenset({"search"})
    execute, review = frozenset({"execute"}), frozenset({"review"})
    ours = "rooftree"
    yield Row("GET /healthz", none)
    yield Row("GET /openapi.json", none, any_key=True)
    yield Row("GET /docs", none, any_key=True)
    yield Row("GET /docs/{name}", none, path="/docs/page.js", any_key=True)
    yield Row("GET /v1/models", chat)
    yield Row("GET /v1/models/{model:path}", chat, path="/v1/models/scripted")
    for model, needs in (("scripted", chat), (ours, chat | search)):
        for stream in (False, True):
            told = {"model": model, "stream": stream}
            name = f"{model}{' streamed' if stream else ''}"
            yield Row("POST /v1/chat/completions", needs, TALK | told, name=name)
            yield Row("POST /v1/completions", needs, told | {"prompt": "def"}, name=name)
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    tooled = TALK | {"model": ours, "tools": [tool]}
    yield Row("POST /v1/chat/completions", chat | search, tooled, name="with tools")
    for model, needs in ((EMBEDDER, chat), (ours, chat | search)):
        yield Row("POST /v1/embeddings", needs, {"model": model, "input": "x"}, name=model)
    for look, body in {
        "search": {"query": "x"},
        "symbols": {"name": "x"},
        "references": {"name": "x"},
        "map": {},
        "history": {"query": "x"},
        "ask": {"question": "x"},
    }.items():
        yield Row(f"POST /api/{look}", search, body)
    yield Row("GET /api/status", search)
    yield Row("GET /api/languages", search)
    yield Row("GET /api/project", execute)
    yield Row("POST /api/index", frozenset({"index"}), {})
    yield Row("POST /api/change", execute, {"task": "x"})
    base = {"base": "main"}
    yield Row("POST /api/review", review, base, name="tests not said")
    yield Row("POST /api/review", review, base | {"tests": False}, name="without tests")
    yield Row("POST /api/review", review | execute, base | {"tests": True}, name="with tests")
    yield Row("GET /api/runs", execute)
    yield Row("GET /api/runs/{run}", execute, path="/api/runs/r")
    digest = {"digest": "0" * 64}
    yield Row("POST /api/runs/{run}/apply", execute, digest, path="/api/runs/r/apply")
    for act in ("undo", "resume"):
        yield Row(f"POST /api/runs/{{run}}/{act}", execute, path=f"/api/runs/r/{act}")
    again = {"model": "small"}
    yield Row("POST /api/runs/{run}/replay", execute, again, path="/api/runs/r/replay")
    yield Row("GET /api/runs/{run}/diff", execute, path="/api/runs/r/diff")
    yield Row("GET /metrics", frozenset({"admin"}))


ROWS = tuple(rows())
SETS = [
    frozenset(some)
    for some in chain.from_iterable(combinations(sorted(SCOPES), n) for n in range(1, 7))
]


@pytest.fixture
def keys(stand: Stand) -> dict[frozenset[str], str]:
    """One key for every set of scopes."""
    return {scopes: stand.keys.create("one", scopes) for scopes in SETS}


async def tried(stand: Stand, row: Row, key: str) -> httpx.Response:
    headers = {"x-api-key": key} if key else {}
    return await stand.anonymous.request(row.method, row.url, json=row.body, headers=headers)


def test_every_route_has_its_rows(stand: Stand) -> None:
    """A new route must say here, and in the table, which scope it takes."""
    routes = stand.application.routes.routes
    assert all(isinstance(route, APIRoute) for route in routes), "a mount has no scope"
    known = {
        f"{method} {route.path}"
        for route in routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }
    assert known == {row.route for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_a_route_opens_to_its_scopes_and_to_nothing_else(
    stand: Stand, keys: dict[frozenset[str], str], row: Row
) -> None:
    enough = [scopes for scopes in SETS if row.needs <= scopes]
    for scopes in SETS:
        if scopes not in enough:
            assert (await tried(stand, row, keys[scopes])).status_code == 403, scopes
    assert stand.services.asked == [], "refused, and yet begun"
    for scopes in enough:
        assert (await tried(stand, row, keys[scopes])).status_code == 200, scopes


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_whoever_lacks_a_scope_is_told_which(
    stand: Stand, keys: dict[frozenset[str], str], row: Row
) -> None:
    for scope in sorted(SCOPES):
        response = await tried(stand, row, keys[frozenset({scope})])
        if row.needs <= {scope}:
            assert response.status_code == 200
            continue
        assert response.status_code == 403
        error = response.json()["error"]
        assert error["code"] == "missing_scope"
        assert any(f"lacks the scope {one!r}" in error["message"] for one in row.needs - {scope})
        assert "rooftree keys create" in error["message"]


@pytest.mark.parametrize("row", ROWS, ids=str)
async def test_no_key_a_wrong_one_and_a_revoked_one_open_nothing(stand: Stand, row: Row) -> None:
    revoked = stand.keys.create("gone", SCOPES)
    stand.keys.revoke(next(key.id for key in stand.keys.list() if key.name == "gone"))
    for key in ("", WRONG, revoked):
        response = await tried(stand, row, key)
        assert response.status_code == (401 if row.needs or row.any_key else 200)
    assert stand.services.asked == []


async def test_a_body_that_is_wrong_is_no_way_around(stand: Stand) -> None:
    narrow = stand.keys.create("narrow", ("index",))
    for row in ROWS:
        if row.needs and row.method == "POST" and "index" not in row.needs:
            headers = {"x-api-key": narrow}
            response = await stand.anonymous.post(row.url, json={"no": "such"}, headers=headers)
            assert response.status_code == 403, row


async def test_the_model_that_reads_code_is_listed_for_those_who_may_read(stand: Stand) -> None:
    chat = {"x-api-key": stand.keys.create("talks", ("chat",))}
    listed = (await stand.anonymous.get("/v1/models", headers=chat)).json()["data"]
    assert [one["id"] for one in listed] == ["scripted", EMBEDDER]
    ours = await stand.anonymous.get("/v1/models/rooftree", headers=chat)
    nobodys = await stand.anonymous.get("/v1/models/nobodys", headers=chat)
    assert ours.status_code == nobodys.status_code == 404
    assert ours.text.replace("rooftree", "nobodys") == nobodys.text
    both = {"x-api-key": stand.keys.create("reads")}
    listed = (await stand.anonymous.get("/v1/models", headers=both)).json()["data"]
    assert [one["id"] for one in listed] == ["rooftree", "scripted", EMBEDDER]


def test_tests_of_a_review_follow_the_key() -> None:
    lacking = "tests were not run: the key lacks the scope 'execute'"
    told = [
        may_run_tests(ReviewRequest(base="main", **tests), CallerAccess("key", frozenset(scopes)))
        for scopes in ({"review"}, {"review", "execute"})
        for tests in ({}, {"tests": False}, {"tests": None})
    ]
    assert told[:3] == [(False, lacking), (False, ""), (False, lacking)]
    assert told[3:] == [(True, ""), (False, ""), (True, "")]


async def test_the_user_of_the_machine_may_do_everything(stand: Stand) -> None:
    for row in ROWS:
        response = await stand.local.request(row.method, row.url, json=row.body)
        assert response.status_code == 200, row


def test_the_table_says_what_the_server_does() -> None:
    said: dict[str, set[str]] = {}
    for line in TABLE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) != 3:
            continue
        scopes = re.findall(r"`(\w+)`", cells[0])
        if len(scopes) < 2:  # rows of two scopes tell of bodies, not of routes
            routes = re.findall(r"`((?:GET|POST) [^`]+)`", cells[1])
            said |= {route: set(scopes) for route in routes}
    done: dict[str, set[str]] = {}
    for row in ROWS:
        route = row.route.replace(":path", "")
        done[route] = set(row.needs) & done.get(route, set(row.needs))
    assert said == done
    for two in ("`chat` and `search`", "`review` and `execute`"):
        assert f"| {two} |" in TABLE.read_text("utf-8")


def test_a_key_asks_and_reads_unless_more_is_wanted(stand: Stand) -> None:
    stand.keys.create("plain")
    assert stand.keys.list()[-1].scopes == USUAL_SCOPES == {"chat", "search"}
