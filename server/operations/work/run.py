"""Tell what a run was asked, and what came of it."""

from typing import Any

from server.operations.operation import Call, Operation, in_thread
from server.operations.work.records import RunRecord, RunRequest, folder_of


class RunResponse(RunRecord):
    """A run with what it came to: the response of its operation, as that was when it ended."""

    outcome: dict[str, Any]


def run(call: Call, request: RunRequest) -> RunResponse:
    folder = folder_of(call, request, reads=True)
    told = folder.record().as_json() | {"outcome": folder.outcome()}
    return RunResponse.model_validate(told)


RUN = Operation(
    "run",
    RunRequest,
    RunResponse,
    "execute",
    in_thread(run),
    method="GET",
    path="/api/runs/{run}",
)
