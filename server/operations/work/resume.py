"""Go on with a change that was cut off."""

import asyncio

from rooftree.errors import UsageError
from server.operations.operation import Call
from server.operations.work.change import ChangeResponse
from server.operations.work.records import RunRequest, folder_of, run_operation


async def run(call: Call, request: RunRequest) -> ChangeResponse:
    from agents.runs.store import CHANGED, status_text
    from server.services.changes import change_record, run_change

    folder = await asyncio.to_thread(folder_of, call, request, "change")
    record = change_record(folder)
    if record.status in CHANGED:
        ended = status_text(record.status, record.summary)
        raise UsageError(f"run {record.id} of {record.repo!r} has ended ({ended}); start a new one")
    with call.host.room_for_a_run():
        outcome = await run_change(call.host, folder, call.caller.approver, call.listener)
        return ChangeResponse.from_fields(outcome.as_json())


RESUME = run_operation("resume", RunRequest, ChangeResponse, run, streams=True)
