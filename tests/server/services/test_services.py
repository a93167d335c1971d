"""The services of one process: what they answer, together, and how they end."""

import asyncio
import multiprocessing
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from indexing.repository.lock import repository_lock
from indexing.repository.refresh import A_SECOND
from rooftree.errors import EmbeddingError, UsageError
from rooftree.telemetry.events import Event
from server.operations.find.search import MAX_HITS, MAX_QUERY_LENGTH
from server.services import background_refresh as freshness
from server.services.embedding import embedded
from tests.agents.scenes import ABSENT, FOUND, GOOD, SHOP, small_config
from tests.server.calls import Calls, ignore
from tests.support import HashingEmbedder, git_repository, project, until, write_files
from tests.support.replies import Events, Hang, Text
from tests.support.scripted_model import ScriptedServer


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer(lambda _: Text(GOOD)) as server:
        yield server


@asynccontextmanager
async def at_home(
    tmp_path: Path,
    model: ScriptedServer | None = None,
    *,
    embedder: HashingEmbedder | None = None,
    **options: Any,
) -> AsyncIterator[Calls]:
    endpoint = model.base_url if model else "http://127.0.0.1:9/v1"
    config = small_config(tmp_path, model={"name": "scripted", "endpoint": endpoint})
    services = Calls(config, embedder=embedder, given=True, **options)
    try:
        yield services
    finally:
        await services.aclose()


async def test_ask_tells_its_events_in_the_loop_and_in_order(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    heard: list[tuple[Event, int]] = []
    async with at_home(tmp_path, model) as services:
        answer = await services.ask(
            FOUND, shop, lambda event: heard.append((event, threading.get_ident()))
        )
    assert answer.status == "answered"
    assert [event.seq for event, _ in heard] == list(range(len(heard)))
    assert {thread for _, thread in heard} == {threading.get_ident()}
    assert heard[0][0].kind == "run.started"


async def test_two_questions_are_answered_at_once(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    other = git_repository(tmp_path, project(20), "other")
    async with at_home(tmp_path, model, default=shop) as services:
        found, absent, elsewhere = await asyncio.gather(
            services.ask(FOUND, None, ignore),
            services.ask(ABSENT, None, ignore),
            services.ask("How are goods put into the basket?", other, ignore),
        )
        assert len(services.repositories.roots()) == 2
    assert (found.status, absent.status, elsewhere.status) == (
        "answered",
        "not_found",
        "answered",
    )
    assert elsewhere.citations[0].path.startswith("shop/part_")


async def test_all_paths_into_a_repository_lead_to_one(tmp_path: Path, shop: Path) -> None:
    (tmp_path / "link").symlink_to(shop)
    async with at_home(tmp_path) as services:
        first = services.repositories.open(shop)
        assert services.repositories.open(shop / "shop") is first
        assert services.repositories.open(tmp_path / "link") is first
        assert services.repositories.hosted() == (first,)


async def test_a_server_without_a_default_asks_for_one(tmp_path: Path) -> None:
    async with at_home(tmp_path) as services:
        with pytest.raises(UsageError, match="name a repository"):
            await services.status(None)


async def test_a_search_indexes_what_was_never_indexed(tmp_path: Path, shop: Path) -> None:
    async with at_home(tmp_path, default=shop) as services:
        result = await services.search("price_of", None, 3)
        assert result["hits"][0]["path"] == "shop/prices.py"
        assert result["repo"] == str(shop)
        write_files(shop, {"shop/new.py": "# n\n" * (A_SECOND // 4 + 1)})
        again = await services.search("price_of", None, 3)
    assert again["coverage"]["files_behind"] == 1


@pytest.mark.parametrize(
    ("query", "limit"),
    [("", 5), (" ", 5), ("x", 0), ("x", MAX_HITS + 1), ("x" * (MAX_QUERY_LENGTH + 1), 5)],
)
async def test_a_wrong_search_is_refused(
    tmp_path: Path, shop: Path, query: str, limit: int
) -> None:
    async with at_home(tmp_path, default=shop) as services:
        with pytest.raises(UsageError):
            await services.search(query, None, limit)


async def test_status_and_index_say_the_same(tmp_path: Path, shop: Path) -> None:
    heard: list[Event] = []
    async with at_home(tmp_path, default=shop, embedder=HashingEmbedder()) as services:
        assert (await services.status(None))["indexed"] is False
        indexed = await services.index(None, heard.append)
        status = await services.status(None)
    # A run tells of its own look at the files, and a status looks anew.
    assert indexed.pop("looked_seconds_ago") >= status.pop("looked_seconds_ago")
    assert indexed.items() >= status.items()
    assert status["dense_share"] == 1.0
    assert indexed["parsed"] == 4
    stages = [event.data["stage"] for event in heard if event.kind == "progress"]
    assert list(dict.fromkeys(stages)) == ["index", "searchable", "vectors"]


async def test_indexing_says_for_whom_it_waits(tmp_path: Path, shop: Path) -> None:
    heard: list[Event] = []
    async with at_home(tmp_path, default=shop) as services:
        folder = services.repositories.open(shop).repository.folder
        with repository_lock(folder, "a test", wait_seconds=0):
            task = asyncio.create_task(services.index(None, heard.append))
            await until(lambda: any(event.data.get("stage") == "waiting" for event in heard))
        await task
    holder = next(event.data["holder"] for event in heard if event.data.get("stage") == "waiting")
    assert holder == f"process {os.getpid()} (a test)"


async def test_indexing_that_nobody_waits_for_stops(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(400))
    begun = asyncio.Event()
    async with at_home(tmp_path, default=root) as services:
        repository = services.repositories.open(root).repository
        task = asyncio.create_task(services.index(None, lambda _: begun.set()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with repository.writing("the test"):
            assert not repository.is_indexed()
        assert (await services.index(None, ignore))["files"] == 400


async def test_vectors_come_from_the_default_embedder(tmp_path: Path) -> None:
    async with at_home(tmp_path, embedder=HashingEmbedder()) as services:
        name, vectors = await embedded(services, ["tea", "cup"])
    assert name == "none"
    assert [len(vector) for vector in vectors] == [64, 64]


async def test_without_an_embedder_there_are_no_vectors(tmp_path: Path) -> None:
    config = small_config(tmp_path, index={"embedder": "minilm"})
    services = Calls(config)
    with pytest.raises(EmbeddingError, match="rooftree models pull minilm"):
        await embedded(services, ["tea"])
    await services.aclose()


async def test_a_missing_embedder_is_said_after_the_start_of_the_run(
    tmp_path: Path, shop: Path
) -> None:
    heard: list[Event] = []
    config = small_config(tmp_path, index={"embedder": "minilm"}, model={"name": "tiny"})
    services = Calls(config, default=shop)
    await services.ask(ABSENT, None, heard.append)
    await services.index(None, heard.append)
    assert services.model_version() is None
    await services.aclose()
    assert [event.kind for event in heard][:2] == ["run.started", "error"]
    notes = [event.data["message"] for event in heard if event.kind == "error"]
    assert len(notes) == 2
    assert notes[0].startswith("searching by words alone: ")


async def test_a_listener_that_fails_ends_its_run_alone(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    def fail(event: Event) -> None:
        raise RuntimeError("no more")

    async with at_home(tmp_path, model, default=shop) as services:
        with pytest.raises(RuntimeError, match="no more"):
            await services.ask(FOUND, None, fail)
        assert not services.is_answering
        assert (await services.ask(FOUND, None, ignore)).status == "answered"


async def test_the_keeper_indexes_fills_and_follows_changes(tmp_path: Path, shop: Path) -> None:
    embedder = HashingEmbedder()
    async with at_home(tmp_path, default=shop, embedder=embedder, owner=True) as services:
        hosted = services.repositories.open(shop)
        services.start_keeping()
        await until(lambda: hosted.is_answering, 240)
        assert (await services.status(None))["dense_share"] == 1.0


async def test_filling_waits_while_a_model_answers(tmp_path: Path) -> None:
    root = git_repository(tmp_path, project(30))
    embedder = HashingEmbedder()
    hanging = Events((Hang(),), done=False)
    with ScriptedServer([hanging]) as server:
        async with at_home(tmp_path, server, default=root, owner=True) as services:
            hosted = services.repositories.open(root)
            asking = asyncio.create_task(
                services.ask("How are goods put into the basket?", None, ignore)
            )
            await until(lambda: any("chat" in item.path for item in server.requests))
            hosted.repository.vectors.embedder = embedder
            services.start_keeping()
            await until(hosted.repository.freshness.is_current)
            await asyncio.sleep(0.3)
            assert embedder.texts == []
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            await until(lambda: embedder.texts)


async def test_one_broken_repository_does_not_stop_the_keeper(tmp_path: Path, shop: Path) -> None:
    broken = git_repository(tmp_path, SHOP, "broken")
    async with at_home(tmp_path, owner=True) as services:
        services.repositories.open(broken)
        good = services.repositories.open(shop)
        broken.rename(tmp_path / "elsewhere")
        services.start_keeping()
        await until(good.repository.is_indexed)


async def test_closing_leaves_nothing_behind(tmp_path: Path, model: ScriptedServer) -> None:
    """Not even when it is closed in the middle of indexing and answering."""
    root = git_repository(tmp_path, project(300))
    threads = {thread.name for thread in threading.enumerate()}
    tasks = asyncio.all_tasks()
    async with at_home(
        tmp_path, model, default=root, embedder=HashingEmbedder(), owner=True
    ) as services:
        hosted = services.repositories.open(root)
        services.start_keeping()
        await until(multiprocessing.active_children)
    assert asyncio.all_tasks() == tasks
    assert multiprocessing.active_children() == []
    left = {thread.name for thread in threading.enumerate()} - threads
    assert not [name for name in left if not name.startswith("asyncio_")]
    with repository_lock(hosted.repository.folder, "a test", wait_seconds=0):
        assert services.repositories.roots() == ()


async def test_a_server_hears_of_a_changed_file(
    tmp_path: Path, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events alone tell: the next look by the clock would be an hour away."""
    monkeypatch.setattr(freshness, "SHARE_OF_TIME", 1e9)
    async with at_home(tmp_path, default=shop, owner=True) as services:
        hosted = services.repositories.open(shop)
        services.start_keeping()
        await until(lambda: hosted.watch is not None and hosted.repository.is_indexed())
        async with asyncio.timeout(60):
            while not hosted.repository.holds("shop/zeppelin.py"):
                # Again: nothing says from when on the kernel tells of changes.
                write_files(shop, {"shop/zeppelin.py": "def zeppelin_landed():\n    return 1\n"})
                await asyncio.sleep(1)
            # A server answers from the last generation until the view of the next one is ready.
            found: dict[str, Any] = {"hits": []}
            while not found["hits"]:
                found = await services.search("zeppelin_landed", None, 1)
    assert found["hits"][0]["path"] == "shop/zeppelin.py"
    assert found["hits"][0]["repo"] == str(shop)


async def test_several_repositories_are_searched_as_one(tmp_path: Path, shop: Path) -> None:
    """The best place is first whichever repository it is in, though each has a best of its own."""
    other = git_repository(tmp_path, project(20), "other")
    nowhere = tmp_path / "nowhere"
    async with at_home(tmp_path) as services:
        for query, root in (("charge_customer", shop), ("settle the Basket17", other)):
            found = await services.search_several(query, [other, shop, nowhere, shop], 8)
            assert found["hits"][0]["repo"] == str(root)
            scores = [hit["score"] for hit in found["hits"]]
            assert scores == sorted(scores, reverse=True)
            looked = {item["repo"]: item for item in found["repos"]}
            assert looked.keys() == {str(shop), str(other), str(nowhere)}
            assert looked[str(shop)]["coverage"]["files_behind"] == 0
            assert looked[str(nowhere)]["status"] == "could_not_look"
            assert "does not exist" in looked[str(nowhere)]["reason"]


async def test_each_repository_keeps_its_own_order(tmp_path: Path, shop: Path) -> None:
    other = git_repository(tmp_path, project(20), "other")
    query = "how is the customer charged"
    async with at_home(tmp_path) as services:
        both = await services.search_several(query, [shop, other], 100)
        for root in (shop, other):
            alone = await services.search(query, root, 100)
            assert [(hit["path"], hit["start"]) for hit in alone["hits"]] == [
                (hit["path"], hit["start"]) for hit in both["hits"] if hit["repo"] == str(root)
            ]
