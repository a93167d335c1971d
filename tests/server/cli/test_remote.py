import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooftree.errors import (
    IndexLockedError,
    ModelUnavailableError,
    RepositoryError,
    RooftreeError,
    UsageError,
)
from rooftree.paths import StateFolder
from rooftree.telemetry.events import Event
from server.base.error_bodies import KINDS, error_of, problem_of
from server.cli.terminal.remote import RemoteServer, events_of
from server.operations.find.ask import ASK, AskRequest
from server.operations.find.search import SEARCH, SearchRequest
from server.operations.index.status import STATUS, StatusRequest
from server.operations.table import OPERATIONS
from tests.server.calls import ignore
from tests.server.stand import BODY, SUMMARY, Running
from tests.support.replies import Wire
from tests.support.wire_server import Recorded, WireServer

ROOT = Path(__file__).parents[3]


NOTHING = SearchRequest.model_construct(query="q", limit=0)


def search(remote: RemoteServer) -> Any:
    return remote.call(SEARCH, SearchRequest(query="q"), ignore)


def ask(remote: RemoteServer) -> Any:
    return remote.call(ASK, AskRequest(question="q"), ignore)


@pytest.fixture
async def remote(running: Running) -> RemoteServer:
    found = await asyncio.to_thread(RemoteServer.find, running.services.config.paths)
    assert found
    return found


async def test_a_command_reaches_every_operation(running: Running, remote: RemoteServer) -> None:
    """Each with what it needs; a new one must be here."""
    events: list[Event] = []
    repo = {"repo": "/any/where"}
    needed: dict[str, dict[str, Any]] = {
        "search": {"query": "push", "limit": 5},
        "symbols": {"name": "push", "limit": 5},
        "references": {"name": "push"},
        "map": {"tokens": 500, "focus": ["src"]},
        "history": {"query": "push", "path": "src"},
        "ask": {"question": "where?"},
        "change": {"task": "mend it"},
        "review": {"base": "main"},
        "apply": {"run": "a run", "digest": "0" * 64},
        **{name: {"run": "a run"} for name in ("run", "diff", "undo", "resume")},
        "replay": {"run": "a run", "model": "small"},
    }

    def command() -> None:
        with remote:
            for operation in OPERATIONS:
                request = operation.request.of(**repo, **needed.get(operation.name, {}))
                response = remote.call(operation, request, events.append)
                if operation.name == "ask":
                    assert response.answer == BODY + SUMMARY

    await asyncio.to_thread(command)
    assert [name for name, _ in running.services.asked] == [one.name for one in OPERATIONS]
    for name, fields in running.services.asked:
        assert fields == repo | needed.get(name, {})
    assert [event.data["stage"] for event in events if "stage" in event.data]
    assert all(caller.access.local and caller.over_http for caller in running.services.callers)


@pytest.mark.parametrize(
    "error", [IndexLockedError("locked"), RepositoryError("none"), ModelUnavailableError("down")]
)
async def test_errors_come_back_as_they_were(
    running: Running, remote: RemoteServer, error: RooftreeError
) -> None:
    running.services.error = error
    with remote:
        for call in (
            lambda: remote.call(SEARCH, SearchRequest(query="q"), ignore),
            lambda: remote.call(ASK, AskRequest(question="q"), ignore),
        ):
            with pytest.raises(type(error), match=str(error)):
                await asyncio.to_thread(call)


async def test_a_relative_repository_is_made_absolute(
    running: Running, remote: RemoteServer
) -> None:
    with remote:
        await asyncio.to_thread(remote.call, STATUS, StatusRequest(repo="here"), ignore)
    assert running.services.asked == [("status", {"repo": str(Path.cwd() / "here")})]


async def test_a_refusal_without_a_class_of_its_own_is_a_usage_error(
    running: Running, remote: RemoteServer
) -> None:
    with remote, pytest.raises(UsageError, match="limit"):
        await asyncio.to_thread(remote.call, SEARCH, NOTHING, ignore)


def test_every_class_survives_the_way_there_and_back() -> None:
    for kind, _, _ in KINDS:
        assert type(error_of(problem_of(kind("m")).code, "m")) is kind
    assert isinstance(error_of("something else", "m"), UsageError)


def test_there_is_no_server_without_a_socket_a_token_or_a_listener(tmp_path: Path) -> None:
    state = StateFolder(tmp_path)
    assert RemoteServer.find(state) is None
    state.socket_token().write_text("token")
    assert RemoteServer.find(state) is None
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(state.socket()))
    assert RemoteServer.find(state) is None


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"no json", "not JSON"),
        (200, b"[]", "no JSON object"),
        (500, b"{}", "without saying which"),
        (200, b"event: progress\ndata: {}\n\n", "lacks 'kind'"),
        (200, b": working\n\n", "stopped in the middle"),
        (200, b'event: failure\ndata: {"error": {"code": "usage", "message": "no"}}\n\n', "no"),
    ],
)
def test_odd_answers_are_said_in_words(status: int, body: bytes, said: str) -> None:
    def answer(request: Recorded) -> Wire:
        return Wire((body,), status)

    server = WireServer(answer)
    server.start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        with RemoteServer(httpx.Client(base_url=url, trust_env=False)) as remote:
            asked = ask if body.startswith((b"event", b":")) else search
            with pytest.raises(RooftreeError, match=said):
                asked(remote)
    finally:
        server.close()
    client = httpx.Client(base_url=url, trust_env=False)
    with (
        RemoteServer(client) as remote,
        pytest.raises(RooftreeError, match="connection broke"),
    ):
        remote.call(SEARCH, SearchRequest(query="q"), ignore)


@given(st.lists(st.text(max_size=20) | st.sampled_from(["data: {}", "data: x", "event: e", ""])))
def test_any_lines_are_events_or_an_error(lines: list[str]) -> None:
    try:
        for name, data in events_of(lines):
            assert isinstance(name, str)
            assert isinstance(data, dict)
    except RooftreeError:
        return


def test_a_command_loads_no_web_framework() -> None:
    program = (
        "import sys, server.cli.terminal.remote; "
        "print([n for n in ('fastapi', 'starlette', 'openai', 'numpy') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout == "[]\n"
