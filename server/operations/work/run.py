"""Tell what a run was asked, and what came of it."""

from typing import Any

from server.operations.operation import Call, Operation, in_thread
from server.operations.work.records import RunRecord, RunRequest, folder_of


class ShownRunRequest(RunRequest):
    """Which run, and whether its events are told, too."""

    events: bool = False


class RunResponse(RunRecord):
    """A run with what it came to: the response of its operation, as that was when it ended."""

    outcome: dict[str, Any]
    events: tuple[dict[str, Any], ...] = ()
    """Every event that was kept, where that was asked for."""


def run(call: Call, request: ShownRunRequest) -> RunResponse:
    folder = folder_of(call, request, reads=True)
    told = folder.record().as_json() | {"outcome": folder.outcome()}
    if request.events:
        told["events"] = list(folder.stored_events())
    return RunResponse.from_fields(told)


RUN = Operation(
    "run",
    ShownRunRequest,
    RunResponse,
    "execute",
    in_thread(run),
    method="GET",
    path="/api/runs/{run}",
)
