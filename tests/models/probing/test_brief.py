"""A short measurement: at most eight calls, cautious, and replaced by all probes."""

from pathlib import Path
from typing import Any

import pytest

from models.chat.abilities import Abilities
from models.gateway import LocatedModel, ModelAccess
from models.probing.brief import MOST_CALLS, BriefProber
from models.probing.profile import ModelProfile
from models.probing.profiler import Profiler
from models.probing.store import ProfileStore
from models.wire.endpoint import Deadlines
from tests.models.probing.answering import HopelessModel, PerfectModel, ThinkingModel
from tests.models.test_windows import props
from tests.support import config_in
from tests.support.scripted_model import Failure, Json, ScriptedServer

DEADLINES = Deadlines(5, 20, 20, 60)


async def brief_of(server: ScriptedServer) -> tuple[ModelProfile, int]:
    told: list[int] = []
    prober = BriefProber(
        server.endpoint(), "scripted", DEADLINES, lambda _, done: told.append(done)
    )
    profile = await prober.profile("print")
    assert told == sorted(told)
    assert told[-1] <= MOST_CALLS
    return profile, len([one for one in server.requests if "completions" in one.path])


@pytest.mark.parametrize(
    "model",
    [
        PerfectModel(),
        HopelessModel(),
        ThinkingModel(),
        ThinkingModel(field="content"),
        ThinkingModel(length=5000, refuses=("chat_template_kwargs",)),
    ],
)
async def test_it_takes_at_most_eight_calls(model: PerfectModel) -> None:
    with model.serve() as server:
        profile, asked = await brief_of(server)
    assert asked <= MOST_CALLS
    assert profile.measured_by == "short"
    assert (profile.size, profile.filling, profile.edit_format) == ("S", "unknown", None)
    assert any("short measurement" in reason for reason in profile.size_reasons)


async def test_what_it_saw_is_used_and_no_more_is_promised() -> None:
    with PerfectModel().serve() as server:
        able, _ = await brief_of(server)
    assert (able.tools, able.enforces_schema, able.tier) == ("native", True, "small")
    assert able.scores["call_edit"].right == 1
    with HopelessModel().serve() as server:
        poor, _ = await brief_of(server)
    assert (poor.tools, poor.enforces_schema, poor.tier) == ("text", False, "tiny")


async def test_a_window_is_taken_as_it_is_reported_and_never_called_measured() -> None:
    with ScriptedServer(PerfectModel(), routes={"/props": props(16384)}) as server:
        profile, _ = await brief_of(server)
    assert (profile.context.claimed, profile.context.measured) == (16384, 16384)
    assert profile.abilities().context_tokens is None
    with PerfectModel().serve() as server:
        unknown, _ = await brief_of(server)
    assert (unknown.context.claimed, unknown.context.measured) == (None, 4096)


async def test_a_model_that_thinks_is_steered_as_its_server_is_known_for() -> None:
    model = ThinkingModel(switch="reasoning_effort")
    routes = {"/api/version": Json({"version": "0.30"})}
    with ScriptedServer(model, routes=routes) as server:
        profile, _ = await brief_of(server)
    assert profile.thinking.thinks
    assert (profile.server, profile.thinking.switch) == ("ollama", "effort")
    assert profile.thinking.fields_in == ("reasoning",)
    assert profile.tools == "native", "there was room for the thoughts"


def profiler_at(tmp_path: Path, server: ScriptedServer) -> tuple[Profiler, ModelAccess]:
    config = config_in(tmp_path, model={"endpoint": server.base_url, "name": "scripted"})
    store = ProfileStore(config.paths.profiles())
    access = ModelAccess(config, lambda _: tmp_path, {}, store.abilities)
    return Profiler(access, store, config, lambda _: ""), access


async def test_all_probes_replace_it_and_it_replaces_nothing(tmp_path: Path) -> None:
    with PerfectModel(window=32_768).serve() as server:
        profiler, access = profiler_at(tmp_path, server)
        located: LocatedModel
        (located,) = await access.locate("chat")
        short = await profiler.measure_briefly(located)
        asked = len(server.requests)
        assert await profiler.measure_briefly(located) == short
        assert await profiler.known(located) == short
        assert not [one for one in server.requests[asked:] if "completions" in one.path]
        long = await profiler.measure(located)
        assert (short.measured_by, long.measured_by) == ("short", "long")
        assert await profiler.measure_briefly(located) == long
        assert await profiler.known(located) == long
        assert profiler.store.abilities(located.endpoint, "scripted").context_tokens
        await access.aclose()


async def test_a_server_that_refuses_all_is_an_unable_model_and_no_crash() -> None:
    def refuse(_: Any) -> Failure:
        return Failure(400, "no")

    with ScriptedServer(refuse) as server:
        profile, asked = await brief_of(server)
    assert (profile.tier, profile.tools) == ("tiny", "text")
    assert profile.abilities() != Abilities()
    assert asked <= 2 * MOST_CALLS, "each refusal is tried in one other way at most"
