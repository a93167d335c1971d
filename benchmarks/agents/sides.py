"""Who is compared: each side is given a repository and a text, and changes the repository."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from agents.runs.store import PROVED, RunStore
from rooftree.config import Config, load_config
from rooftree.errors import RooftreeError, UnknownModelError
from rooftree.telemetry.events import Event
from server.operations.operation import Call, Caller
from server.operations.work.change import CHANGE, ChangeRequest, ChangeResponse
from server.services.changes import draft_of, members
from server.services.host import Host

KEY_VARIABLE = "ROOFTREE_MODEL_API_KEY"
"""Holds the key of the endpoint, where it has one; it is that of rooftree itself."""
ENDED = "the coder ended before it finished: "


@dataclass(frozen=True, slots=True)
class Means:
    """What all sides have alike."""

    endpoint: str
    model: str
    window: int
    wall_seconds: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a side says of its own work, and what it took."""

    claims_done: bool
    exit: str
    """Why it ended, in its own words."""
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    note: str = ""


class Side(Protocol):
    """Changes a repository in place."""

    @property
    def name(self) -> str: ...

    async def solve(
        self, folder: Path, text: str, test_command: tuple[str, ...], scratch: Path
    ) -> Attempt: ...


@dataclass(frozen=True, slots=True)
class Rooftree:
    """rooftree itself; what it has drafted is judged even where it does not say that it is done."""

    host: Host
    name: str = "rooftree"

    async def solve(
        self,
        folder: Path,
        text: str,
        test_command: tuple[str, ...],
        scratch: Path,  # noqa: ARG002 - others need one
    ) -> Attempt:
        request = ChangeRequest(
            task=text, repo=str(folder), approve="all", test_command=test_command
        )
        try:
            outcome = await CHANGE.run(Call(self.host, Caller(), _ignore), request)
        except UnknownModelError:
            raise  # no task can be tried, and that says nothing of any
        except RooftreeError as error:
            return Attempt(claims_done=False, exit=type(error).__name__, note=str(error)[:200])
        if not outcome.applied:
            await asyncio.to_thread(self._put_draft, folder, outcome)
        spent = outcome.spending
        return Attempt(
            outcome.status in PROVED,
            _exit_of(outcome),
            spent["model_calls"],
            spent["prompt_tokens"],
            spent["completion_tokens"],
            outcome.summary[:200],
        )

    def _put_draft(self, folder: Path, outcome: ChangeResponse) -> None:
        if not outcome.paths:
            return
        draft = draft_of(RunStore(self.host.config.paths).open(outcome.run))
        for path, data in draft.changes.items():
            put(folder, path, data)


@asynccontextmanager
async def opened_rooftree(
    means: Means, state: Path, environment: Path | None
) -> AsyncIterator[Rooftree]:
    """Open a host that keeps its state, and what it measures of the model, in one folder."""
    if environment is not None:
        os.environ["VIRTUAL_ENV"] = str(environment)
    host = Host(_config(means, state))
    try:
        await members(host)  # an unknown model is measured before anybody's time is taken
        yield Rooftree(host)
    finally:
        await host.aclose()


def _config(means: Means, state: Path) -> Config:
    flags: dict[str, Any] = {
        "state.folder": str(state),
        "model.endpoint": means.endpoint,
        "model.name": means.model,
        "model.context_tokens": means.window,
        "change.wall_seconds": means.wall_seconds,
    }
    return load_config(flags).config


def put(folder: Path, path: str, data: bytes | None) -> None:
    """Write or delete a file below a folder, and never through a link that leads out of it."""
    place = folder / path
    if not place.parent.resolve().is_relative_to(folder.resolve()) or place.is_symlink():
        return
    if data is None:
        place.unlink(missing_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def _exit_of(outcome: ChangeResponse) -> str:
    """Return the status, and why the coder ended where it did not finish."""
    told = next((one for one in outcome.notes if one.startswith(ENDED)), "")
    reason = told.removeprefix(ENDED).partition(":")[0]
    return f"{outcome.status}, {reason}" if reason else outcome.status


def _ignore(event: Event) -> None:
    """Nobody watches."""
