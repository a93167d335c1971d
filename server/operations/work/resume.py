"""Go on with a change that was cut off."""

from typing import TYPE_CHECKING

from rooftree.errors import UsageError
from server.base.thread_relay import EventListener
from server.operations.operation import Caller, Operation
from server.operations.work.change import ChangeResponse
from server.operations.work.records import RunRequest, folder_of

if TYPE_CHECKING:
    from server.services.host import Host


async def run(
    host: "Host", request: RunRequest, caller: Caller, listener: EventListener
) -> ChangeResponse:
    from agents.runs.store import CHANGED, status_text
    from server.services.changes import change_record, run_change

    folder = await folder_of(host, request, caller, "change")
    record = change_record(folder)
    if record.status in CHANGED:
        ended = status_text(record.status, record.summary)
        raise UsageError(f"run {record.id} of {record.repo!r} has ended ({ended}); start a new one")
    with host.room_for_a_run():
        outcome = await run_change(host, folder, caller.approver, listener)
        return ChangeResponse.model_validate(outcome.as_json())


RESUME = Operation(
    "resume",
    RunRequest,
    ChangeResponse,
    "execute",
    run,
    streams=True,
    path="/api/runs/{run}/resume",
)
