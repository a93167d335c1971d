"""The routes of changes, reviews and runs.

A change needs the scope `execute`: it runs the repository's tests in the sandbox, and its diff can
be applied. A review needs `review`, and its tests `execute` too. With `stream` each sends its
events, then `result`.
"""

from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field
from starlette.responses import Response

from server.access.allowed_roots import Roots
from server.access.api_keys import Access
from server.access.authenticate import Needs, access_of, require
from server.api.lookups import RepoBody, answered
from server.base.sse import while_connected
from server.base.thread_relay import Listener
from server.services.backend import Backend, ChangeOptions, ReviewOptions, Sees

LONGEST_TASK = 20_000
LONGEST_DIFF = 4 << 20
LONGEST_NAME = 256
EXECUTE = "execute"
UNTESTED = f"tests were not run: the key lacks the scope {EXECUTE!r}"


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
    tests: bool | None = None
    """Without it tests run where the key may run any."""
    known: list[str] = Field(default_factory=list, max_length=10_000)
    stream: bool = False


class UndoBody(RepoBody):
    """POST /api/runs/{run}/undo; a `repo` must be the run's."""


class ApplyBody(RepoBody):
    """POST /api/runs/{run}/apply; a `repo` must be the run's."""

    digest: str = Field(min_length=64, max_length=64)
    """Of the diff that was read: what is applied is that, or nothing."""


class WorkApi:
    """The routes below /api that do work."""

    def __init__(self, services: Backend, roots: Roots) -> None:
        self._services = services
        self._roots = roots

    def add_to(self, router: APIRouter) -> None:
        execute, review = [Depends(Needs(EXECUTE))], [Depends(Needs("review"))]
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
            return await self._services.work.change(body.task, repo, access.id, options, listener)

        return await answered(work, request, body.stream)

    async def review(self, body: ReviewBody, request: Request) -> Response:
        access = access_of(request)
        repo = self._roots.named(body.repo, access)
        tests, untested = _tests(body.tests, access)
        options = ReviewOptions(
            body.base,
            body.head,
            body.diff,
            body.title,
            body.description,
            body.model,
            tests,
            frozenset(body.known),
            untested,
        )

        async def work(listener: Listener) -> dict[str, Any]:
            return await self._services.work.review(repo, access.id, options, listener)

        return await answered(work, request, body.stream)

    async def runs(self, request: Request, limit: int = 20, repo: str | None = None) -> Response:
        place = self._roots.named(repo, access_of(request))
        work = self._services.work.runs(self._sees(request), max(1, min(limit, 200)), place)
        return await while_connected(request, work)

    async def run(self, run: str, request: Request) -> Response:
        return await while_connected(request, self._services.work.run(run, self._sees(request)))

    async def apply(self, run: str, body: ApplyBody, request: Request) -> Response:
        repo = self._roots.named(body.repo, access_of(request))
        work = self._services.work.apply(run, self._sees(request), body.digest, repo)
        return await while_connected(request, work)

    async def undo(self, run: str, request: Request, body: UndoBody | None = None) -> Response:
        repo = self._roots.named(body.repo if body else None, access_of(request))
        return await while_connected(
            request, self._services.work.undo(run, self._sees(request), repo)
        )

    def _sees(self, request: Request) -> Sees:
        """Return which runs a caller may know of: the user of this machine of all.

        A key knows of its own, by its id, and of those only while their repository is served.
        """
        access = access_of(request)
        return lambda record: (
            access.local or (record.owner == access.id and self._roots.serves(record.repo))
        )


def _tests(wanted: bool | None, access: Access) -> tuple[bool, str]:
    """Return whether tests run and, where nobody declined them, why they do not.

    They are programs of whoever proposes the change, so they need the scope of what runs programs.
    """
    if wanted:
        require(access, EXECUTE, "running the repository's tests")
    may = EXECUTE in access.scopes
    untested = "" if may or wanted is not None else UNTESTED
    return may if wanted is None else wanted, untested
