"""A measured model that plays trajectories, and one change of a task with it."""

import asyncio
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.agents.tasks.task import MODULES, AgentTask
from benchmarks.agents.trajectory import Trajectory
from models.probing.fingerprint import fingerprint_of
from models.probing.profile import (
    ROLES,
    SUITE,
    ContextProfile,
    ModelProfile,
    ModelSize,
    ModelTier,
    RoleProfile,
    TokenSpeed,
)
from models.probing.store import ProfileStore
from models.wire.endpoint import Deadlines
from rooftree.config import Config
from server.operations.work.change import ChangeResponse
from tests.server.calls import Calls
from tests.support import git_repository
from tests.support.replies import Body, Json
from tests.support.scripted_agent import ScriptedAgent
from tests.support.scripted_model import ScriptedServer

WINDOW = 32_768
MODEL = "scripted"
DEADLINES = Deadlines(5, 20, 20, 60)


def agent_server(trajectories: Sequence[Trajectory]) -> ScriptedServer:
    """Return a server that reports its window, and whose model plays these trajectories."""
    listed = {"id": MODEL, "object": "model", "max_model_len": WINDOW}
    routes = {"/models": Json({"object": "list", "data": [listed]})}
    return ScriptedServer(ScriptedAgent(trajectories), routes=routes)


async def keep_profile(
    config: Config, server: ScriptedServer, size: ModelSize = "M", tier: ModelTier = "capable"
) -> None:
    """Store what `rooftree models probe` finds of a model that can everything."""
    endpoint = server.endpoint()
    fingerprint = await fingerprint_of(endpoint, MODEL, DEADLINES)
    role = RoleProfile(tier, ("all probes right",), WINDOW, 8_000)
    profile = ModelProfile(
        suite=SUITE,
        fingerprint=fingerprint,
        model=MODEL,
        endpoint=server.base_url,
        measured_at="2026-01-01T00:00:00Z",
        seconds=60.0,
        probes=70,
        scores={},
        tools="native",
        enforces_choice=True,
        enforces_schema=True,
        filling="none",
        marks=None,
        edit_format="replace",
        context=ContextProfile(WINDOW, WINDOW, False, ("north", "middle", "south")),
        speed=TokenSpeed(1000.0, 50.0),
        tokens_scale=1.0,
        roles=dict.fromkeys(ROLES, role),
        reasons=(),
        size=size,
        step_seconds=5.0,
    )
    await asyncio.to_thread(ProfileStore(config.paths.profiles()).save, profile, endpoint)


@dataclass(frozen=True, slots=True)
class Played:
    """A change that was made, and everything that its model was asked."""

    outcome: ChangeResponse
    bodies: list[Body]
    repository: Path

    @property
    def of_coder(self) -> list[Body]:
        return [one for one in self.bodies if "edit" in _tools(one)]

    @property
    def of_planner(self) -> list[Body]:
        return [one for one in self.bodies if _ends_with(one, "playbook")]

    @property
    def of_reviewer(self) -> list[Body]:
        return [one for one in self.bodies if _ends_with(one, "verdict")]


def _ends_with(body: Body, argument: str) -> bool:
    """Say whether a role with tools ends by saying such a thing."""
    tools = [one["function"] for one in body.get("tools") or ()]
    return any(one["name"] == "finish" and argument in str(one) for one in tools)


def _tools(body: Body) -> list[str]:
    return [one["function"]["name"] for one in body.get("tools") or ()]


async def played(task: AgentTask, tmp_path: Path, size: ModelSize = "M") -> Played:
    """Make the change of a task with a configuration that names an endpoint and nothing else."""
    with agent_server([task.trajectory]) as server:
        config = Config.model_validate(
            {
                "state": {"folder": tmp_path / "state"},
                "model": {"endpoint": server.base_url, "name": MODEL},
            }
        )
        await keep_profile(config, server, size)
        repository = git_repository(tmp_path, dict(task.files), "work")
        if task.module:
            shutil.copytree(MODULES, repository / "node_modules", symlinks=True)
        services = Calls(config)
        try:
            outcome = await services.change(task.text, repository, "all")
        finally:
            await services.aclose()
        bodies = [one.body for one in server.requests if one.path.endswith("/chat/completions")]
    return Played(outcome, bodies, repository)


def told(body: Body) -> str:
    """Return a request as text, for messages of failed tests."""
    return json.dumps(body["messages"], indent=1)[-4_000:]
