"""What is told of runs, and which run a request means."""

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from server.base.error_bodies import refuse
from server.operations.operation import (
    Call,
    Operation,
    RepositoryRequest,
    RequestT,
    Response,
    ResponseT,
    Run,
)

if TYPE_CHECKING:
    from agents.runs.store import RunFolder, StoredRun
    from rooftree.git.commands import Worktree

MAX_NAME_LENGTH = 256
RunName = Annotated[str, Field(max_length=MAX_NAME_LENGTH)]


class RunRequest(RepositoryRequest):
    """A run by its id, at a terminal by its beginning or as `last`; a `repo` must be the run's."""

    run: RunName = "last"


def run_operation(
    name: str,
    request: type[RequestT],
    response: type[ResponseT],
    run: Run[RequestT, ResponseT],
    **more: Any,
) -> Operation[RequestT, ResponseT]:
    """Return an operation on one run, whose route is below that of the run."""
    path = f"/api/runs/{{run}}/{name}"
    return Operation(name, request, response, "execute", run, path=path, **more)


class RunRecord(Response):
    """What is told of a run in a list."""

    kind: str
    task: str
    repo: str
    commit: str | None
    model: str
    id: str
    started: str
    status: str
    summary: str
    applied: bool
    finished: str
    spending: dict[str, Any]
    settings: dict[str, Any]
    replay_of: str
    notes: tuple[str, ...]
    """What was told when its change was applied or taken back."""
    owner: str
    repo_id: str


def visible_runs(call: Call) -> "list[StoredRun]":
    """Return the runs that a caller may know of, the newest first."""
    from agents.runs.store import RunStore

    return [one for one in RunStore(call.host.config.paths).all() if call.caller.sees(one)]


def folder_of(
    call: Call, request: RunRequest, kind: str = "", *, reads: bool = False
) -> "RunFolder":
    """Return the run that is meant; one that is not to be seen is as one that is not there.

    Looking at a run writes nothing, so for what only `reads` an id is enough wherever it was made.

    Over HTTP it is named by its whole id, and looked for among those that may be seen, so that
    neither words, nor time, nor the beginnings that fit tell anything of the others.
    """
    from agents.runs.run_lookup import LAST, check_place, find_run
    from agents.runs.store import RunStore
    from rooftree.git.commands import open_worktree

    host, store = call.host, RunStore(call.host.config.paths)
    if not call.caller.over_http:
        if reads and request.run != LAST:
            return store.open(request.run)
        return find_run(store, request.run, host.place(request.repo), kind)
    if all(one.id != request.run for one in visible_runs(call)):
        message = f"you have no run {request.run[:60]!r} here; GET /api/runs lists those you have"
        raise refuse(404, "run_not_found", message)
    folder = store.open(request.run)
    if request.repo is not None:
        check_place(folder.record(), open_worktree(host.place(request.repo)))
    return folder


def begin_run(
    call: Call, kind: str, task: str, worktree: "Worktree", model: str, **settings: Any
) -> "RunFolder":
    """Make the folder of a run that belongs to the caller."""
    from agents.runs.store import RunStore, StoredRun

    record = StoredRun(
        kind,
        task,
        str(worktree.root),
        worktree.commit,
        model,
        settings=settings,
        owner=call.caller.access.id,
        repo_id=worktree.repo_id,
    )
    return RunStore(call.host.config.paths).create(record)
