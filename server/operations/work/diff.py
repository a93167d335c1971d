"""Show the change of a run as it would be applied now."""

from server.operations.operation import Call, in_thread
from server.operations.work.change import Diff
from server.operations.work.records import RunRequest, folder_of, run_operation


class DiffResponse(Diff):
    """The diff of a run, and whose it is."""

    run: str
    repo: str


def run(call: Call, request: RunRequest) -> DiffResponse:
    from server.services.changes import draft_of
    from tools.drafts.approval_view import view_of

    folder = folder_of(call, request, "change")
    whose = {"run": folder.id, "repo": folder.record().repo}
    return DiffResponse.from_fields(view_of(draft_of(folder)).as_json() | whose)


DIFF = run_operation("diff", RunRequest, DiffResponse, in_thread(run), method="GET")
