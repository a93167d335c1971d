"""A command's way to a running `rooftree serve`: HTTP over its unix socket, with its token.

Errors come back as the classes that they were on the server, and events as our events. It imports
no web framework, because a command pays for every import.
"""

import json
import os
import socket
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx

from rooftree.errors import RooftreeError
from rooftree.paths import State
from rooftree.telemetry.events import Event
from server.base.error_bodies import error_of

FIND_SECONDS = 2.0
SILENT_SECONDS = 60.0
"""How long a stream may be silent; the server sends a comment every 15 s."""
ANSWER_SECONDS = 600.0
"""How long a search or a status may take; the first search of a repository indexes it."""
RESULT = "result"
FAILURE = "failure"

Listener = Callable[[Event], None]


class RemoteServer:
    """The server of one state folder."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @classmethod
    def find(cls, state: State) -> Self | None:
        """Return the server that runs on this state, or None."""
        try:
            token = state.socket_token().read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        if not token or not _listens(state.socket()):
            return None
        client = httpx.Client(
            transport=httpx.HTTPTransport(uds=str(state.socket()), trust_env=False),
            base_url="http://localhost",
            headers={"Authorization": f"Bearer {token}"},
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=FIND_SECONDS),
            trust_env=False,
        )
        server = cls(client)
        if server.answers():
            return server
        server.close()
        return None

    def answers(self) -> bool:
        try:
            return self._client.get("/healthz", timeout=FIND_SECONDS).status_code == 200
        except httpx.HTTPError:
            return False

    def search(self, query: str, repo: Path | None, limit: int) -> dict[str, Any]:
        """Return the search JSON."""
        body = {"query": query, "limit": limit} | _repo(repo)
        return self._json("POST", "/api/search", json=body)

    def search_several(self, query: str, repos: Sequence[Path], limit: int) -> dict[str, Any]:
        """Return the search JSON of several repositories."""
        body = {"query": query, "limit": limit, "repos": [str(repo.absolute()) for repo in repos]}
        return self._json("POST", "/api/search", json=body)

    def symbols(self, name: str, repo: Path | None, kind: str | None, limit: int) -> dict[str, Any]:
        """Return the symbols JSON."""
        body = {"name": name, "kind": kind, "limit": limit} | _repo(repo)
        return self._json("POST", "/api/symbols", json=body)

    def references(self, name: str, repo: Path | None) -> dict[str, Any]:
        """Return the references JSON."""
        return self._json("POST", "/api/references", json={"name": name} | _repo(repo))

    def map(self, repo: Path | None, tokens: int, focus: Sequence[str]) -> dict[str, Any]:
        """Return the map JSON."""
        body = {"tokens": tokens, "focus": list(focus)} | _repo(repo)
        return self._json("POST", "/api/map", json=body)

    def history(
        self, query: str, repo: Path | None, since: str | None, limit: int, path: str | None
    ) -> dict[str, Any]:
        """Return the history JSON."""
        body = {"query": query, "since": since, "limit": limit, "path": path} | _repo(repo)
        return self._json("POST", "/api/history", json=body)

    def status(self, repo: Path | None) -> dict[str, Any]:
        """Return the status JSON."""
        return self._json("GET", "/api/status", params=_repo(repo))

    def ask(self, question: str, repo: Path | None, listener: Listener) -> dict[str, Any]:
        """Return the answer's JSON; the listener hears the run's events as they come."""
        return self._follow("/api/ask", {"question": question} | _repo(repo), listener)

    def index(self, repo: Path | None, listener: Listener) -> dict[str, Any]:
        """Index a repository and return its status; the listener hears the progress."""
        return self._follow("/api/index", _repo(repo), listener)

    def close(self) -> None:
        self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _json(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        with _explained():
            response = self._client.request(method, path, **request)
            content: dict[str, Any] = _parsed(response.text)
        if response.is_error:
            raise _error(content)
        return content

    def _follow(self, path: str, body: dict[str, Any], listener: Listener) -> dict[str, Any]:
        timeout = httpx.Timeout(SILENT_SECONDS, connect=FIND_SECONDS)
        request = self._client.stream("POST", path, json=body | {"stream": True}, timeout=timeout)
        with _explained(), request as response:
            if response.is_error:
                response.read()
                raise _error(_parsed(response.text))
            for name, data in events_of(response.iter_lines()):
                if name == RESULT:
                    return data
                if name == FAILURE:
                    raise _error(data)
                listener(_event(data))
        raise _broken("it stopped in the middle of its answer")


def events_of(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the name and the JSON of each server-sent event; comments are skipped."""
    name, data = "", ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data += line.removeprefix("data: ")
        elif not line and data:
            yield name, _parsed(data)
            name, data = "", ""


def _listens(path: Path) -> bool:
    """Return whether anybody is behind the socket; httpx would leak it where nobody is."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(FIND_SECONDS)
        try:
            probe.connect(os.fspath(path))
        except OSError:
            return False
    return True


def _event(data: dict[str, Any]) -> Event:
    try:
        return Event(data["kind"], data["run"], data["seq"], data["data"])
    except KeyError as error:
        raise _broken(f"its event lacks {error}") from error


def _repo(repo: Path | None) -> dict[str, Any]:
    # The server stands in a directory of its own, so relative paths mean nothing to it.
    return {} if repo is None else {"repo": str(repo.absolute())}


def _parsed(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken("it answered something that is not JSON") from error
    if not isinstance(content, dict):
        raise _broken("it answered something that is no JSON object")
    return content


def _error(content: dict[str, Any]) -> RooftreeError:
    error = content.get("error")
    if not isinstance(error, dict):
        return _broken("it reported a failure without saying which")
    return error_of(error.get("code"), str(error.get("message", "the server failed")))


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException as error:
        raise _broken("it is silent") from error
    except httpx.HTTPError as error:
        raise _broken(f"the connection broke: {error}") from error


def _broken(what: str) -> RooftreeError:
    return RooftreeError(f"the running server (`rooftree serve`) failed: {what}; restart it")
