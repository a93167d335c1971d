"""Authentication: an API key over TCP, the per-start token at the unix socket.

Each listener has a gate of its own in front of the same application, so neither credential can
ever be used at the other listener. What a gate lets through carries an `Access` in its scope.
"""

import hmac

from fastapi import Request
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from rooftree.errors import RooftreeError
from server.access.api_keys import LOCAL, SCOPES, CallerAccess, KeyStore
from server.access.throttle import FailureLimit
from server.base.error_bodies import Problem, problem_of, refuse

ACCESS = "rooftree.access"
OPEN_PATH = "/healthz"
CHALLENGE = {"WWW-Authenticate": "Bearer"}
NO_KEY = Problem(
    401,
    "missing_api_key",
    "this server needs a key: send `Authorization: Bearer <key>` or `x-api-key`; "
    "`rooftree keys create` makes one",
    headers=CHALLENGE,
)
WRONG_KEY = Problem(
    401,
    "invalid_api_key",
    "this key is not known here or has been revoked; `rooftree keys list` shows the living ones",
    headers=CHALLENGE,
)


class KeyGate:
    """Let through requests with a valid API key."""

    def __init__(self, app: ASGIApp, keys: KeyStore, failures: FailureLimit | None = None) -> None:
        self._app = app
        self._keys = keys
        self._failures = failures or FailureLimit()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_open(scope):
            await self._app(scope, receive, send)
            return
        try:
            judged = self._authenticate(scope)
        except RooftreeError as error:
            judged = problem_of(error)
        if isinstance(judged, Problem):
            await send_problem(judged, scope, receive, send)
            return
        scope[ACCESS] = judged
        await self._app(scope, receive, send)

    def _authenticate(self, scope: Scope) -> CallerAccess | Problem:
        shown = credential_of(scope)
        if not shown:
            return NO_KEY
        key = self._keys.check(shown)
        if key is not None:
            return CallerAccess(key.id, key.scopes)
        client = scope.get("client")
        wait = self._failures.fail(client[0] if client else "")
        if wait:
            message = f"too many wrong keys from this address; wait {wait} s"
            return Problem(429, "too_many_wrong_keys", message, headers={"Retry-After": str(wait)})
        return WRONG_KEY


class TokenGate:
    """Let through requests with the token, which only the user who started the server can read."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_open(scope):
            shown = credential_of(scope)
            if not hmac.compare_digest(shown.encode(), self._token):
                await send_problem(WRONG_KEY if shown else NO_KEY, scope, receive, send)
                return
            scope[ACCESS] = CallerAccess(LOCAL, SCOPES)
        await self._app(scope, receive, send)


class ScopeRequirement:
    """A dependency that refuses keys without a scope."""

    def __init__(self, scope: str) -> None:
        self._scope = scope

    def __call__(self, request: Request) -> None:
        require(access_of(request), self._scope)


def require(access: CallerAccess, scope: str, purpose: str = "") -> None:
    """Refuse a key without a scope; `purpose` says what needs it, where the route does not."""
    if scope not in access.scopes:
        needed = f", which {purpose} needs" if purpose else ""
        message = (
            f"this key lacks the scope {scope!r}{needed}; "
            f"`rooftree keys create NAME --scope {scope}` makes one that has it"
        )
        raise refuse(403, "missing_scope", message)


def access_of(request: Request) -> CallerAccess:
    """Return the caller; every request here has passed a gate."""
    access: CallerAccess = request.scope.get(ACCESS) or CallerAccess("nobody", frozenset())
    return access


def is_open(scope: Scope) -> bool:
    """Return whether no credential is asked for."""
    return bool(scope["path"] == OPEN_PATH)


def credential_of(scope: Scope) -> str:
    """Return what the caller shows, or an empty text; the query string is never looked at."""
    headers = Headers(scope=scope)
    kind, _, value = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return value.strip()
    return headers.get("x-api-key", "").strip()


async def send_problem(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    await problem_response(problem, scope["path"])(scope, receive, send)


def problem_response(problem: Problem, path: str) -> JSONResponse:
    return JSONResponse(problem.body(path), problem.status, headers=dict(problem.headers))
