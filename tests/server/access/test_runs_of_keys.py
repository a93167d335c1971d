"""Whose a run is: its key's, by id, and only while its repository is served."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from agents.runs.store import RunFolder, StoredRun
from rooftree.git.commands import open_worktree
from server.access.api_keys import SCOPES, ApiKey, KeyStore
from server.access.request_guards import policy_for
from server.http.app import build_app
from tests.server.calls import Calls
from tests.server.changing import BUGGY, FIXED, SHOP, changing_config, coder
from tests.server.reviewing import BROKEN, proposed
from tests.server.stand import TOKEN, client_of
from tests.support import git_repository
from tests.support.scripted_model import ScriptedServer
from tools.drafts.draft import Draft, save_draft
from tools.drafts.snapshot import take_snapshot

ABSENT = "20200101-000000-abcdef"


@dataclass(frozen=True)
class Face:
    """A server with real services and without sockets."""

    services: Calls
    keys: KeyStore
    network: Any
    local: httpx.AsyncClient

    @asynccontextmanager
    async def key(self, name: str, *scopes: str) -> AsyncIterator[tuple[ApiKey, httpx.AsyncClient]]:
        text = self.keys.create(name, scopes or SCOPES)
        key = self.keys.check(text)
        assert key is not None
        async with client_of(self.network, text) as client:
            yield key, client

    def run(self, repo: Path, owner: str = "", **more: Any) -> RunFolder:
        """Keep a run that ended."""
        begun = StoredRun("change", "task", str(repo), None, "m", owner=owner, **more)
        folder = self.services.store.create(begun)
        folder.end("verified", "done", {}, applied=False)
        return folder


@asynccontextmanager
async def face_of(
    tmp_path: Path, repos: Sequence[Path], model: ScriptedServer
) -> AsyncIterator[Face]:
    services = Calls(changing_config(tmp_path, model))
    keys = KeyStore(tmp_path / "keys.sqlite")
    application = build_app(services, repos)
    policy = policy_for("127.0.0.1", 100_000, behind_proxy=False)
    network = application.network_face(policy, keys)
    try:
        async with client_of(application.socket_face(policy, TOKEN), TOKEN) as local:
            yield Face(services, keys, network, local)
    finally:
        keys.close()
        await services.aclose()


@pytest.fixture
def served(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


@pytest.fixture
async def face(tmp_path: Path, served: Path) -> AsyncIterator[Face]:
    with ScriptedServer(coder) as model:
        async with face_of(tmp_path, (served,), model) as built:
            yield built


async def listed(client: httpx.AsyncClient) -> list[str]:
    return [one["id"] for one in (await client.get("/api/runs")).json()["runs"]]


async def answers(client: httpx.AsyncClient, run: str) -> list[tuple[int, str]]:
    """Return what every route about one run says."""
    base = f"/api/runs/{run}"
    said = [
        await client.get(base),
        await client.post(f"{base}/apply", json={"digest": "0" * 64}),
        await client.post(f"{base}/undo"),
    ]
    return [(one.status_code, one.text.replace(run, "RUN")) for one in said]


async def test_a_second_key_of_the_same_name_sees_nothing(face: Face, served: Path) -> None:
    async with face.key("alice") as (first, one), face.key("alice") as (_, two):
        run = face.run(served, first.id)
        assert await listed(one) == [run.id]
        assert await listed(two) == []
        assert await answers(two, run.id) == await answers(two, ABSENT)
        assert {status for status, _ in await answers(two, ABSENT)} == {404}
        assert (await one.get(f"/api/runs/{run.id}")).json()["id"] == run.id


async def test_runs_of_the_user_are_no_keys(face: Face, served: Path) -> None:
    mine = face.run(served)
    old = [
        face.run(served, settings={"owner": name}) for name in ("alice", "unix socket", "local", "")
    ]
    for name in ("unix socket", "alice", "local"):
        async with face.key(name) as (key, client):
            by_id = face.run(served, settings={"owner": key.id})
            assert await listed(client) == []
            for run in (mine, by_id, *old):
                assert await answers(client, run.id) == await answers(client, ABSENT)
    assert {mine.id, *(run.id for run in old)} <= set(await listed(face.local))


async def test_a_run_kept_before_runs_had_owners_is_read(face: Face, served: Path) -> None:
    run = face.run(served)
    told = json.loads((run.path / "run.json").read_text())
    del told["owner"]
    (run.path / "run.json").write_text(json.dumps(told | {"settings": {"owner": "alice"}}))
    assert run.record().owner == ""
    assert await listed(face.local) == [run.id]


async def test_a_run_of_a_repository_that_is_not_served_any_more_is_not_there(
    tmp_path: Path, face: Face, served: Path
) -> None:
    other = git_repository(tmp_path, SHOP, "other")
    inner = served / "inner"
    async with face.key("ada") as (key, client):
        kept = face.run(served, key.id)
        for repo in (other, inner, served.parent, Path("/")):
            run = face.run(repo, key.id)
            assert await answers(client, run.id) == await answers(client, ABSENT)
        assert await listed(client) == [kept.id]
    assert len(await listed(face.local)) == 5


async def test_a_change_is_neither_applied_nor_undone_where_it_is_not_served(
    tmp_path: Path, face: Face, served: Path
) -> None:
    """What counts are the bytes of the file."""
    other = git_repository(tmp_path, SHOP, "other")
    digests, runs = [], []
    async with face.key("ada") as (key, client):
        for repo in (served, other):
            run = face.run(repo, key.id)
            snapshot = await asyncio.to_thread(take_snapshot, open_worktree(repo), run.blobs)
            run.save_snapshot(snapshot)
            draft = Draft(snapshot, {"shop/cart.py": FIXED.encode()})
            save_draft(draft, run.path)
            digests.append(draft.digest)
            runs.append(run)
        for repo, run, digest, done in zip(
            (served, other), runs, digests, (True, False), strict=True
        ):
            cart = repo / "shop" / "cart.py"
            base = f"/api/runs/{run.id}"
            applied = await client.post(f"{base}/apply", json={"digest": digest})
            assert applied.status_code == (200 if done else 404), applied.text
            assert cart.read_text() == (FIXED if done else BUGGY)
        await face.services.apply(runs[1].id, digests[1])
        cart = other / "shop" / "cart.py"
        assert (await client.post(f"/api/runs/{runs[1].id}/undo")).status_code == 404
        assert cart.read_text() == FIXED
        assert (await client.post(f"/api/runs/{runs[0].id}/undo")).status_code == 200
        assert (served / "shop" / "cart.py").read_text() == BUGGY


async def test_nothing_tells_how_many_runs_of_others_begin_with_a_text(
    face: Face, served: Path
) -> None:
    async with face.key("ada") as (key, one), face.key("bob") as (_, two):
        runs = [face.run(served, key.id).id for _ in range(4)]
        of_user = face.run(served).id
        for client in (one, two):
            for name in ("2", "last", runs[0][:8], runs[0][:-1], of_user[:-1], of_user, "%20"):
                said = await answers(client, name)
                assert [status for status, _ in said] == [404] * 3
                assert len({text for _, text in said}) == 1
                assert "runs begin" not in said[0][1]
                assert "you have no run" in said[0][1]


async def test_a_key_that_may_not_execute_has_no_tests_run(tmp_path: Path) -> None:
    """The project's test breaks by the change, so that a run of it would be a finding."""
    folder = proposed(tmp_path, {"shop/cart.py": BROKEN})
    with ScriptedServer(coder) as model:
        async with face_of(tmp_path, (folder,), model) as face:
            body = {"repo": str(folder), "base": "main", "head": "work"}
            async with face.key("reads", "review") as (key, client):
                refused = await client.post("/api/review", json=body | {"tests": True})
                assert refused.status_code == 403
                assert "'execute', which running the repository's tests needs" in refused.text
                assert face.services.store.all() == []
                quiet = (await client.post("/api/review", json=body, timeout=300)).json()
                declined = await client.post("/api/review", json=body | {"tests": False})
                assert (await client.get("/api/runs")).status_code == 403
                owners = {one.owner for one in face.services.store.all()}
                assert owners == {key.id}
            async with face.key("runs", "review", "execute") as (_, client):
                loud = (await client.post("/api/review", json=body, timeout=300)).json()
    assert (quiet["tests_ran"], quiet["commands"]) == (0, [])
    assert "tests were not run: the key lacks the scope 'execute'" in quiet["notes"]
    assert quiet["status"] == "incomplete"
    assert declined.json()["commands"] == []
    assert not [note for note in declined.json()["notes"] if "execute" in note]
    assert loud["commands"]
    assert loud["findings"][0]["severity"] == "critical"
