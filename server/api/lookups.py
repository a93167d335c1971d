"""Our own API: search, look-ups, ask, status and index, as JSON or as the events of the run.

A stream sends each event under its kind, then one `result` or one `failure`. Over TCP only the
repositories that the server was started with can be named; at the unix socket, whose caller is the
user who started it, any can.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from agents.ask.answer import Answer
from rooftree.telemetry.events import Event
from server.access.allowed_roots import Roots
from server.access.authenticate import Needs, access_of
from server.base.error_bodies import refuse
from server.base.metrics import Metrics
from server.base.sse import EventStream, Outcome, followed, frame, while_connected
from server.base.thread_relay import Listener
from server.protocols.openai.schemas import Body
from server.services.backend import Backend

LONGEST_PATH = 4096
MOST_REPOSITORIES = 64
RESULT = "result"
FAILURE = "failure"


class RepoBody(Body):
    """What names a repository; none means the server's default."""

    repo: str | None = Field(default=None, max_length=LONGEST_PATH)


class SearchBody(RepoBody):
    """POST /api/search."""

    query: str
    limit: int = Field(default=10, ge=1, le=100)
    repos: list[str] | None = Field(default=None, min_length=1, max_length=MOST_REPOSITORIES)
    """Several repositories at once, in place of `repo`; each hit says which it is of."""


class SymbolsBody(RepoBody):
    """POST /api/symbols."""

    name: str
    kind: str | None = None
    limit: int = Field(default=20, ge=1, le=200)


class ReferencesBody(RepoBody):
    """POST /api/references."""

    name: str


class MapBody(RepoBody):
    """POST /api/map."""

    tokens: int = Field(default=1024, ge=64, le=100_000)
    focus: list[str] = Field(default_factory=list, max_length=20)


class HistoryBody(RepoBody):
    """POST /api/history."""

    query: str
    since: str | None = None
    path: str | None = Field(default=None, max_length=LONGEST_PATH)
    limit: int = Field(default=10, ge=1, le=100)


class AskBody(RepoBody):
    """POST /api/ask."""

    question: str
    stream: bool = False


class IndexBody(RepoBody):
    """POST /api/index."""

    stream: bool = False


class OwnApi:
    """The routes below /api."""

    def __init__(self, services: Backend, metrics: Metrics, roots: Roots) -> None:
        self._services = services
        self._metrics = metrics
        self._roots = roots

    def add_to(self, router: APIRouter) -> None:
        """Add the routes, each with the scope that it needs."""
        search, index = [Depends(Needs("search"))], [Depends(Needs("index"))]
        post = ["POST"]
        router.add_api_route("/api/search", self.search, methods=post, dependencies=search)
        for look in (self.symbols, self.references, self.map, self.history):
            path = f"/api/{look.__name__}"
            router.add_api_route(path, look, methods=post, dependencies=search)
        router.add_api_route("/api/ask", self.ask, methods=post, dependencies=search)
        router.add_api_route("/api/status", self.status, dependencies=search)
        router.add_api_route("/api/index", self.index, methods=post, dependencies=index)

    async def search(self, body: SearchBody, request: Request) -> Response:
        access = access_of(request)
        if body.repos is not None:
            if body.repo is not None:
                raise refuse(400, "repo_and_repos", "give either repo or repos, not both", "repos")
            repos = [path for name in body.repos if (path := self._roots.named(name, access))]
            work = self._services.search_several(body.query, repos, body.limit)
            return await while_connected(request, work)
        repo = self._roots.named(body.repo, access)
        return await while_connected(request, self._services.search(body.query, repo, body.limit))

    async def symbols(self, body: SymbolsBody, request: Request) -> Response:
        repo = self._roots.named(body.repo, access_of(request))
        work = self._services.symbols(body.name, repo, body.kind, body.limit)
        return await while_connected(request, work)

    async def references(self, body: ReferencesBody, request: Request) -> Response:
        repo = self._roots.named(body.repo, access_of(request))
        return await while_connected(request, self._services.references(body.name, repo))

    async def map(self, body: MapBody, request: Request) -> Response:
        repo = self._roots.named(body.repo, access_of(request))
        return await while_connected(request, self._services.map(repo, body.tokens, body.focus))

    async def history(self, body: HistoryBody, request: Request) -> Response:
        repo = self._roots.named(body.repo, access_of(request))
        work = self._services.history(body.query, repo, body.since, body.limit, body.path)
        return await while_connected(request, work)

    async def status(self, request: Request, repo: str | None = None) -> Response:
        path = self._roots.named(repo, access_of(request))
        return await while_connected(request, self._services.status(path))

    async def ask(self, body: AskBody, request: Request) -> Response:
        repo = self._roots.named(body.repo, access_of(request))

        async def work(listener: Listener) -> dict[str, Any]:
            answer: Answer = await self._services.ask(body.question, repo, listener)
            self._metrics.asked(answer.status)
            return answer.as_json()

        return await answered(work, request, body.stream)

    async def index(self, request: Request, body: IndexBody | None = None) -> Response:
        wanted = body or IndexBody()
        repo = self._roots.named(wanted.repo, access_of(request))

        async def work(listener: Listener) -> dict[str, Any]:
            return await self._services.index(repo, listener)

        return await answered(work, request, wanted.stream)


async def answered(
    work: Callable[[Listener], Awaitable[dict[str, Any]]], request: Request, stream: bool
) -> Response:
    if stream:
        return EventStream(_frames(work), FAILURE)
    return await while_connected(request, work(_ignore))


async def _frames(
    work: Callable[[Listener], Awaitable[dict[str, Any]]],
) -> AsyncGenerator[bytes, None]:
    async for item in followed(work):
        if isinstance(item, Outcome):
            yield frame(item.value, RESULT)
        else:
            yield frame(item.as_json(), item.kind)


def _ignore(event: Event) -> None:
    """Take events that nobody watches."""
