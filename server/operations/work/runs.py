"""List the runs of a repository, the newest first."""

import asyncio
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator

from server.base.thread_relay import EventListener
from server.operations.operation import Caller, Operation, RepositoryRequest, Response
from server.operations.work.records import RunRecord, seen_runs

if TYPE_CHECKING:
    from server.services.host import Host

MAX_RUNS = 1_000


class RunsRequest(RepositoryRequest):
    """Of which repository, its other worktrees too; without a name of all."""

    limit: Annotated[int, BeforeValidator(lambda number: max(1, min(int(number), MAX_RUNS)))] = 20


class RunsResponse(Response):
    """The newest of the runs that the caller may know of."""

    runs: tuple[RunRecord, ...]


async def run(host: "Host", request: RunsRequest, caller: Caller, _: EventListener) -> RunsResponse:
    from agents.runs.run_lookup import runs_of_repository
    from rooftree.git.commands import open_worktree

    records = await seen_runs(host, caller)
    if request.repo is not None:
        records = runs_of_repository(
            records, await asyncio.to_thread(open_worktree, host.place(request.repo))
        )
    return RunsResponse(
        runs=tuple(RunRecord.model_validate(one) for one in records[: request.limit])
    )


RUNS = Operation("runs", RunsRequest, RunsResponse, "execute", run, method="GET")
