"""List the runs of a repository, the newest first."""

from typing import Annotated, Literal

from pydantic import BeforeValidator

from server.operations.operation import Call, Operation, RepositoryRequest, Response, in_thread
from server.operations.work.records import RunRecord, visible_runs

MAX_RUNS = 1_000


class RunsRequest(RepositoryRequest):
    """Of which repository, its other worktrees too; without a name of all."""

    kind: Literal["", "ask", "change", "review"] = ""
    """Those of one kind alone."""
    limit: Annotated[int, BeforeValidator(lambda number: max(1, min(int(number), MAX_RUNS)))] = 20


class RunsResponse(Response):
    """The newest of the runs that the caller may know of."""

    runs: tuple[RunRecord, ...]


def run(call: Call, request: RunsRequest) -> RunsResponse:
    from agents.runs.run_lookup import runs_of_repository
    from rooftree.git.commands import open_worktree

    records = visible_runs(call)
    if request.repo is not None:
        records = runs_of_repository(records, open_worktree(call.host.place(request.repo)))
    if request.kind:
        records = [one for one in records if one.kind == request.kind]
    return RunsResponse(runs=RunRecord.each(records[: request.limit]))


RUNS = Operation("runs", RunsRequest, RunsResponse, "execute", in_thread(run), method="GET")
