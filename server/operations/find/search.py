"""Search repositories by words, names and meaning; an unindexed one is indexed first."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from rooftree.errors import IndexingError, RepositoryError
from rooftree.telemetry.events import EventLog
from server.base.thread_relay import EventListener, in_thread
from server.operations.find.coverage import Rounded, SearchCoverage, Status
from server.operations.operation import (
    Between,
    Caller,
    Operation,
    RepositoryRequest,
    Response,
    Text,
)

if TYPE_CHECKING:
    from indexing.search.search import Hit, SearchResult
    from server.services.host import Host
    from server.services.hosted_repository import HostedRepository

MAX_HITS = 100
MAX_REPOSITORIES = 64
MAX_QUERY_LENGTH = 20_000
"""Characters; room for a long traceback."""


def _checked(query: str) -> str:
    if not query.strip():
        raise ValueError("the query is empty; give words or names to look for")
    from indexing.vectors.coverage_notes import wordless
    from indexing.words.query import analyse

    if not analyse(query).terms:
        raise ValueError(wordless(query))
    if len(query) > MAX_QUERY_LENGTH:
        raise ValueError(f"the query has {len(query)} characters; at most {MAX_QUERY_LENGTH}")
    return query


class SearchRequest(RepositoryRequest):
    """What to look for, and where."""

    query: Annotated[Text, AfterValidator(_checked)]
    limit: Annotated[int, Between(1, MAX_HITS, "the number of hits")] = 10
    repos: tuple[Text, ...] | None = Field(default=None, min_length=1, max_length=MAX_REPOSITORIES)
    """Several repositories at once, in place of `repo`; each hit says which it is of."""

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if self.repos is not None and self.repo is not None:
            raise ValueError("give either repo or repos, not both")
        return self

    def among(self, resolve: Callable[[str], str]) -> Self:
        named = super().among(resolve)
        if self.repos is None:
            return named
        return named.model_copy(update={"repos": tuple(map(resolve, self.repos))})


class SearchHit(Response):
    """A place that was found; lines are 1-based and inclusive."""

    repo: str = ""
    path: str
    start: int
    end: int
    symbol: str
    kind: str
    score: Rounded
    why: str


class SearchedRepository(Response):
    """One of several repositories: what was looked at in it, or why it could not be looked at."""

    repo: str
    status: Literal["looked", "could_not_look"]
    found: Status = "could_not_look"
    coverage: SearchCoverage | None = None
    reason: str = ""


class SearchResponse(Response):
    """Hits, best first; of one repository its coverage, or each of several with its own."""

    query: str
    repo: str = ""
    status: Status = "could_not_look"
    coverage: SearchCoverage | None = None
    repos: tuple[SearchedRepository, ...] | None = None
    hits: tuple[SearchHit, ...]


async def run(
    host: "Host", request: SearchRequest, _: Caller, listener: EventListener
) -> SearchResponse:
    if request.repos is None:
        return await in_thread(listener, lambda events: _search_one(host, request, events))
    return await in_thread(listener, lambda events: _search_several(host, request, events))


SEARCH = Operation("search", SearchRequest, SearchResponse, "search", run)


def _search_one(host: "Host", request: SearchRequest, events: EventLog) -> SearchResponse:
    hosted = host.open(request.repo)
    result = _search(hosted, request, events)
    root = str(hosted.repository.worktree.root)
    return SearchResponse(
        query=request.query,
        repo=root,
        status=result.coverage.status(found=bool(result.hits)),
        coverage=SearchCoverage.model_validate(result.coverage),
        hits=tuple(_hit(root, hit) for hit in result.hits),
    )


def _search_several(host: "Host", request: SearchRequest, events: EventLog) -> SearchResponse:
    """Search several as one; each is told of, those too that could not be looked at."""
    from indexing.search.merge import merge_results

    found: dict[str, SearchResult] = {}
    looked: list[SearchedRepository] = []
    for repo in dict.fromkeys(request.repos or ()):
        try:
            hosted = host.open(repo)
            result = _search(hosted, request, events)
        except (RepositoryError, IndexingError) as error:
            missed = SearchedRepository(repo=repo, status="could_not_look", reason=str(error))
            looked.append(missed)
            continue
        root = str(hosted.repository.worktree.root)
        if root not in found:
            found[root] = result
            looked.append(
                SearchedRepository(
                    repo=root,
                    status="looked",
                    found=result.coverage.status(found=bool(result.hits)),
                    coverage=SearchCoverage.model_validate(result.coverage),
                )
            )
    hits = tuple(_hit(root, hit, score) for root, hit, score in merge_results(found, request.limit))
    return SearchResponse(query=request.query, repos=tuple(looked), hits=hits)


def _search(hosted: "HostedRepository", request: SearchRequest, events: EventLog) -> "SearchResult":
    from indexing.repository.full_index import index_first

    index_first(hosted.repository, events)
    repository, nearest = hosted.repository, hosted.nearest()
    with hosted.searched(), repository.searcher(nearest=nearest) as searcher:
        return searcher.search(request.query, request.limit)


def _hit(root: str, hit: "Hit", score: float | None = None) -> SearchHit:
    own = {"repo": root} if score is None else {"repo": root, "score": round(score, 4)}
    return SearchHit.model_validate(hit).model_copy(update=own)
