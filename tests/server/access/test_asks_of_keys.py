"""Going on over HTTP: each key from its own questions, and nobody from those of others."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.access.api_keys import SCOPES
from tests.server.access.test_runs_of_keys import Face, face_of
from tests.server.changing import SHOP
from tests.support import git_repository
from tests.support.replies import Body, Reply, Text
from tests.support.scripted_model import ScriptedServer

FIRST = "How does `count` count the prices?"


def model(_: Body) -> Reply:
    return Text("`count` counts them [1].")


Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def served(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


@pytest.fixture
async def face(tmp_path: Path, served: Path) -> AsyncIterator[Face]:
    with ScriptedServer(model) as server:
        async with face_of(tmp_path, (served,), server) as built:
            yield built


@pytest.fixture
def asked(served: Path) -> Ask:
    async def ask(client: httpx.AsyncClient, question: str, **more: Any) -> httpx.Response:
        fields = {"question": question, "repo": str(served), **more}
        return await client.post("/api/ask", json=fields)

    return ask


async def test_a_key_goes_on_from_its_own_questions_alone(face: Face, asked: Ask) -> None:
    async with face.key("alice") as (_, one), face.key("alice") as (_, two):
        said = await asked(one, FIRST)
        assert said.status_code == 200, said.text
        first = said.json()
        further = await asked(one, "And why?", **{"continue": "last"})
        named = await asked(one, "And why?", **{"continue": first["run"]})
        assert further.status_code == named.status_code == 200
        assert further.json()["question"] == named.json()["question"] == f"{FIRST} And why?"
        for client in (two, face.local):
            refused = await asked(client, "And why?", **{"continue": first["run"]})
            assert refused.status_code == 400
            assert "no question about" in refused.text
            assert "prices" not in refused.text
        assert (await two.get("/api/runs", params={"kind": "ask"})).json()["runs"] == []
        mine = (await one.get("/api/runs", params={"kind": "ask"})).json()["runs"]
        assert {(run["task"], run["status"]) for run in mine} == {
            (FIRST, "answered"),
            ("And why?", "answered"),
        }
        shown = (await one.get(f"/api/runs/{first['run']}")).json()
        assert shown["outcome"]["answer"] == first["answer"]


async def test_a_key_that_may_only_search_goes_on_too(face: Face, asked: Ask) -> None:
    async with face.key("bob", "search") as (key, client):
        assert key.scopes < SCOPES
        await asked(client, FIRST)
        further = await asked(client, "And why?", **{"continue": "last"})
    assert further.json()["question"] == f"{FIRST} And why?"


async def test_an_ask_is_no_change(face: Face, asked: Ask) -> None:
    run = (await asked(face.local, FIRST)).json()["run"]
    for verb in ("apply", "resume", "replay"):
        given = {"digest": "0" * 64, "model": "chat"}
        refused = await face.local.post(f"/api/runs/{run}/{verb}", json=given)
        assert refused.status_code == 400, verb
        assert "nothing to apply" in refused.text or "only changes go on" in refused.text
