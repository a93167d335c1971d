"""Checks of a request before authentication: pure ASGI, in front of the gates.

A page that a user merely visits can reach a loopback port. So the Host must be ours (DNS
rebinding), the Origin absent or our own, no browser may say that another site asks, and bodies must
be JSON, which a foreign page cannot send without CORS; there is no CORS here. Bodies are counted
as they come. It knows no routes and no keys.
"""

import ipaddress
from dataclasses import dataclass
from email.message import Message as MimeMessage
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from models.wire.network import is_loopback
from rooftree.errors import ConfigError
from server.access.authenticate import send_problem
from server.base.error_bodies import Problem

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
OWN_SITES = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True)
class RequestPolicy:
    """What a listener accepts."""

    largest_body_bytes: int
    hosts: frozenset[str] | None
    """Names that a Host header may hold, in lower case; None at the unix socket."""
    any_address: bool = False
    """Whether it may hold any IP address: DNS rebinding needs a name."""
    scheme: str = "http"
    """The scheme of our own origin; a TLS proxy makes it https."""

    def knows(self, host: str) -> bool:
        """Return whether a Host header is ours."""
        name = host_name(host)
        if self.hosts is None or name in self.hosts:
            return True
        return self.any_address and _is_address(name)


class RequestGuard:
    """Refuse requests that none of our clients sends."""

    def __init__(self, app: ASGIApp, policy: RequestPolicy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        problem = self._problem(scope)
        if problem is not None:
            await send_problem(problem, scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _problem(self, scope: Scope) -> Problem | None:
        headers = Headers(scope=scope)
        problem = None if self._policy.hosts is None else self._foreign(headers)
        if problem is not None:
            return problem
        if _has_body(headers) and not _is_json(headers):
            return Problem(415, "not_json", "send the body as `Content-Type: application/json`")
        length = headers.get("content-length", "")
        if length.isascii() and length.isdigit() and int(length) > self._policy.largest_body_bytes:
            return self._too_large()
        return None

    def _foreign(self, headers: Headers) -> Problem | None:
        given = headers.getlist("host")
        if len(given) != 1 or not self._policy.knows(given[0]):
            return Problem(
                403,
                "foreign_host",
                "this server answers only under its own name; use the address that it announced",
            )
        own = f"{self._policy.scheme}://{given[0]}".lower()
        if any(origin.lower() != own for origin in headers.getlist("origin")):
            return Problem(403, "foreign_origin", "requests from other origins are refused")
        if any(site not in OWN_SITES for site in headers.getlist("sec-fetch-site")):
            return Problem(403, "cross_site", "requests from other sites are refused")
        return None

    def _counted(self, receive: Receive) -> Receive:
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._policy.largest_body_bytes:
                # The framework turns any other exception here into a 400.
                raise HTTPException(413, self._too_large().message)
            return message

        return counted

    def _too_large(self) -> Problem:
        limit = self._policy.largest_body_bytes
        return Problem(413, "body_too_large", f"a body may have {limit} bytes (largest_body_bytes)")


def policy_for(host: str, largest_body_bytes: int, behind_proxy: bool) -> RequestPolicy:
    """Return the policy of the TCP listener, or refuse an address that others can reach.

    A TLS proxy in front reaches us by the configured host and says so in its Host header.
    """
    if is_loopback(host.lower()):
        return RequestPolicy(largest_body_bytes, LOOPBACK_NAMES, scheme=_scheme(behind_proxy))
    if not behind_proxy:
        raise ConfigError(
            f"serve.host is {host!r}, which other machines can reach without TLS; "
            "use 127.0.0.1, or put a TLS proxy in front and say --behind-proxy"
        )
    return RequestPolicy(
        largest_body_bytes,
        LOOPBACK_NAMES | {host.lower()},
        any_address=host in ("0.0.0.0", "::"),  # noqa: S104 - compared with, not listened on
        scheme=_scheme(behind_proxy),
    )


def host_name(value: str) -> str:
    """Return the name in a Host header in lower case, or an empty text if it is malformed."""
    try:
        parts = urlsplit(f"//{value}")
        sound = parts.netloc == value and "@" not in value and (parts.port or 1) > 0
        return (parts.hostname or "").lower() if sound else ""
    except ValueError:
        return ""


def _scheme(behind_proxy: bool) -> str:
    return "https" if behind_proxy else "http"


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _has_body(headers: Headers) -> bool:
    return (
        "transfer-encoding" in headers
        or headers.get("content-length", "0") != "0"
        or "content-type" in headers
    )


def _is_json(headers: Headers) -> bool:
    message = MimeMessage()
    message["content-type"] = headers.get("content-type", "")
    return message.get_content_type() == "application/json"
