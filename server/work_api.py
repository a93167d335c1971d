"""The routes of changes, reviews and runs.

A change needs the scope `execute`: it runs the repository's tests in the sandbox, and its diff can
be applied. A review needs `review`. With `stream` each sends its events, then `result`.
"""

from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from server.api import RepoBody, answered
from server.auth import Access
from server.backend import ChangeOptions, ReviewOptions, Work
from server.gate import Needs, access_of
from server.openai_schemas import Body
from server.relay import Listener
from server.roots import Roots
from server.sse import while_connected

LONGEST_TASK = 20_000
LONGEST_DIFF = 4 << 20
LONGEST_NAME = 256


class ChangeBody(RepoBody):
    """POST /api/change."""

    task: str = Field(max_length=LONGEST_TASK)
    model: str = Field(default="", max_length=LONGEST_NAME)
    allow: list[str] = Field(default_factory=list, max_length=50)
    stream: bool = False


class ReviewBody(RepoBody):
    """POST /api/review."""

    base: str = Field(default="", max_length=LONGEST_NAME)
    head: str = Field(default="", max_length=LONGEST_NAME)
    diff: str | None = Field(default=None, max_length=LONGEST_DIFF)
    title: str = Field(default="", max_length=LONGEST_TASK)
    description: str = Field(default="", max_length=LONGEST_TASK)
    model: str = Field(default="", max_length=LONGEST_NAME)
    tests: bool = True
    known: list[str] = Field(default_factory=list, max_length=10_000)
    stream: bool = False


class ApplyBody(Body):
    """POST /api/runs/{run}/apply."""

    digest: str = Field(min_length=64, max_length=64)
    """Of the diff that was read: what is applied is that, or nothing."""


class WorkApi:
    """The routes below /api that do work."""

    def __init__(self, work: Work, roots: Roots) -> None:
        self._work = work
        self._roots = roots

    def add_to(self, router: APIRouter) -> None:
        execute, review = [Depends(Needs("execute"))], [Depends(Needs("review"))]
        post = ["POST"]
        router.add_api_route("/api/change", self.change, methods=post, dependencies=execute)
        router.add_api_route("/api/review", self.review, methods=post, dependencies=review)
        router.add_api_route("/api/runs", self.runs, dependencies=execute)
        router.add_api_route("/api/runs/{run}", self.run, dependencies=execute)
        for act in (self.apply, self.undo):
            path = f"/api/runs/{{run}}/{act.__name__}"
            router.add_api_route(path, act, methods=post, dependencies=execute)

    async def change(self, body: ChangeBody, request: Request) -> Response:
        access = access_of(request)
        repo = self._roots.named(body.repo, access)
        options = ChangeOptions(body.model, tuple(body.allow))

        async def work(listener: Listener) -> dict[str, Any]:
            return await self._work.change(body.task, repo, access.name, options, listener)

        return await answered(work, request, body.stream)

    async def review(self, body: ReviewBody, request: Request) -> Response:
        access = access_of(request)
        repo = self._roots.named(body.repo, access)
        options = ReviewOptions(
            body.base,
            body.head,
            body.diff,
            body.title,
            body.description,
            body.model,
            body.tests,
            frozenset(body.known),
        )

        async def work(listener: Listener) -> dict[str, Any]:
            return await self._work.review(repo, access.name, options, listener)

        return await answered(work, request, body.stream)

    async def runs(self, request: Request, limit: int = 20) -> Response:
        work = self._work.runs(_owner(access_of(request)), max(1, min(limit, 200)))
        return await while_connected(request, work)

    async def run(self, run: str, request: Request) -> Response:
        return await while_connected(request, self._work.run(run, _owner(access_of(request))))

    async def apply(self, run: str, body: ApplyBody, request: Request) -> Response:
        owner = _owner(access_of(request))
        return await while_connected(request, self._work.apply(run, owner, body.digest))

    async def undo(self, run: str, request: Request) -> Response:
        return await while_connected(request, self._work.undo(run, _owner(access_of(request))))


def _owner(access: Access) -> str | None:
    """Return whose runs a caller sees; the user of this machine sees all."""
    return None if access.local else access.name
