"""Apply the change of a run; what is applied is byte for byte what was read."""

from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from rooftree.errors import UsageError
from server.operations.operation import Call, in_thread
from server.operations.work.records import RunRecord, RunRequest, folder_of, run_operation

if TYPE_CHECKING:
    from agents.runs.store import RunFolder


class ApplyRequest(RunRequest):
    """Which run, and the digest of the diff that was read."""

    digest: Annotated[str, Field(min_length=64, max_length=64)] | None = None
    """Without it that which the run's outcome shows; over HTTP it has to be named."""


def run(call: Call, request: ApplyRequest) -> RunRecord:
    if call.caller.over_http and request.digest is None:
        raise UsageError("name the digest of the diff that you have read, so that it is applied")
    return _apply(folder_of(call, request, "change"), request.digest)


APPLY = run_operation("apply", ApplyRequest, RunRecord, in_thread(run))


def _apply(folder: "RunFolder", digest: str | None) -> RunRecord:
    from server.services.changes import draft_of, recorded
    from tools.drafts.apply import apply, finish
    from tools.drafts.applying.journal import DONE, Journal

    record = folder.record()
    begun = Journal.load(folder.path)
    if record.applied and (begun is None or begun.state in DONE):
        raise UsageError(f"run {record.id} is applied to {record.repo!r} already")
    with folder.locked():
        draft = draft_of(folder)
        if draft.digest != (digest or _shown_digest(folder)):
            raise UsageError(
                f"run {record.id} has another diff than the one approved; read it again"
            )
        journal = Journal.load(folder.path)
        if journal is not None and journal.digest == draft.digest and journal.state != "undone":
            # It was begun, or its undoing was, by somebody who was cut off.
            done = finish(draft.snapshot, journal, folder.path)
        else:
            done = apply(draft, draft.digest, folder.path)
        return RunRecord.model_validate(recorded(folder, done))


def _shown_digest(folder: "RunFolder") -> str:
    """Return the digest of the change that a run ended with, and whose diff it showed."""
    digest = folder.outcome().get("digest")
    if not isinstance(digest, str) or not digest:
        raise UsageError(
            f"run {folder.id} of {folder.record().repo!r} has shown no change yet; "
            f"`rooftree change --resume {folder.id}` there goes on"
        )
    return digest
