"""Find commits by the words of their messages and changes, their names and their paths."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from rooftree.errors import UsageError
from rooftree.telemetry.events import EventLog
from server.base.thread_relay import EventListener, in_thread
from server.operations.find.coverage import Status
from server.operations.operation import (
    MAX_PATH_LENGTH,
    Between,
    Caller,
    Operation,
    RepositoryRequest,
    Response,
    Text,
)

if TYPE_CHECKING:
    from indexing.repository.repository import Repository
    from server.services.host import Host

MAX_COMMITS = 100


def _checked(query: str) -> str:
    if not query.strip():
        raise ValueError("the query is empty; give words of a message or of a change")
    return query


class HistoryRequest(RepositoryRequest):
    """Words, and since when and below which path commits are looked for."""

    query: Annotated[Text, AfterValidator(_checked)]
    since: str | None = None
    path: Annotated[Text, Field(max_length=MAX_PATH_LENGTH)] | None = None
    limit: Annotated[int, Between(1, MAX_COMMITS, "the number of commits")] = 10


class TouchedFile(Response):
    """A file that a commit changed: git's letter, lines, and the definitions in it."""

    path: str
    status: str
    added: int
    removed: int
    symbols: tuple[str, ...]


class HistoryHit(Response):
    """A commit that matches; `date` is in ISO 8601, UTC."""

    sha: str
    date: str
    author: str
    subject: str
    score: float
    files: tuple[TouchedFile, ...]
    more_files: int


class HistoryCoverage(Response):
    """What was looked at: commits by their messages, and those whose diffs were read too."""

    commits: int
    diffs: int
    merges: int
    in_part: int = 0
    """Of how many diffs some lines were passed over."""
    seconds: float
    notes: tuple[str, ...]
    not_looked_at: tuple[str, ...]
    commit: str | None = None


class HistoryResponse(Response):
    """Commits, best first."""

    query: str
    repo: str
    status: Status
    hits: tuple[HistoryHit, ...]
    coverage: HistoryCoverage


async def run(
    host: "Host", request: HistoryRequest, _: Caller, listener: EventListener
) -> HistoryResponse:
    def work(events: EventLog) -> HistoryResponse:
        return _search(host.open(request.repo).repository, request, events)

    return await in_thread(listener, work)


HISTORY = Operation("history", HistoryRequest, HistoryResponse, "search", run)


def _search(repository: "Repository", request: HistoryRequest, events: EventLog) -> HistoryResponse:
    # It reads diffs with parsers, which a search does not need to import.
    from indexing.history.search import HistoryQuery, search_history, since_of

    moment = since_of(request.since, datetime.now(UTC)) if request.since else None
    inside = _inside(repository.worktree.root, request.path) if request.path else None

    def tell(done: int, total: int) -> None:
        events.emit("progress", stage="history", done=done, total=total)

    repository.refresh()
    with repository.manifest() as manifest:
        wanted = HistoryQuery(request.query, request.limit, moment, inside)
        result = search_history(manifest, repository.worktree, wanted, tell)
    commit = {"commit": repository.worktree.commit}
    return HistoryResponse(
        query=request.query,
        repo=str(repository.worktree.root),
        status=result.coverage.status(found=bool(result.hits)),
        hits=tuple(HistoryHit.model_validate(hit.as_json()) for hit in result.hits),
        coverage=HistoryCoverage.model_validate(result.coverage.as_json() | commit),
    )


def _inside(root: Path, path: str) -> str:
    """Return a path below the root, relative to it."""
    whole = os.path.normpath(root / path)
    if whole != str(root) and not whole.startswith(f"{root}/"):
        raise UsageError(f"{path[:200]!r} is not inside {str(root)!r}")
    return os.path.relpath(whole, root)
