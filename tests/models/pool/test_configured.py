"""A pool made from a configuration file, as an operator writes it."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.chat.windows import ContextWindow
from models.client.client import ChatRequest
from models.gateway import ModelAccess
from models.pool.events import PoolEvent
from models.sizing.hardware import hardware
from models.sizing.launch import ServingDemand
from models.sizing.plan import plan_for, write_plan
from models.sizing.precision import KV, WEIGHTS
from models.sizing.sources import find_model
from rooftree.config import Config, load_config
from rooftree.errors import ConfigError
from tests.support.scripted_model import Failure, Reply, ScriptedServer, Text

KEY = "sk-" + "of-the-gpu"


def configured(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return load_config(environ={}, files=(path,)).config


def asked(model: str, text: str = "hi") -> ChatRequest:
    return ChatRequest(model, ({"role": "user", "content": text},), 8)


def no_weights(name: str) -> Path:
    raise AssertionError(f"nobody should need {name}")


async def test_roles_go_to_their_models_and_fall_back(tmp_path: Path) -> None:
    def gpu(body: Any) -> Reply:
        return Failure(500, "oops") if body["model"] == "acme@v2" else Text(body["model"])

    with (
        ScriptedServer(gpu, models=("acme@v1", "acme@v2"), api_key=KEY) as one,
        ScriptedServer(lambda _: Text("small"), models=("little",)) as two,
    ):
        config = configured(
            tmp_path,
            f"""
            [endpoints.gpu]
            url = "{one.base_url}"
            api_key_env = "GPU_KEY"
            [endpoints.cpu]
            url = "{two.base_url}"
            [aliases.chat]
            versions = [{{ endpoint = "cpu", model = "little" }}]
            [aliases.coder]
            versions = [
              {{ endpoint = "gpu", model = "acme@v1", version = "coder@v1", weight = 9 }},
              {{ endpoint = "gpu", model = "acme@v2", version = "coder@v2", weight = 1 }},
            ]
            fallback = ["chat"]
            """,
        )
        told: list[PoolEvent] = []
        access = ModelAccess(config, no_weights, {"GPU_KEY": KEY})
        access.listener = told.append
        client = await access.client()
        assert access.model == "little"
        assert (await client.chat(asked("planner"))).text == "small", "as chat"
        answers = {(await client.chat(asked("coder", str(number)))).text for number in range(30)}
        assert answers == {"acme@v1"}, "what fails on v2 goes to v1"
        assert (await client.chat(asked("coder@v2"))).text == "small", "and at last to the fallback"
        assert {item.version for item in told if item.kind == "answered"} >= {"coder@v1", "little"}
        assert KEY not in json.dumps([str(item) for item in told])
        assert KEY not in repr(access.pool) + repr(await access.locate("coder"))
        await access.aclose()


async def test_a_plan_sets_the_limits(tmp_path: Path) -> None:
    demand = ServingDemand(6, 16384, WEIGHTS["bf16"], KV["bf16"])
    plan = plan_for(find_model("qwen2.5-coder-7b").architecture, hardware("L4:1"), demand)
    write_plan(plan, tmp_path / "plan.json")
    config = configured(
        tmp_path,
        f"""
        [endpoints.gpu]
        url = "http://127.0.0.1:9/v1"
        plan = "{tmp_path / "plan.json"}"
        [aliases.chat]
        versions = [{{ endpoint = "gpu", model = "m" }}]
        """,
    )
    access = ModelAccess(config, no_weights, {})
    assert await access.window("chat") == ContextWindow(16384, "configured")
    assert access.pool._upstreams["gpu"].slots._places == 6
    await access.aclose()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[endpoints.gpu]\nurl = "gpu:8000"', r"endpoints\.gpu\.url must be a URL"),
        ('[endpoints.gpu]\nurl = "http://gpu/v1"\nplan = "/none"', "cannot read the plan"),
        ('[aliases.chat]\nversions = [{ endpoint = "x", model = "m" }]', "'x'; there is model"),
    ],
)
async def test_a_wrong_configuration_is_named(tmp_path: Path, text: str, words: str) -> None:
    access = ModelAccess(configured(tmp_path, text), no_weights, {})
    with pytest.raises(ConfigError, match=words):
        access.pool.route_of("chat")


def test_unknown_keys_are_errors(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"endpoints\.gpu"):
        configured(tmp_path, '[endpoints.gpu]\nurl = "http://gpu/v1"\nkey = "x"')
