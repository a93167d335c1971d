"""The HTTP application: the routes of all interfaces, and every failure as JSON.

Guards and gates stand in front of it, one set for each listener (`network_face`, `socket_face`);
the application itself knows no keys and no addresses.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from rooftree.errors import RooftreeError
from rooftree.telemetry.logs import logger
from server.access.allowed_roots import AllowedRoots
from server.access.api_keys import KeyStore
from server.access.authenticate import KeyGate, ScopeRequirement, TokenGate, problem_response
from server.access.request_guards import RequestGuard, RequestPolicy
from server.access.request_limit import RequestLimit
from server.base.error_bodies import Problem, problem_of
from server.base.metrics import CONTENT_TYPE, Metrics, MetricsMiddleware
from server.base.sse import INTERNAL
from server.http.interruption import InterruptionMiddleware
from server.http.openapi import FAILED, add_documentation
from server.http.routes import OperationRoutes
from server.operations.find.ask import ASK
from server.operations.operation import Operation
from server.operations.table import OPERATIONS
from server.protocols.openai.api import OpenAIApi
from server.services.host import Host

FAILURES = (RooftreeError, RequestValidationError, HTTPException, Exception)
CODES = {404: "no_such_route", 405: "method_not_allowed", 413: "body_too_large"}


@dataclass(frozen=True, slots=True)
class Application:
    """The routes and the figures kept about them."""

    routes: FastAPI
    metrics: Metrics

    def network_face(self, policy: RequestPolicy, keys: KeyStore) -> ASGIApp:
        """Return the application as TCP clients see it."""
        limited = RequestLimit(self.routes)
        guarded = RequestGuard(TrailingSlashMiddleware(KeyGate(limited, keys)), policy)
        return InterruptionMiddleware(MetricsMiddleware(guarded, self.metrics))

    def socket_face(self, policy: RequestPolicy, token: str) -> ASGIApp:
        """Return the application as the user sees it at the unix socket."""
        routes = TrailingSlashMiddleware(TokenGate(self.routes, token))
        return InterruptionMiddleware(MetricsMiddleware(RequestGuard(routes, policy), self.metrics))


class TrailingSlashMiddleware:
    """Also matches paths with trailing slashes, which clients that join URLs send."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/"):
            # In place: what route was found is looked up here once it has answered.
            scope["path"] = scope["path"].rstrip("/") or "/"
        await self._app(scope, receive, send)


def build_app(
    host: Host,
    roots: Sequence[Path] = (),
    operations: Sequence[Operation[Any, Any]] = OPERATIONS,
) -> Application:
    """Build the application; `roots` are the repositories that TCP clients may name."""
    metrics = Metrics()
    host.model_listener = metrics.count_pool_event
    routes = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=FAILED,
        # It would trace as soon as any library in the process sets up OpenTelemetry.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers=dict.fromkeys(FAILURES, _failed),
    )
    ask = next(one for one in operations if one.name == ASK.name)
    OpenAIApi(host, metrics, ask).add_to(routes.router)
    added = OperationRoutes(host, metrics, AllowedRoots(roots))
    for operation in operations:
        added.add(operation, routes.router)
    _add_operations(routes.router, metrics)
    add_documentation(routes, added.definitions)
    return Application(routes, metrics)


def _add_operations(router: APIRouter, metrics: Metrics) -> None:
    @router.get("/healthz", openapi_extra={"security": []})
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    admin = [Depends(ScopeRequirement("admin"))]

    @router.get("/metrics", dependencies=admin, response_class=PlainTextResponse)
    async def figures() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)


async def _failed(request: Request, error: Exception) -> JSONResponse:
    return problem_response(_problem(error, request.url.path), request.url.path)


def _problem(error: Exception, path: str) -> Problem:
    match error:
        case RooftreeError():
            problem = problem_of(error)
            if problem.code == "context_length_exceeded" and path == "/v1/completions":
                problem = replace(problem, param="prompt")
            return problem
        case RequestValidationError():
            first = error.errors()[0]
            name = field_name(first["loc"])
            message = str(first["msg"]).removeprefix("Value error, ")
            return Problem(400, "invalid_request", f"{name or 'the body'}: {message}", name)
        case HTTPException():
            code = CODES.get(error.status_code, "invalid_request")
            headers = error.headers or {}
            return Problem(error.status_code, code, str(error.detail), headers=headers)
    # As little as possible is said; uvicorn logs the rest.
    logger("server").error("%s failed: %s", path, type(error).__name__)
    return INTERNAL


def field_name(place: Sequence[Any]) -> str | None:
    """Return `messages[0].content` for the place of a validation error."""
    name = ""
    for part in place[1:]:
        name += f"[{part}]" if isinstance(part, int) else f".{part}"
    return name.removeprefix(".") or None
