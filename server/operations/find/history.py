"""Find commits by the words of their messages and changes, their names and their paths."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import Field

from rooftree.errors import UsageError
from rooftree.telemetry.progress import Counted
from server.operations.find.coverage import Status
from server.operations.operation import (
    MAX_PATH_LENGTH,
    Between,
    Call,
    Operation,
    RepositoryRequest,
    Response,
    Text,
    in_thread,
    not_empty,
)

MAX_COMMITS = 100
Query = Annotated[Text, not_empty("the query", "give words of a message or of a change")]


class HistoryRequest(RepositoryRequest):
    """Words, and since when and below which path commits are looked for."""

    query: Query
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


def run(call: Call, request: HistoryRequest) -> HistoryResponse:
    # It reads diffs with parsers, which a search does not need to import.
    from indexing.history.search import HistoryQuery, search_history, since_of

    repository, events = call.host.open(request.repo).repository, call.events()
    root = repository.worktree.root
    moment = since_of(request.since, datetime.now(UTC)) if request.since else None
    inside = _inside(root, request.path) if request.path else None

    def tell(done: int, total: int) -> None:
        events.progress(Counted("history", done, total))

    repository.reopen_worktree()
    with repository.manifest() as manifest:
        wanted = HistoryQuery(request.query, request.limit, moment, inside)
        result = search_history(manifest, repository.worktree, wanted, tell)
    commit = {"commit": repository.worktree.commit}
    return HistoryResponse(
        query=request.query,
        repo=str(root),
        status=result.coverage.status(found=bool(result.hits)),
        hits=HistoryHit.each(hit.as_json() for hit in result.hits),
        coverage=HistoryCoverage.from_fields(result.coverage.as_json() | commit),
    )


HISTORY = Operation("history", HistoryRequest, HistoryResponse, "search", in_thread(run))


def _inside(root: Path, path: str) -> str:
    """Return a path below the root, relative to it."""
    whole = os.path.normpath(root / path)
    if whole != str(root) and not whole.startswith(f"{root}/"):
        raise UsageError(f"{path[:200]!r} is not inside {str(root)!r}")
    return os.path.relpath(whole, root)
