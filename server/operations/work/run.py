"""Tell what a run was asked, and what came of it."""

from typing import TYPE_CHECKING, Any

from server.base.thread_relay import EventListener
from server.operations.operation import Caller, Operation
from server.operations.work.records import RunRecord, RunRequest, folder_of

if TYPE_CHECKING:
    from server.services.host import Host


class RunResponse(RunRecord):
    """A run with what it came to: the response of its operation, as that was when it ended."""

    outcome: dict[str, Any]


async def run(host: "Host", request: RunRequest, caller: Caller, _: EventListener) -> RunResponse:
    folder = await folder_of(host, request, caller, reads=True)
    told = folder.record().as_json() | {"outcome": folder.outcome()}
    return RunResponse.model_validate(told)


RUN = Operation(
    "run", RunRequest, RunResponse, "execute", run, method="GET", path="/api/runs/{run}"
)
