"""Do a recorded change again with another model, from the same files; nothing is applied."""

import asyncio
from typing import TYPE_CHECKING, Any

from pydantic import Field

from rooftree.errors import UsageError
from server.base.thread_relay import EventListener
from server.operations.operation import Caller, Operation, Response
from server.operations.work.records import MAX_NAME_LENGTH, RunRequest, folder_of

if TYPE_CHECKING:
    from agents.runs.store import RunFolder
    from server.services.host import Host


class ReplayRequest(RunRequest):
    """Which run, and the alias or model that does it again."""

    model: str = Field(max_length=MAX_NAME_LENGTH)


class ReplayResponse(Response):
    """What came of both."""

    repo: str
    same_diff: bool
    before: dict[str, Any]
    after: dict[str, Any]


async def run(
    host: "Host", request: ReplayRequest, caller: Caller, listener: EventListener
) -> ReplayResponse:
    from agents.change.change_run import members_json
    from agents.runs.replay import compare
    from agents.runs.store import RunStore, StoredRun
    from server.services.changes import change_record, members, run_change

    before = await folder_of(host, request, caller)
    record = change_record(before)
    if before.snapshot() is None:
        raise UsageError(f"run {record.id} has no snapshot to start from")
    with host.room_for_a_run():
        playing = await members(host, request.model)
        folder = RunStore(host.config.paths).create(
            StoredRun(
                "change",
                record.task,
                record.repo,
                record.commit,
                playing["coder"].served,
                settings=record.settings | {"members": members_json(playing), "mode": "never"},
                replay_of=record.id,
                owner=caller.access.id,
                repo_id=record.repo_id,
            )
        )
        await asyncio.to_thread(_share, before, folder)
        outcome = await run_change(host, folder, None, listener)
    told = {"repo": record.repo} | compare(before.outcome(), outcome.as_json())
    return ReplayResponse.model_validate(told)


REPLAY = Operation(
    "replay",
    ReplayRequest,
    ReplayResponse,
    "execute",
    run,
    streams=True,
    path="/api/runs/{run}/replay",
)


def _share(before: "RunFolder", folder: "RunFolder") -> None:
    """Give a replay the files of the run, and what its tests said of drafts they have in common."""
    from agents.runs.replay import share

    share(before, folder)
