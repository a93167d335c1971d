"""A command's way to a running `rooftree serve`: HTTP over its unix socket, with its token.

Errors come back as the classes that they were on the server, and events as our events. It imports
no web framework, because a command pays for every import.
"""

import json
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx
from pydantic import ValidationError

from rooftree.errors import RooftreeError
from rooftree.paths import StateFolder
from rooftree.telemetry.events import Event
from server.base.error_bodies import error_of
from server.base.thread_relay import EventListener
from server.operations.operation import FAILURE, RESULT, Operation, RequestT, ResponseT

FIND_SECONDS = 2.0
SILENT_SECONDS = 60.0
"""How long a stream may be silent; the server sends a comment every 15 s."""
ANSWER_SECONDS = 600.0
"""How long a search or a status may take; the first search of a repository indexes it."""


class RemoteServer:
    """The server of one state folder."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    @classmethod
    def find(cls, state: StateFolder) -> Self | None:
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
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
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

    def call(
        self,
        operation: Operation[RequestT, ResponseT],
        request: RequestT,
        listener: EventListener,
    ) -> ResponseT:
        """Ask for an operation; the listener hears the events of one that has some."""
        # The server stands in a folder of its own, so relative paths mean nothing to it.
        named = request.among(os.path.abspath)
        fields = named.model_dump(exclude_unset=True)
        path = operation.route.format(**{name: quote(str(one)) for name, one in fields.items()})
        if operation.streams:
            content = self._follow(path, fields, listener)
        elif operation.method == "GET":
            content = self._json("GET", path, params=fields)
        else:
            content = self._json("POST", path, content=json.dumps(fields))
        try:
            return operation.response.model_validate(content)
        except ValidationError as error:
            raise _broken(
                f"its answer is not what it should be ({error.errors()[0]['loc']})"
            ) from error

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

    def _follow(self, path: str, body: dict[str, Any], listener: EventListener) -> dict[str, Any]:
        timeout = httpx.Timeout(SILENT_SECONDS, connect=FIND_SECONDS)
        request = self._client.stream(
            "POST", path, content=json.dumps(body | {"stream": True}), timeout=timeout
        )
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
    """Return whether a server listens on the socket; httpx would leak it where none does."""
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
