"""Do a recorded change again with another model, from the same files; nothing is applied."""

import asyncio
from typing import Any

from pydantic import Field

from rooftree.errors import UsageError
from server.operations.operation import Call, Response
from server.operations.work.records import MAX_NAME_LENGTH, RunRequest, folder_of, run_operation


class ReplayRequest(RunRequest):
    """Which run, and the alias or model that does it again."""

    model: str = Field(max_length=MAX_NAME_LENGTH)


class ReplayResponse(Response):
    """What came of both."""

    repo: str
    same_status: bool
    same_diff: bool
    before: dict[str, Any]
    after: dict[str, Any]


async def run(call: Call, request: ReplayRequest) -> ReplayResponse:
    from agents.change.change_run import members_json
    from agents.runs.replay import compare, share
    from agents.runs.store import RunStore, StoredRun
    from server.services.changes import change_record, members, run_change

    host = call.host
    before = await asyncio.to_thread(folder_of, call, request)
    record = change_record(before)
    if before.snapshot() is None:
        raise UsageError(f"run {record.id} has no snapshot to start from")
    with host.room_for_a_run():
        playing = await members(host, request.model, call.listener)
        folder = RunStore(host.config.paths).create(
            StoredRun(
                "change",
                record.task,
                record.repo,
                record.commit,
                playing["coder"].served,
                settings=record.settings | {"members": members_json(playing), "mode": "never"},
                replay_of=record.id,
                owner=call.caller.access.id,
                repo_id=record.repo_id,
            )
        )
        await asyncio.to_thread(share, before, folder)
        outcome = await run_change(host, folder, None, call.listener)
    told = {"repo": record.repo} | compare(before.outcome(), outcome.as_json())
    return ReplayResponse.from_fields(told)


REPLAY = run_operation("replay", ReplayRequest, ReplayResponse, run, streams=True)
