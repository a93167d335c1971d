"""Files over HTTP, resumed where an earlier attempt stopped.

Both a mirror and the model hub are folders below one URL. A server is never trusted: sizes are
checked against the pinned ones, redirects are followed only where allowed and only from https to
https, and the proxy variables of the environment are not read. It does not depend on entries'
meaning or of where files end up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from models.weights.catalogue import WeightsFile
from models.weights.staging import SourceError, Staging
from models.wire.network import DIRECT, NetworkSettings

MAX_ATTEMPTS = 8
MAX_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """Timeouts; `transport` replaces the network in tests."""

    connect_seconds: float = 5.0
    idle_seconds: float = 30.0
    transport: httpx.BaseTransport | None = None
    network: NetworkSettings = DIRECT


class WebFolder:
    """The files below one URL."""

    def __init__(self, base: str, settings: HttpSettings, follow_redirects: bool) -> None:
        try:
            url = httpx.URL(base.rstrip("/"))
        except httpx.InvalidURL as error:
            raise SourceError(f"{base[:80]!r} is not a URL: {error}") from error
        if url.scheme not in ("http", "https") or not url.host:
            raise SourceError("the URL must begin with https:// or http:// and name a host")
        self._base = str(url)
        self._settings = settings
        self._follow = follow_redirects

    def fetch(self, staging: Staging) -> None:
        """Bring every missing file into the staging area."""
        timeout = httpx.Timeout(self._settings.idle_seconds, connect=self._settings.connect_seconds)
        with httpx.Client(
            trust_env=False,
            follow_redirects=False,
            timeout=timeout,
            transport=self._settings.transport,
            verify=self._settings.network.context(),
            proxy=self._settings.network.proxy_for(self._base),
            headers={"Accept-Encoding": "identity", "User-Agent": "rooftree"},
        ) as client:
            for file in staging.missing():
                self._fetch_file(client, file, staging)

    def _fetch_file(self, client: httpx.Client, file: WeightsFile, staging: Staging) -> None:
        """Go on after every cut connection, as long as each brings something; not after silence."""
        for _ in range(MAX_ATTEMPTS):
            before = staging.part(file).size
            try:
                self._attempt(client, file, staging)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                stuck = staging.part(file).size <= before
                if stuck or isinstance(error, httpx.TimeoutException):
                    raise SourceError(f"{file.name}: {self._reason(error)}") from error
            if staging.part(file).size == file.size:
                staging.finish(file)
                return
        raise SourceError(f"{file.name}: the connection was cut {MAX_ATTEMPTS} times")

    def _attempt(self, client: httpx.Client, file: WeightsFile, staging: Staging) -> None:
        offset = staging.part(file).size
        with self._response(client, f"{self._base}/{quote(file.name)}", offset) as response:
            part = staging.begin(file, _start_of(response, file, offset))
            for block in response.iter_raw():
                part.write(block)
                staging.report("download")

    @contextmanager
    def _response(self, client: httpx.Client, url: str, offset: int) -> Iterator[httpx.Response]:
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        target = httpx.URL(url)
        for _ in range(MAX_REDIRECTS + 1):
            with client.stream("GET", target, headers=headers) as response:
                if not response.has_redirect_location:
                    yield response
                    return
                target = self._next_hop(target, response.headers["Location"])
        raise SourceError(f"redirects more than {MAX_REDIRECTS} times")

    def _next_hop(self, current: httpx.URL, location: str) -> httpx.URL:
        target = current.join(location)
        if not self._follow:
            raise SourceError("answers with a redirect; a mirror must serve the file itself")
        if (current.scheme, target.scheme) != ("https", "https"):
            raise SourceError(
                f"redirects from {current.scheme} to {target.scheme}; only https is followed"
            )
        return target

    def _reason(self, error: Exception) -> str:
        if isinstance(error, httpx.ConnectTimeout):
            return f"no connection within {self._settings.connect_seconds:g} s"
        if isinstance(error, httpx.ReadTimeout):
            return f"silent for {self._settings.idle_seconds:g} s"
        return f"{type(error).__name__}: {error}"[:200]


def _start_of(response: httpx.Response, file: WeightsFile, offset: int) -> int:
    """Return where the body begins in the file, or refuse a body that cannot be the file."""
    if response.status_code == httpx.codes.OK:
        length = response.headers.get("Content-Length")
        if length is not None and length != str(file.size):
            raise SourceError(f"{file.name} has {length} bytes there, expected {file.size}")
        return 0
    if response.status_code == httpx.codes.PARTIAL_CONTENT and offset:
        found = response.headers.get("Content-Range", "")
        if found != f"bytes {offset}-{file.size - 1}/{file.size}":
            raise SourceError(f"{file.name}: asked for bytes {offset}-, was sent {found[:60]!r}")
        return offset
    raise SourceError(f"{file.name}: HTTP status {response.status_code}")
