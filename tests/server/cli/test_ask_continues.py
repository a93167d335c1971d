"""`ask --continue` and what is kept for it, as typed."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rooftree.config import StateSection
from tests.agents.ask.test_ask_agent import LABEL, PROVEN, READ, call, claim, played
from tests.agents.scenes import FOUND, GOOD, SHOP
from tests.benchmarks.agent_scenes import MODEL, keep_profile
from tests.server.change_terminal import Terminal
from tests.server.commands import Commands
from tests.server.operations.test_ask_capable import ROUTES
from tests.support import config_in, git_repository
from tests.support.replies import Body, Reply, Text
from tests.support.scripted_model import ScriptedServer


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer(lambda _: Text(GOOD)) as server:
        yield server


@pytest.fixture
def cli(tmp_path: Path, model: ScriptedServer) -> Commands:
    settings = {"ROOFTREE_MODEL_ENDPOINT": model.base_url, "ROOFTREE_MODEL_NAME": "scripted"}
    return Commands(tmp_path, settings)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


def test_a_question_goes_on_from_the_last_or_the_named_one(cli: Commands, shop: Path) -> None:
    first = cli.run("ask", FOUND, "--json", cwd=shop).json()
    assert first["question"] == FOUND
    further = cli.run("ask", "--continue", "And why?", "--json", cwd=shop)
    assert further.json()["question"] == f"{FOUND} And why?"
    cli.run("ask", "Where are prices of tea and cups looked up?", cwd=shop)
    for words in (
        ["--continue", first["run"], "And why?"],
        ["And why?", "--continue", first["run"]],
    ):
        named = cli.run("ask", *words, "--json", cwd=shop)
        assert named.json()["question"] == f"{FOUND} And why?", named.err


def test_runs_show_what_was_asked_and_answered(cli: Commands, shop: Path) -> None:
    run = cli.run("ask", FOUND, "--json", cwd=shop).json()
    listed = cli.run("runs", "list", cwd=shop).out
    assert listed == f"{run['run']}  ask answered  scripted  {FOUND[:60]}\n"
    [record] = cli.run("runs", "list", "--kind", "ask", "--json", cwd=shop).json()
    assert (record["kind"], record["status"], record["task"]) == ("ask", "answered", FOUND)
    assert cli.run("runs", "list", "--kind", "change", "--json", cwd=shop).json() == []
    shown = cli.run("runs", "show", "last", cwd=shop).out
    assert f"{run['run']}  ask  answered  " in shown
    assert run["answer"] in shown
    told = cli.run("runs", "show", run["run"], "--json", cwd=shop).json()
    assert told["outcome"]["citations"] == run["citations"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--continue", "And why?"], "no question about"),
        (["--continue", "20200101-000000-abcdef", "And why?"], "no question about"),
        (["--continue", "And", "why?"], "neither 'And' nor 'why?' is the id of a run"),
        (["And", "why?"], "'why?' is one argument too many"),
    ],
)
def test_what_cannot_be_gone_on_from_is_one_line(
    cli: Commands, shop: Path, words: list[str], why: str
) -> None:
    done = cli.run("ask", *words, cwd=shop)
    assert done.code == 2
    done.assert_one_line()
    assert why in done.err


def test_keeping_is_turned_off_by_a_setting_and_gc_removes_what_is_there(
    cli: Commands, shop: Path
) -> None:
    assert cli.run("ask", FOUND, "--json", cwd=shop).json()["run"]
    off = {"ROOFTREE_ASK_KEEP": "0"}
    assert cli.run("ask", FOUND, "--json", cwd=shop, **off).json()["run"] == ""
    assert len(list((cli.state / "runs").iterdir())) == 1
    dry = cli.run("gc", "--json", "--dry-run", cwd=shop, **off).json()
    assert dry["asks"] == 1
    assert cli.run("gc", "--json", cwd=shop).json()["asks"] == 0
    assert "removed 1 kept questions" in cli.run("gc", cwd=shop, **off).out
    assert list((cli.state / "runs").iterdir()) == []


def test_a_question_that_cannot_be_kept_is_answered_all_the_same(cli: Commands, shop: Path) -> None:
    runs = cli.state / "runs"
    runs.parent.mkdir(parents=True, exist_ok=True)
    runs.write_text("no folder")
    done = cli.run("ask", FOUND, cwd=shop)
    assert done.code == 0, done.err
    assert "the question could not be kept" in done.err
    assert "shop/checkout.py" in done.out


SNIPPET = "python3 -c 'print(40 + 2)'"


def snippet(body: Body) -> Reply:
    """Try something, and answer by lines."""
    if not body.get("tools"):
        return Text(GOOD)
    return played(call("run", command=SNIPPET), READ, claim(PROVEN))(body)


def test_a_person_at_the_terminal_is_asked_for_a_snippet(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer(snippet, routes=ROUTES) as server:
        settings = {"ROOFTREE_MODEL_ENDPOINT": server.base_url, "ROOFTREE_MODEL_NAME": MODEL}
        commands = Commands(tmp_path, settings)
        config = config_in(tmp_path, model={"endpoint": server.base_url, "name": MODEL})
        state = {"folder": commands.state}
        config = config.model_copy(update={"state": StateSection.model_validate(state)})
        asyncio.run(keep_profile(config, server, "L", "capable"))
        for answer, told in (("y", "42"), ("n", "this command was not approved")):
            server.requests.clear()
            terminal = Terminal(commands, "ask", FOUND, "--repo", str(shop))
            assert "run a command that the model wrote, in the sandbox" in terminal.asked()
            terminal.type(f"{answer}\n")
            code, out = terminal.end()
            assert code == 0
            assert SNIPPET in out
            assert LABEL in out
            sent = json.dumps([one.body for one in server.requests if one.body])
            assert told in sent
        piped = commands.run("ask", FOUND, cwd=shop)
        assert LABEL in piped.out
        assert SNIPPET not in piped.out
