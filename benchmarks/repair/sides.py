"""Who is compared: each side is given a repository and a text, and changes the repository."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from rooftree.config import Config, load_config
from rooftree.errors import RooftreeError
from rooftree.telemetry.events import Event
from server.operations.operation import Call, Caller
from server.operations.work.change import CHANGE, ChangeRequest
from server.services.host import Host


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a side says of its own work."""

    claims_done: bool
    """Whether it says that the fault is repaired; false where it gives up or does not know."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    calls: int = 0
    """How often a model was asked."""
    note: str = ""
    """Why there is no change, or anything else worth reading later."""


class Side(Protocol):
    """Repairs a repository in place."""

    async def solve(self, folder: Path, task_text: str) -> Attempt: ...


@dataclass(frozen=True, slots=True)
class Rooftree:
    """rooftree itself, as `rooftree change TASK --approve all` does it: verified or not applied."""

    host: Host

    async def solve(self, folder: Path, task_text: str) -> Attempt:
        request = ChangeRequest(task=task_text, repo=str(folder), approve="all")
        try:
            outcome = await CHANGE.run(Call(self.host, Caller(), _ignore), request)
        except RooftreeError as error:
            return Attempt(claims_done=False, note=str(error)[:200])
        spent = outcome.spending
        return Attempt(
            outcome.status == "verified",
            spent["prompt_tokens"],
            spent["completion_tokens"],
            spent["model_calls"],
            outcome.summary[:160],
        )


@asynccontextmanager
async def opened_rooftree(
    python_environment: Path, endpoint: str, model: str, seconds: float
) -> AsyncIterator[Rooftree]:
    """Open a host with a state of its own, and the tests' environment active."""
    os.environ["VIRTUAL_ENV"] = str(python_environment)
    with tempfile.TemporaryDirectory(prefix="rooftree-repair-") as state:
        await asyncio.to_thread(_share_weights, Path(state))
        host = Host(_config(Path(state), endpoint, model, seconds))
        try:
            yield Rooftree(host)
        finally:
            await host.aclose()


def _share_weights(state: Path) -> None:
    (state / "models").symlink_to(load_config().config.paths.models())


def _config(state: Path, endpoint: str, model: str, seconds: float) -> Config:
    flags: dict[str, Any] = {
        "state.folder": str(state),
        "index.embedder": "none",
        "model.probe": False,
        "model.endpoint": endpoint or None,
        "model.name": model or None,
        "change.model_calls": 200,
        "change.tokens": 400_000,
        "change.seconds": seconds,
    }
    return load_config(flags).config


def _ignore(event: Event) -> None:
    """Nobody watches."""
