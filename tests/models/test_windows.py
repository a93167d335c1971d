"""Which window a model is worked with, and who says so."""

from pathlib import Path
from typing import Any

import pytest

from models.chat.windows import ASSUMED, ContextWindow, narrowest, window_of
from models.gateway import ModelAccess
from models.probing.prober import Prober
from models.probing.store import ProfileStore
from models.wire.endpoint import Deadlines
from models.wire.reported_context import context_pages
from rooftree.config import Config, ModelSection
from tests.models.pool.test_configured import configured, no_weights
from tests.models.probing.answering import PerfectModel
from tests.support.replies import Body
from tests.support.scripted_model import Json, Script, ScriptedServer, Wire


def access_to(server: ScriptedServer, store: ProfileStore | None = None, **model: Any) -> Any:
    """Return the access that the first configuration of the README makes."""
    section = ModelSection(endpoint=server.base_url, name="scripted", **model)
    more = {"abilities": store.abilities} if store else {}
    return ModelAccess(Config(model=section), no_weights, {}, **more)


async def window_at(server: ScriptedServer, **model: Any) -> ContextWindow:
    access = access_to(server, **model)
    try:
        found: ContextWindow = await access.window("coder")
        return found
    finally:
        await access.aclose()


def test_what_is_known_best_counts() -> None:
    assert window_of(configured=1, measured=2, reported=3) == ContextWindow(1, "configured")
    assert window_of(configured=0, measured=2, reported=3) == ContextWindow(2, "measured")
    assert window_of(measured=0, reported=3) == ContextWindow(3, "reported")
    assert window_of() == ASSUMED == ContextWindow(4096, "assumed")


def test_a_name_has_the_narrowest_window_that_is_known() -> None:
    wide, narrow = ContextWindow(32768, "measured"), ContextWindow(8192, "reported")
    assert narrowest([wide, ASSUMED, narrow]) == narrow
    assert narrowest([ASSUMED, wide]) == wide
    assert narrowest([ASSUMED]) == narrowest([]) == ASSUMED


async def test_the_window_that_was_measured_holds_for_the_endpoint_of_the_model_section(
    tmp_path: Path,
) -> None:
    store = ProfileStore(tmp_path / "profiles")
    with PerfectModel(window=32_768).serve() as server:
        endpoint = server.endpoint()
        prober = Prober(endpoint, "scripted", Deadlines(5, 20, 20, 60))
        profile = await prober.profile("print")
        store.save(profile, endpoint)
        access = access_to(server, store)
        for name in ("chat", "coder", "scripted"):
            window = await access.window(name)
            assert window == ContextWindow(profile.context.measured, "measured"), name
        await access.aclose()
    assert profile.context.measured > 4096


async def test_a_window_that_a_person_set_holds() -> None:
    with ScriptedServer(routes={"/props": props(8192)}) as server:
        assert await window_at(server, context_tokens=16384) == ContextWindow(16384, "configured")
        assert await window_at(server) == ContextWindow(8192, "reported")


async def test_the_embedded_server_has_the_window_that_is_configured_for_it() -> None:
    access = ModelAccess(Config(), no_weights, {})
    assert await access.window("chat") == ContextWindow(4096, "configured")
    await access.aclose()


def props(tokens: int) -> Json:
    return Json({"default_generation_settings": {"n_ctx": tokens}})


def listed(**fields: Any) -> Json:
    return Json({"data": [{"id": "other", "max_model_len": 7}, {"id": "scripted"} | fields]})


def shown(body: Body) -> Json:
    assert body == {"model": "scripted"}
    return Json({"parameters": "stop <x>\nnum_ctx   9000\ntop_k 4", "model_info": {"a.b": 131072}})


REPORTS: dict[str, tuple[str, Script]] = {
    "vLLM": ("/models", listed(max_model_len=9000)),
    "llama.cpp": ("/props", props(9000)),
    "Ollama, loaded": (
        "/api/ps",
        Json({"models": [{"name": "scripted:latest", "context_length": 9000}]}),
    ),
    "Ollama, written": ("/api/show", shown),
    "LM Studio": (
        "/api/v0/models",
        Json({"data": [{"id": "scripted", "loaded_context_length": 9000}]}),
    ),
    "TGI": ("/info", Json({"max_total_tokens": 9000, "max_input_tokens": 8000})),
    "SGLang": ("/get_server_info", Json({"context_length": 9000})),
}


@pytest.mark.parametrize("server", REPORTS)
async def test_what_a_server_says_is_heard(server: str) -> None:
    path, reply = REPORTS[server]
    with ScriptedServer(routes={path: reply}) as there:
        assert await window_at(there) == ContextWindow(9000, "reported")


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        ("/models", listed(max_model_len=0, context_length=True, n_ctx="9000")),
        ("/props", Json([1])),
        ("/props", Wire((b"<html>",))),
        ("/api/ps", Json({"models": [{"name": "other", "context_length": 9000}]})),
        ("/api/show", Json({"model_info": {"arch.context_length": 131072}, "parameters": "x 1"})),
        ("/api/v0/models", Json({"data": [{"id": "scripted", "max_context_length": 131072}]})),
    ],
)
async def test_what_a_model_was_trained_for_is_no_window(path: str, reply: Script) -> None:
    with ScriptedServer(routes={path: reply}) as server:
        assert await window_at(server) == ASSUMED


async def test_a_server_is_asked_once_for_many_calls() -> None:
    with ScriptedServer(routes={"/props": props(9000)}) as server:
        access = access_to(server)
        for _ in range(5):
            assert (await access.window("chat")).tokens == 9000
        await access.aclose()
    assert [one.path for one in server.requests].count("/props") == 1


async def test_a_server_that_is_gone_tells_nothing(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        access = access_to(server)
    assert await access.window("chat") == ASSUMED
    await access.aclose()


async def test_an_alias_has_the_narrowest_of_its_models(tmp_path: Path) -> None:
    with (
        ScriptedServer(routes={"/props": props(32768)}) as wide,
        ScriptedServer(routes={"/props": props(8192)}) as narrow,
    ):
        config = configured(
            tmp_path,
            f"""
            [endpoints.wide]
            url = "{wide.base_url}"
            [endpoints.narrow]
            url = "{narrow.base_url}"
            [aliases.chat]
            versions = [
              {{ endpoint = "wide", model = "scripted" }},
              {{ endpoint = "narrow", model = "scripted" }},
            ]
            """,
        )
        access = ModelAccess(config, no_weights, {})
        assert await access.window("chat") == ContextWindow(8192, "reported")
        await access.aclose()


def test_every_page_says_whose_it_is_and_from_where() -> None:
    for page in context_pages():
        assert page.source.startswith("https://")
        assert page.path.startswith("/")
