import asyncio
from pathlib import Path

from models.gateway import ModelAccess
from models.probing.profiler import Profiler
from models.probing.store import ProfileStore
from server.services.background_profiling import BackgroundProfiling
from tests.models.probing.answering import PerfectModel
from tests.support import config_in, until
from tests.support.replies import Body
from tests.support.scripted_model import Events, Hang, Reply, ScriptedServer


async def test_a_model_that_is_new_is_measured_while_nobody_asks(tmp_path: Path) -> None:
    """And not while somebody does; then every role is answered by what was measured."""
    busy = True
    with PerfectModel().serve() as server:
        config = config_in(tmp_path, model={"endpoint": server.base_url, "name": "scripted"})
        store = ProfileStore(config.paths.profiles())
        access = ModelAccess(config, lambda _: tmp_path, {}, store.abilities)
        profiler = Profiler(access, store, config, lambda _: "")
        work = BackgroundProfiling(access, profiler, lambda: busy, 0.02, 0.01)
        task = asyncio.create_task(work.run())
        await asyncio.sleep(0.2)
        assert server.requests == []
        busy = False
        await until(store.all, 240)
        await asyncio.sleep(0.3)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        chats = [item for item in server.requests if item.path.endswith("/chat/completions")]
        endpoint = (await access.locate("coder"))[0].endpoint
        assert store.abilities(endpoint, "scripted").measured
        await access.aclose()
    assert len(store.all()) == 1
    assert len(chats) < 140, "one model behind four roles is measured once"


async def test_a_probe_is_given_up_for_whoever_asks_and_made_again(tmp_path: Path) -> None:
    """Its call would have gone on for minutes, with the one model waiting for its end."""
    perfect, busy, chats = PerfectModel(), False, list[Body]()

    def hang_once(body: Body) -> Reply:
        if "messages" not in body:
            return perfect(body)
        chats.append(body)
        return Events((Hang(),), done=False) if len(chats) == 1 else perfect(body)

    with ScriptedServer(hang_once, routes={"/infill": perfect.fill}) as server:
        config = config_in(tmp_path, model={"endpoint": server.base_url, "name": "scripted"})
        store = ProfileStore(config.paths.profiles())
        access = ModelAccess(config, lambda _: tmp_path, {}, store.abilities)
        profiler = Profiler(access, store, config, lambda _: "")
        task = asyncio.create_task(
            BackgroundProfiling(access, profiler, lambda: busy, 0.02, 0.01).run()
        )
        await until(lambda: chats)
        busy = True
        await asyncio.sleep(0.3)
        assert len(chats) == 1, "nothing is probed while somebody asks"
        busy = False
        await until(lambda: len(chats) > 1)
        assert chats[1] == chats[0], "what was given up is asked again"
        await until(store.all, 240)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await access.aclose()


async def test_a_server_that_is_down_is_tried_again_and_disturbs_nobody(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        url = server.base_url
    config = config_in(tmp_path, model={"endpoint": url, "name": "scripted"})
    store = ProfileStore(config.paths.profiles())
    access = ModelAccess(config, lambda _: tmp_path, {}, store.abilities)
    profiler = Profiler(access, store, config, lambda _: "")
    task = asyncio.create_task(BackgroundProfiling(access, profiler, lambda: False, 0, 0).run())
    await asyncio.sleep(0.5)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert store.all() == []
    await access.aclose()
