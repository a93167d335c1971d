"""Search repositories by words, names and meaning; an unindexed one is indexed first."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from rooftree.errors import IndexingError, RepositoryError
from rooftree.telemetry.events import EventLog
from server.operations.find.coverage import Rounded, SearchCoverage, Status
from server.operations.operation import (
    Between,
    Call,
    Operation,
    RepositoryRequest,
    Response,
    Text,
    in_thread,
    not_empty,
)

if TYPE_CHECKING:
    from indexing.search.search import Hit, SearchResult
    from server.services.host import Host
    from server.services.hosted_repository import HostedRepository

MAX_HITS = 100
MAX_REPOSITORIES = 64
MAX_QUERY_LENGTH = 20_000
"""Characters; room for a long traceback."""


def _has_words(query: str) -> str:
    from indexing.vectors.coverage_notes import wordless
    from indexing.words.query import analyse

    if not analyse(query).terms:
        raise ValueError(wordless(query))
    return query


Query = Annotated[
    Text,
    not_empty("the query", "give words or names to look for", MAX_QUERY_LENGTH),
    AfterValidator(_has_words),
]


class SearchRequest(RepositoryRequest):
    """What to look for, and where."""

    query: Query
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


def run(call: Call, request: SearchRequest) -> SearchResponse:
    search = _search_one if request.repos is None else _search_several
    return search(call.host, request, call.events())


SEARCH = Operation("search", SearchRequest, SearchResponse, "search", in_thread(run))


def _search_one(host: "Host", request: SearchRequest, events: EventLog) -> SearchResponse:
    root, result = _search(host.open(request.repo), request, events)
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
            root, result = _search(host.open(repo), request, events)
        except (RepositoryError, IndexingError) as error:
            missed = SearchedRepository(repo=repo, status="could_not_look", reason=str(error))
            looked.append(missed)
            continue
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


def _search(
    hosted: "HostedRepository", request: SearchRequest, events: EventLog
) -> "tuple[str, SearchResult]":
    """Return the root of a repository, and what is found in it."""
    from indexing.repository.full_index import index_first

    repository = hosted.repository
    index_first(repository, events)
    nearest = hosted.nearest()
    with hosted.searched(), repository.searcher(nearest=nearest) as searcher:
        return str(repository.worktree.root), searcher.search(request.query, request.limit)


def _hit(root: str, hit: "Hit", score: float | None = None) -> SearchHit:
    own = {"repo": root} if score is None else {"repo": root, "score": round(score, 4)}
    return SearchHit.model_validate(hit).model_copy(update=own)
