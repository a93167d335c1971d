"""A running server denies nothing that it has not looked at: each blind spot, each route."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.agents.scenes import GOOD, SHOP
from tests.server.blind_spots import CODE, NAME, SPOTS
from tests.server.commands import SECONDS, Commands
from tests.support import git_repository, write_files
from tests.support.replies import Text
from tests.support.scripted_model import ScriptedServer

QUESTION = f"What does `{NAME}` do?"
SEVERAL = ("too large", "ignored by git", "a symbolic link")
"""Hidden together in the default repository, which alone a chat can ask."""


@contextmanager
def serving(folder: Path, roots: Mapping[str, Path]) -> Iterator[httpx.Client]:
    """Serve repositories by the command, and yield a client with its key."""
    with ScriptedServer(lambda _: Text(GOOD)) as model:
        cli = Commands(folder, {"ROOFTREE_MODEL_ENDPOINT": model.base_url})
        named = [argument for root in roots.values() for argument in ("--repo", root)]
        process = cli.start("serve", *named, "--port", "0")
        try:
            told = _announced(process)
            key = told.split("(shown once): ")[1].split("\n")[0]
            url = told.split("serving ")[1].split("/v1\n")[0]
            headers = {"Authorization": f"Bearer {key}"}
            with httpx.Client(
                base_url=url, headers=headers, timeout=SECONDS, trust_env=False
            ) as client:
                yield client
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=SECONDS)


def _announced(process: "subprocess.Popen[bytes]") -> str:
    assert process.stdout is not None
    seen = b""
    while b"/v1\n" not in seen:
        block = os.read(process.stdout.fileno(), 4096)
        assert block, process.stderr and process.stderr.read().decode()
        seen += block
    return seen.decode()


@pytest.fixture(scope="module")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("roots")
    default = git_repository(folder, dict(SHOP), "default")
    write_files(default, {"big.py": CODE + "#" * 2_000_000})
    SPOTS["ignored by git"].hide(default)
    SPOTS["a symbolic link"].hide(default)
    made = {"default": default}
    for number, (name, spot) in enumerate(SPOTS.items()):
        made[name] = git_repository(folder, dict(SHOP), f"spot-{number}")
        spot.hide(made[name])
    return made


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, roots: dict[str, Path]
) -> Iterator[httpx.Client]:
    with serving(tmp_path_factory.mktemp("s"), roots) as found:
        yield found


def said(client: httpx.Client, route: str, **body: Any) -> Any:
    response = client.post(route, json=body)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.mark.parametrize("name", SPOTS)
def test_every_route_names_what_was_not_looked_at(
    client: httpx.Client, roots: dict[str, Path], name: str
) -> None:
    spot, repo = SPOTS[name], str(roots[name])
    bodies: dict[str, dict[str, Any]] = {
        "search": {"query": f"`{NAME}`"},
        "symbols": {"name": NAME},
        "references": {"name": NAME},
        "map": {"focus": [NAME]},
    }
    for face, body in bodies.items():
        spot.check(face, said(client, f"/api/{face}", repo=repo, **body))
    spot.check_answer(said(client, "/api/ask", repo=repo, question=QUESTION))


def test_a_chat_names_it_whole_and_streamed(client: httpx.Client) -> None:
    chat = {"model": "rooftree", "messages": [{"role": "user", "content": QUESTION}]}
    whole = said(client, "/v1/chat/completions", **chat)
    content = whole["choices"][0]["message"]["content"]
    streamed = client.post("/v1/chat/completions", json=chat | {"stream": True}).text
    frames = [line.removeprefix("data: ") for line in streamed.splitlines() if line[:6] == "data: "]
    deltas = [json.loads(frame)["choices"][0]["delta"] for frame in frames if frame != "[DONE]"]
    for text in (content, "".join(delta.get("content") or "" for delta in deltas)):
        assert f"'{NAME}' occurs nowhere" in text
        for spot in map(SPOTS.__getitem__, SEVERAL):
            assert spot.told in text.partition("not looked at: ")[2]
    assert whole["x_rooftree"]["status"] in ("not_found", "could_not_look")


def test_several_at_once_are_each_told_of(client: httpx.Client, roots: dict[str, Path]) -> None:
    wanted = ("binary", "denied")
    repos = [str(roots[name]) for name in wanted]
    found = said(client, "/api/search", query=f"`{NAME}`", repos=repos)
    for name, looked in zip(wanted, found["repos"], strict=True):
        missed = looked["coverage"]["not_looked_at"]
        assert any(SPOTS[name].told in told for told in missed)


def test_a_query_without_a_word_is_refused(client: httpx.Client) -> None:
    response = client.post("/api/search", json={"query": "++"})
    assert response.status_code == 400
    assert "holds no word or name" in response.json()["error"]["message"]
