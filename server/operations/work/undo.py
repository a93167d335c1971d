"""Take back what a run applied; files that were edited since are not touched."""

import asyncio
from typing import TYPE_CHECKING

from rooftree.errors import UsageError
from server.base.thread_relay import EventListener
from server.operations.operation import Caller, Operation
from server.operations.work.records import RunRecord, RunRequest, folder_of

if TYPE_CHECKING:
    from agents.runs.store import RunFolder
    from server.services.host import Host


async def run(host: "Host", request: RunRequest, caller: Caller, _: EventListener) -> RunRecord:
    folder = await folder_of(host, request, caller, "change")
    return await asyncio.to_thread(_undo, folder)


UNDO = Operation("undo", RunRequest, RunRecord, "execute", run, path="/api/runs/{run}/undo")


def _undo(folder: "RunFolder") -> RunRecord:
    from server.services.changes import recorded
    from tools.drafts.apply import undo
    from tools.drafts.applying.journal import Journal

    record = folder.record()
    snapshot = folder.snapshot()
    if Journal.load(folder.path) is None or snapshot is None:
        raise UsageError(
            f"run {record.id} applied nothing to {record.repo!r}, so there is nothing to undo"
        )
    with folder.held():
        journal = Journal.load(folder.path)
        assert journal is not None  # noqa: S101 - a journal is never removed
        return RunRecord.model_validate(recorded(folder, undo(snapshot, journal, folder.path)))
