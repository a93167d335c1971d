"""A command that cannot do its work: one sentence, what to do, an exit code, and JSON if wanted."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agents.change.change_run import members_json
from agents.runs.store import RunStore, StoredRun
from agents.runs.team import TeamMember
from models.probing.profile import ROLES
from rooftree.git.commands import open_worktree
from tests.server.changing import TASK, changing_config, coder, environment
from tests.server.commands import Commands
from tests.server.reviewing import BROKEN, proposed
from tests.support import git
from tests.support.scripted_model import (
    Call,
    Calls,
    Cut,
    Failure,
    Hang,
    Reply,
    ScriptedServer,
    Wire,
)

GARBAGE = Wire((b"<html>not json</html>",), 200, {"content-type": "text/html"})
CUT = Wire((b'{"choices": [', Cut()), framing="chunked")
FAILURES: Mapping[str, tuple[Reply, str]] = {
    "error": (Failure(500, "boom"), "cannot answer now (500: boom); ask again"),
    "garbage": (GARBAGE, "something that is not JSON"),
    "cut": (CUT, "ask again, and look at the server's log if it happens again"),
    "silence": (Wire(before=(Hang(),)), "raise model.total_seconds"),
}
STREAMED = {"silence": "raise model.first_token_seconds"}
"""What is told otherwise where the answer would come in pieces."""
SHORT = {
    "ROOFTREE_MODEL_FIRST_TOKEN_SECONDS": "2",
    "ROOFTREE_MODEL_IDLE_SECONDS": "2",
    "ROOFTREE_MODEL_TOTAL_SECONDS": "10",
}
slow_but_first = [
    name if name == "error" else pytest.param(name, marks=pytest.mark.slow) for name in FAILURES
]


def commands_of(tmp_path: Path, model: ScriptedServer) -> Commands:
    return Commands(tmp_path, environment(tmp_path, model) | SHORT)


def begun(tmp_path: Path, model: ScriptedServer, repo: Path) -> str:
    """Make a run whose coder is measured capable, so that it chooses its own tools."""
    worktree = open_worktree(repo)
    coder = TeamMember("scripted", "capable", "replace", context_tokens=100_000)
    settings: dict[str, Any] = {
        "members": members_json(dict.fromkeys(ROLES, coder)),
        "mode": "all",
        "allowed": [],
        "budget": {"model_calls": 6, "tokens": 1_000_000, "seconds": 120.0},
        "rounds": 2,
        "candidates": 2,
    }
    store = RunStore(changing_config(tmp_path, model).paths)
    where = (str(worktree.root), worktree.commit, "scripted")
    record = StoredRun("change", TASK, *where, settings=settings, repo_id=worktree.repo_id)
    return store.create(record).id


@pytest.mark.parametrize("failure", slow_but_first)
@pytest.mark.parametrize("capable", [True, False], ids=["capable", "small"])
def test_a_change_that_its_model_fails_says_once_why_and_how_to_go_on(
    tmp_path: Path, shop: Path, failure: str, capable: bool
) -> None:
    reply, told = FAILURES[failure]
    with ScriptedServer(lambda _: reply) as model:
        words = ("--resume", begun(tmp_path, model, shop)) if capable else ("mend the total",)
        commands = commands_of(tmp_path, model)
        done = commands.run("change", *words, "--repo", shop)
    assert (done.code, done.out) == (3, "")
    assert "Traceback" not in done.err
    *before, line = done.err.splitlines()
    assert line.startswith("rooftree: ")
    assert told in line
    assert not any(told in one for one in before), "it is said once"
    run = RunStore(changing_config(tmp_path, model).paths).all()[0]
    assert line.endswith(f"; `rooftree change --resume {run.id} --repo {shop}` goes on")
    assert run.status == "error"
    with ScriptedServer(coder) as model:
        settings = environment(tmp_path, model)
        done = Commands(tmp_path, settings).run("change", "--resume", run.id, "--repo", shop)
    assert "rooftree: " not in done.err, "and so it does"


def test_a_change_whose_time_is_over_says_so_in_one_sentence(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer(lambda _: Wire(before=(Hang(),))) as model:
        settings = environment(tmp_path, model) | {"ROOFTREE_CHANGE_WALL_SECONDS": "2"}
        run = begun(tmp_path, model, shop)
        done = Commands(tmp_path, settings).run("change", "--resume", run, "--repo", shop)
    assert done.code == 1
    assert "Traceback" not in done.err
    told = "the change took longer than 2 s; raise change.wall_seconds, or ask for less"
    assert (done.out + done.err).count(told) == 1
    assert f"failed: no edit was found: {told}\n" in done.out


@pytest.mark.parametrize("failure", slow_but_first)
def test_a_review_that_its_model_fails_is_incomplete_and_says_why(
    tmp_path: Path, failure: str
) -> None:
    repo = proposed(tmp_path, {"shop/cart.py": BROKEN})
    reply, told = FAILURES[failure]
    with ScriptedServer(lambda _: reply) as model:
        commands = commands_of(tmp_path, model)
        done = commands.run("review", "--base", "main", "--no-tests", "--repo", repo)
    assert done.code == 3
    assert "Traceback" not in done.err
    assert told in done.out
    assert "incomplete" in done.out
    assert "clean" not in done.out


@pytest.mark.parametrize("failure", slow_but_first)
def test_an_answer_without_its_summary_says_why(tmp_path: Path, shop: Path, failure: str) -> None:
    reply, told = FAILURES[failure]
    with ScriptedServer(lambda _: reply) as model:
        commands = commands_of(tmp_path, model)
        done = commands.run("ask", "how is the total of prices added up", "--repo", shop)
    assert done.code == 0, "the places are the answer"
    assert "Traceback" not in done.err
    assert "No summary: " in done.out
    assert STREAMED.get(failure, told) in done.out


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", [("change", "mend the total"), ("review", "--base", "main", "--no-tests")]
)
def test_a_server_that_is_not_there_is_named(tmp_path: Path, words: tuple[str, ...]) -> None:
    shop = proposed(tmp_path, {"shop/cart.py": BROKEN})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        settings = {"ROOFTREE_MODEL_ENDPOINT": url, "ROOFTREE_MODEL_NAME": "scripted"}
        done = Commands(tmp_path, settings).run(*words, "--repo", shop)
    assert done.code == 3
    assert "Traceback" not in done.err
    told = done.err + done.out
    assert "cannot connect to the model server at" in told
    assert "start it, or correct model.endpoint" in told


@pytest.mark.parametrize(
    "call",
    [
        Call("read", "no { json"),
        pytest.param(Call("nosuch", {"a": 1}), marks=pytest.mark.slow),
        pytest.param(Call("read", {"path": ["a", {}]}), marks=pytest.mark.slow),
        pytest.param(Call("read", "null"), marks=pytest.mark.slow),
    ],
    ids=lambda call: f"{call.name} {call.arguments}",
)
def test_a_tool_that_fails_is_told_the_model_and_leaves_no_trace(
    tmp_path: Path, shop: Path, call: Call
) -> None:
    def calling(body: Mapping[str, Any]) -> Reply:
        return Calls((call,)) if body.get("tools") else coder(body)

    with ScriptedServer(calling) as model:
        run = begun(tmp_path, model, shop)
        done = commands_of(tmp_path, model).run("change", "--resume", run, "--repo", shop)
    assert len(model.requests) > 1, "it was asked again"
    assert "Traceback" not in done.err
    assert "internal error" not in done.err
    assert done.code == 1


PLACES = {"missing": (2, "repository"), "file": (2, "repository"), "bare": (2, "repository")}
HERE = {
    "ask": ("ask", "why"),
    "change": ("change", "x"),
    "apply": ("apply",),
    "undo": ("undo",),
    "review": ("review", "--base", "main"),
    "search": ("search", "x"),
    "symbols": ("symbols", "x"),
    "references": ("references", "x"),
    "map": ("map",),
    "history": ("history", "x"),
    "status": ("status",),
    "runs list": ("runs", "list"),
    "runs show": ("runs", "show"),
    "tune": ("tune",),
    "eval": ("eval", "retrieval"),
}


def error_in(done: Any) -> Mapping[str, Any]:
    """Return the error of a command that says nothing else on stdout."""
    told = done.json()
    assert list(told) == ["error"]
    error: Mapping[str, Any] = told["error"]
    assert sorted(error) == ["code", "exit_code", "message"]
    assert error["exit_code"] == done.code
    assert done.err.endswith(f"rooftree: {error['message']}\n")
    return error


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("command", HERE)
def test_an_error_is_json_where_json_is_wanted(tmp_path: Path, command: str, place: str) -> None:
    folder = tmp_path / place
    if place == "file":
        folder.write_text("")
    elif place == "bare":
        git(tmp_path, "init", "--quiet", "--bare", str(folder))
    done = Commands(tmp_path).run(*HERE[command], "--json", "--repo", folder)
    error = error_in(done)
    assert (done.code, error["code"]) == PLACES[place]
    assert str(folder) in error["message"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("change", "x", "--model", "scriptde", "--json"), "model_not_found"),
        (("review", "--base", "HEAD", "--model", "scriptde", "--json"), "model_not_found"),
        (
            ("review", "--base", "HEAD", "--model", "scriptde", "--format", "json"),
            "model_not_found",
        ),
        (("runs", "show", "2020", "--json"), "usage"),
        (("apply", "2020", "--json"), "usage"),
        (("undo", "--json"), "usage"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_a_name_that_nothing_has_is_json_too(
    tmp_path: Path, shop: Path, words: tuple[str, ...], code: str
) -> None:
    with ScriptedServer(coder) as model:
        done = commands_of(tmp_path, model).run(*words, "--repo", shop)
    assert (done.code, error_in(done)["code"]) == (2, code)
