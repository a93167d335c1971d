"""Take back what a run applied; files that were edited since are not touched."""

from rooftree.errors import UsageError
from server.operations.operation import Call, in_thread
from server.operations.work.records import RunRecord, RunRequest, folder_of, run_operation


def run(call: Call, request: RunRequest) -> RunRecord:
    from server.services.changes import recorded
    from tools.drafts.apply import undo
    from tools.drafts.applying.journal import Journal

    folder = folder_of(call, request, "change")
    record = folder.record()
    snapshot = folder.snapshot()
    if Journal.load(folder.path) is None or snapshot is None:
        raise UsageError(
            f"run {record.id} applied nothing to {record.repo!r}, so there is nothing to undo"
        )
    with folder.locked():
        journal = Journal.load(folder.path)
        assert journal is not None  # noqa: S101 - a journal is never removed
        return RunRecord.model_validate(recorded(folder, undo(snapshot, journal, folder.path)))


UNDO = run_operation("undo", RunRequest, RunRecord, in_thread(run))
