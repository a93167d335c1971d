"""A name that nothing serves is an error, and never answered by whatever model there is."""

from pathlib import Path
from typing import Any

import pytest

from models.gateway import ModelAccess
from models.wire.failures import ModelRefusedError
from rooftree.config import Config
from rooftree.errors import ModelUnavailableError, UnknownModelError, WeightsError
from tests.models.pool.test_configured import asked
from tests.support.replies import Failure, Text
from tests.support.scripted_model import ScriptedServer


def no_weights(name: str) -> Path:
    raise WeightsError(f"no weights for {name}")


def access(server: ScriptedServer, name: str = "scripted", **more: Any) -> ModelAccess:
    config = Config.model_validate({"model": {"endpoint": server.base_url, "name": name}, **more})
    return ModelAccess(config, no_weights, {})


async def test_a_name_that_nobody_serves_is_refused_and_not_sent() -> None:
    with ScriptedServer(lambda _: Text("yes")) as server:
        reached = access(server)
        client = await reached.client()
        for look in (client.chat(asked("scriptde")), reached.locate("scriptde")):
            with pytest.raises(UnknownModelError, match="'scriptde'; did you mean 'scripted'"):
                await look
        assert (await client.chat(asked("scripted"))).text == "yes"
        assert len(server.requests) == 1
        await reached.aclose()


async def test_a_configured_model_that_its_endpoint_does_not_list_is_refused() -> None:
    with ScriptedServer(lambda _: Text("yes")) as server:
        reached = access(server, "nosuch")
        with pytest.raises(UnknownModelError, match="'nosuch'; there is scripted; asked of http"):
            await reached.locate("chat")
        with pytest.raises(ModelRefusedError, match="there is no model 'nosuch'"):
            await reached.pool.chat(asked("chat"))
        assert server.requests == []
        await reached.aclose()


async def test_a_version_that_is_missing_falls_back() -> None:
    with (
        ScriptedServer(lambda _: Text("one")) as one,
        ScriptedServer(lambda _: Text("two")) as two,
    ):
        alias = {
            "versions": [{"endpoint": "two", "model": "gone"}],
            "fallback": ["chat"],
        }
        reached = access(one, endpoints={"two": {"url": two.base_url}}, aliases={"coder": alias})
        assert (await reached.pool.chat(asked("coder"))).text == "one"
        assert two.requests == []
        await reached.aclose()


async def test_a_server_without_a_list_is_believed_of_what_is_configured_alone() -> None:
    with ScriptedServer(lambda _: Text("yes"), routes={"/models": None}) as server:
        reached = access(server, "mine")
        assert (await reached.pool.chat(asked("mine"))).text == "yes"
        with pytest.raises(UnknownModelError, match="'other'"):
            await reached.pool.chat(asked("other"))
        await reached.aclose()


async def test_a_name_is_not_unknown_where_an_endpoint_could_not_be_asked() -> None:
    with ScriptedServer(routes={"/models": Failure(503, "starting")}) as server:
        reached = access(server)
        with pytest.raises(ModelUnavailableError, match="starting"):
            await reached.pool.chat(asked("other"))
        await reached.aclose()


async def test_a_tag_that_is_left_out_is_the_latest() -> None:
    with ScriptedServer(lambda _: Text("yes"), models=("coder:latest",)) as server:
        reached = access(server, "coder")
        assert (await reached.pool.chat(asked("coder"))).text == "yes"
        await reached.aclose()


async def test_the_embedded_server_knows_its_weights_and_adapters_and_no_other_name() -> None:
    config = Config.model_validate({"model": {"adapters": {"shop@v1": "/nowhere/shop.gguf"}}})
    reached = ModelAccess(config, no_weights, {})
    for name in ("default", "shop@v1", "chat", "coder"):
        with pytest.raises(WeightsError):
            await reached.pool.chat(asked(name))
    with pytest.raises(UnknownModelError, match=r"'shop@v2'; did you mean 'shop@v1'"):
        await reached.locate("shop@v2")
    await reached.aclose()
