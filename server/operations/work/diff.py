"""Show the change of a run as it would be applied now."""

import asyncio
from typing import TYPE_CHECKING

from server.base.thread_relay import EventListener
from server.operations.operation import Caller, Operation
from server.operations.work.change import Diff
from server.operations.work.records import RunRequest, folder_of

if TYPE_CHECKING:
    from server.services.host import Host


class DiffResponse(Diff):
    """The diff of a run, and whose it is."""

    run: str
    repo: str


async def run(host: "Host", request: RunRequest, caller: Caller, _: EventListener) -> DiffResponse:
    from server.services.changes import draft_of
    from tools.drafts.approval_view import view_of

    folder = await folder_of(host, request, caller, "change")
    view = await asyncio.to_thread(lambda: view_of(draft_of(folder)))
    whose = {"run": folder.id, "repo": folder.record().repo}
    return DiffResponse.model_validate(view.as_json() | whose)


DIFF = Operation(
    "diff", RunRequest, DiffResponse, "execute", run, method="GET", path="/api/runs/{run}/diff"
)
