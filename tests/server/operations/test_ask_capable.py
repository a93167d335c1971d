"""Who answers a question follows from what was measured: a capable model looks by itself."""

from pathlib import Path
from typing import Any

from models.probing.profile import ModelTier
from rooftree.config import Config
from server.operations.find.ask import ASK, AskRequest, AskResponse
from server.operations.operation import Call, Caller
from server.services.host import Host
from tests.agents.ask.test_ask_agent import LABEL, PROVEN, READ, claim, played
from tests.agents.scenes import FOUND, GOOD, SHOP
from tests.benchmarks.agent_scenes import MODEL, WINDOW, keep_profile
from tests.support import git_repository
from tests.support.replies import Body, Json, Reply, Text
from tests.support.scripted_model import ScriptedServer

LISTED = {"id": MODEL, "object": "model", "max_model_len": WINDOW}
ROUTES = {"/models": Json({"object": "list", "data": [LISTED]})}
LOOKING = played(READ, claim(PROVEN))


def model(body: Body) -> Reply:
    return LOOKING(body) if body.get("tools") else Text(GOOD)


async def asked(
    tmp_path: Path, server: ScriptedServer, told: list[Any], tier: ModelTier = "capable"
) -> AskResponse:
    """Ask as a command does, of a model whose profile is stored."""
    config = Config.model_validate(
        {
            "state": {"folder": tmp_path / "state"},
            "model": {"endpoint": server.base_url, "name": MODEL},
            "index": {"embedder": "none", "workers": 1},
        }
    )
    await keep_profile(config, server, "L", tier)
    host = Host(config)
    try:
        repo = git_repository(tmp_path, SHOP)
        request = AskRequest.of(question=FOUND, repo=str(repo))
        return await ASK.run(Call(host, Caller(), told.append), request)
    finally:
        await host.aclose()


async def test_a_model_measured_as_capable_looks_by_itself(tmp_path: Path) -> None:
    told: list[Any] = []
    with ScriptedServer(model, routes=ROUTES) as server:
        answer = await asked(tmp_path, server, told)
    assert answer.answer.startswith(LABEL)
    assert [one.path for one in answer.citations] == ["shop/checkout.py"]
    assert answer.model is not None
    assert answer.model.name == MODEL
    assert [one.data["tool"] for one in told if one.kind == "tool.started"] == ["search", "read"]


async def test_a_model_measured_as_small_is_asked_in_the_fixed_way(tmp_path: Path) -> None:
    with ScriptedServer(model, routes=ROUTES) as server:
        answer = await asked(tmp_path, server, [], "small")
    assert GOOD in answer.answer
    assert LABEL not in answer.answer
