import asyncio
from pathlib import Path
from typing import Any

import pytest

from models.gateway import ModelAccess
from rooftree.config import Config, ModelSection
from rooftree.errors import ConfigError, ModelProtocolError, ModelUnavailableError, WeightsError
from tests.models.connected import request
from tests.support.scripted_model import Json, ScriptedServer, Text


def no_weights(name: str) -> Path:
    raise WeightsError(f"no weights for {name}")


def access(environ: dict[str, str] | None = None, **model: Any) -> ModelAccess:
    return ModelAccess(Config(model=ModelSection(**model)), no_weights, environ or {})


async def test_a_configured_endpoint_always_wins() -> None:
    with ScriptedServer([Text("yes")], api_key="key") as server:
        chosen = access(
            {"MY_KEY": " key\n"}, endpoint=server.base_url + "/", name="m", api_key_env="MY_KEY"
        )
        first, second = await asyncio.gather(chosen.client(), chosen.client())
        assert first is second
        assert (await first.chat(request())).text == "yes"
        assert chosen.model == "m"
        await chosen.aclose()
        assert (await chosen.home.opened()).client.endpoint.base_url == server.base_url
        await chosen.aclose()


async def test_the_default_model_of_an_endpoint_is_the_first_that_it_lists() -> None:
    with ScriptedServer(models=("first", "second")) as server:
        chosen = access(endpoint=server.base_url)
        assert chosen.model == "default"
        await chosen.client()
        assert chosen.model == "first"
        await chosen.aclose()


@pytest.mark.parametrize(
    ("listed", "error"), [({"data": []}, ModelUnavailableError), ({}, ModelProtocolError)]
)
async def test_an_endpoint_without_models_needs_a_name(listed: Any, error: type[Exception]) -> None:
    with ScriptedServer(routes={"/models": Json(listed)}) as server:
        chosen = access(endpoint=server.base_url)
        with pytest.raises(error, match="lists no models"):
            await chosen.client()
        await chosen.aclose()


@pytest.mark.parametrize(
    "url",
    [
        "model-server:8000/v1",
        "ftp://x/v1",
        "http:///v1",
        "http://x:99999/v1",
        "http://x:8000",
        "http://u:p" + "w@x/v1",
        "http://x/v1?key=" + "k",
        "http://[x/v1",
    ],
)
async def test_an_endpoint_that_is_no_base_url_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigError, match=r"model\.endpoint") as caught:
        await access(endpoint=url).client()
    assert "p" + "w@" not in str(caught.value)


async def test_a_key_that_no_header_can_carry_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match="MY_KEY"):
        await access({"MY_KEY": "a\nb"}, endpoint="http://x/v1", api_key_env="MY_KEY").client()


async def test_without_an_endpoint_the_weights_are_needed() -> None:
    with pytest.raises(WeightsError, match="no weights for small"):
        await access(name="small").client()


def endpoint_access(server: ScriptedServer, **section: Any) -> ModelAccess:
    """Return the models of one endpoint that stands in a section of its own."""
    config = Config.model_validate(
        {
            "endpoints": {"gpu": {"url": server.base_url, **section}},
            "aliases": {"chat": {"versions": [{"endpoint": "gpu", "model": "scripted"}]}},
        }
    )
    return ModelAccess(config, no_weights, {})


@pytest.mark.parametrize(
    ("section", "props", "slots"),
    [
        ({}, None, 1),
        ({}, {"total_slots": 4}, 4),
        ({}, {"total_slots": 1}, 1),
        ({"concurrency": 6}, None, 6),
        ({"concurrency": 6}, {"total_slots": 2}, 2),
        ({"concurrency": 1}, {"total_slots": 4}, 1),
        ({}, {"total_slots": 0}, 1),
        ({}, {"total_slots": True}, 1),
        ({}, {"total_slots": "4"}, 1),
        ({}, [], 1),
    ],
)
async def test_slots_are_what_a_person_set_and_a_server_says_and_else_one(
    section: dict[str, int], props: Any, slots: int
) -> None:
    routes = {} if props is None else {"/props": Json(props)}
    with ScriptedServer(routes=routes) as server:
        chosen = endpoint_access(server, **section)
        assert await chosen.slots("chat") == slots
        await chosen.aclose()


async def test_the_limit_of_our_own_queue_says_nothing_of_a_server() -> None:
    with ScriptedServer() as server:
        chosen = access(endpoint=server.base_url, name="scripted")
        assert await chosen.slots(chosen.model) == 1
        await chosen.aclose()
