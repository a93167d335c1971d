"""Tell what the index of a repository holds and what it has not seen."""

from server.operations.find.coverage import Rounded, Seconds
from server.operations.operation import Call, Operation, RepositoryRequest, Response, in_thread


class StatusRequest(RepositoryRequest):
    """Whose index is meant."""


class SkippedFile(Response):
    """A file that was left out, and why."""

    path: str
    reason: str


class FileNote(Response):
    """A file that was indexed in a degraded way."""

    path: str
    note: str


class StatusResponse(Response):
    """What the index holds and what it has not seen, with reasons."""

    repo: str
    commit: str | None
    indexed: bool
    files: int
    units: int
    symbols: int
    files_behind: int | None
    looked_seconds_ago: Seconds | None
    dense_share: Rounded
    skipped: dict[str, int]
    skipped_files: tuple[SkippedFile, ...]
    notes: tuple[FileNote, ...]
    coverage_notes: tuple[str, ...]
    checked: str
    """When the index was last looked at for damage, in words."""
    ignored: int | None
    """How many files and folders git's ignore rules leave out; null where nobody has counted."""


def run(call: Call, request: StatusRequest) -> StatusResponse:
    status = call.host.open(request.repo).repository.status()
    return StatusResponse.from_fields(status.as_json())


STATUS = Operation("status", StatusRequest, StatusResponse, "search", in_thread(run), method="GET")
