"""Many changes at once in one server: each has its own events, copy and budget, and all end."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from server.access.api_keys import SCOPES, KeyStore
from server.access.request_guards import policy_for
from server.http.app import build_app
from tests.server.calls import Calls
from tests.server.changing import FIXED, SHOP, TASK, changing_config, coder
from tests.server.stand import client_of
from tests.support import git_repository
from tests.support.replies import Hang, Reply, Text, Wire
from tests.support.scripted_model import ScriptedServer

MAX_GROWTH = 48 << 20
"""Bytes by which the process may grow from one batch to the next."""


def marked(number: int) -> dict[str, str | bytes]:
    """Return the shop with a comment that no other shop has."""
    cart = str(SHOP["shop/cart.py"]).replace("result = 0", f"result = 0  # shop {number}")
    return SHOP | {"shop/cart.py": cart}


def careful(body: Mapping[str, Any]) -> Reply:
    """Repair as the coder does; text of two shops in one prompt would be cross-talk."""
    text = str(body)
    shops = {part.split()[0].rstrip("\\n'\"") for part in text.split("# shop ")[1:]}
    if len({shop.partition("\\")[0] for shop in shops}) > 1:
        return Text("cross-talk")
    return coder(body)


@dataclass(frozen=True)
class Server:
    """A server's application, two keys of one name and a narrow one, and the services behind."""

    services: Calls
    client: httpx.AsyncClient
    other: httpx.AsyncClient
    narrow: httpx.AsyncClient


@asynccontextmanager
async def serving(
    tmp_path: Path, model: ScriptedServer, repos: Sequence[Path], **sections: Any
) -> AsyncIterator[Server]:
    services = Calls(changing_config(tmp_path, model, **sections))
    keys = KeyStore(tmp_path / "keys.sqlite")
    face = build_app(services, repos).network_face(
        policy_for("127.0.0.1", 100_000, behind_proxy=False), keys
    )
    try:
        async with (
            client_of(face, keys.create("ada", ("execute", "review"))) as client,
            client_of(face, keys.create("ada", SCOPES)) as other,
            client_of(face, keys.create("cy", ("search", "chat"))) as narrow,
        ):
            yield Server(services, client, other, narrow)
    finally:
        keys.close()
        await services.aclose()


async def changed(server: Server, repo: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Ask for a change; returns its outcome and its events."""
    body = {"task": TASK, "repo": str(repo), "stream": True}
    response = await server.client.post("/api/change", json=body, timeout=300)
    assert response.status_code == 200
    frames = [part.split("\n") for part in response.text.split("\n\n") if part.strip(": \n")]
    told = [
        (head.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for head, data in (frame for frame in frames if len(frame) == 2)
    ]
    (outcome,) = [value for name, value in told if name == "result"]
    return outcome, [value for name, value in told if name != "result"]


async def _batch(server: Server, repos: Sequence[Path]) -> None:
    """Change all repositories at once, then apply each diff by its digest and take it back."""
    done = await asyncio.gather(*(changed(server, repo) for repo in repos))
    for number, (repo, (outcome, events)) in enumerate(zip(repos, done, strict=True)):
        cart = repo / "shop" / "cart.py"
        before = cart.read_text()
        assert (outcome["status"], outcome["applied"]) == ("verified", False)
        assert {event["run"] for event in events} == {outcome["run"]}
        assert [event["seq"] for event in events] == list(range(len(events)))
        run = f"/api/runs/{outcome['run']}"
        applied = await server.client.post(f"{run}/apply", json={"digest": outcome["digest"]})
        assert applied.json()["applied"]
        assert cart.read_text() == FIXED.replace("result = 0", f"result = 0  # shop {number}")
        assert not (await server.client.post(f"{run}/undo")).json()["applied"]
        assert cart.read_text() == before
    spent = {outcome["spending"]["model_calls"] for outcome, _ in done}
    assert len(spent) == 1
    _assert_all_ended(server)


def _assert_all_ended(server: Server) -> None:
    assert not list(server.services.config.paths.runs().glob("*/workspace"))
    assert not [name for name in os.listdir("/proc") if name.isdigit() and _is_bwrap(name)]  # noqa: PTH208 - in one go


def _is_bwrap(pid: str) -> bool:
    try:
        words = Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()
        return "(bwrap)" in Path("/proc", pid, "stat").read_text() and int(words[1]) == os.getpid()
    except OSError:
        return False


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def _together(tmp_path: Path, count: int, batches: int) -> None:
    repos = [git_repository(tmp_path, marked(number), f"shop{number}") for number in range(count)]
    sizes = []
    with ScriptedServer(careful) as model:
        async with serving(tmp_path, model, repos) as server:
            for _ in range(batches):
                await _batch(server, repos)
                sizes.append(_resident())
    assert sizes[-1] - sizes[0] < MAX_GROWTH


async def test_changes_at_once_do_not_meet(tmp_path: Path) -> None:
    await _together(tmp_path, 4, 2)


@pytest.mark.slow
async def test_twenty_changes_at_once_do_not_meet(tmp_path: Path) -> None:
    await _together(tmp_path, 20, 3)


async def test_changes_that_nobody_waits_for_any_more_all_end(tmp_path: Path) -> None:
    repos = [git_repository(tmp_path, marked(number), f"shop{number}") for number in range(4)]
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def mute(body: Mapping[str, Any]) -> Reply:
        loop.call_soon_threadsafe(asked.set)
        return Wire((), before=(Hang(),))

    with ScriptedServer(mute) as model:
        async with serving(tmp_path, model, repos) as server:
            waiting = [asyncio.create_task(changed(server, repo)) for repo in repos]
            await asyncio.wait_for(asked.wait(), 120)
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
            for _ in range(100):
                if not list(server.services.config.paths.runs().glob("*/workspace")):
                    break
                await asyncio.sleep(0.1)
            _assert_all_ended(server)
            states = {one.status for one in server.services.store.all()}
            assert states <= {"cancelled"}


async def test_a_diff_is_applied_only_by_its_digest_and_by_who_asked_for_it(
    tmp_path: Path,
) -> None:
    repo = git_repository(tmp_path, SHOP)
    with ScriptedServer(coder) as model:
        async with serving(tmp_path, model, [repo]) as server:
            outcome, _ = await changed(server, repo)
            run = f"/api/runs/{outcome['run']}"
            right = {"digest": outcome["digest"]}
            assert (await server.other.get(run)).status_code == 404
            assert (await server.other.post(f"{run}/apply", json=right)).status_code == 404
            assert (await server.other.get("/api/runs")).json()["runs"] == []
            wrong = await server.client.post(f"{run}/apply", json={"digest": "0" * 64})
            assert (wrong.status_code, "another diff" in wrong.text) == (400, True)
            assert "-= price" in (repo / "shop" / "cart.py").read_text()
            listed = (await server.client.get("/api/runs")).json()["runs"]
            assert [one["id"] for one in listed] == [outcome["run"]]
            told = (await server.client.get(run)).json()
            assert told["outcome"]["diff"] == outcome["diff"]
            assert (await server.client.post(f"{run}/apply", json=right)).json()["applied"]


async def test_more_runs_than_a_server_takes_are_refused(tmp_path: Path) -> None:
    repo = git_repository(tmp_path, SHOP)
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hang(body: Mapping[str, Any]) -> Reply:
        loop.call_soon_threadsafe(asked.set)
        return Wire((), before=(Hang(),))

    with ScriptedServer(hang) as model:
        async with serving(tmp_path, model, [repo], serve={"runs": 1}) as server:
            first = asyncio.create_task(changed(server, repo))
            await asyncio.wait_for(asked.wait(), 60)
            review = {"repo": str(repo), "base": "HEAD"}
            refused = await server.client.post("/api/review", json=review)
            assert refused.status_code == 429
            assert "1 runs are at work already" in refused.text
            first.cancel()
            await asyncio.wait({first})


async def test_work_needs_its_scope_and_a_repository_that_is_served(tmp_path: Path) -> None:
    repo = git_repository(tmp_path, SHOP)
    secret = git_repository(tmp_path, SHOP, "secret")
    with ScriptedServer(coder) as model:
        async with serving(tmp_path, model, [repo]) as server:
            for path in ("/api/change", "/api/review"):
                body = {"task": TASK, "base": "HEAD", "repo": str(repo)}
                body.pop("base" if path == "/api/change" else "task")
                assert (await server.narrow.post(path, json=body)).status_code == 403
                body["repo"] = str(secret)
                assert (await server.client.post(path, json=body)).status_code == 403
            assert (await server.narrow.get("/api/runs")).status_code == 403
            review = {"repo": str(repo), "base": "HEAD"}
            told = await server.client.post("/api/review", json=review, timeout=120)
            assert (told.status_code, told.json()["status"]) == (200, "partial")
