"""The harness tries tasks with each side, judges by its own tests, and goes on where it was."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.agents.judging import Standard, judge
from benchmarks.agents.peer import MiniSweAgent
from benchmarks.agents.results import AgentResult, table
from benchmarks.agents.run import main
from benchmarks.agents.sets import Line, OwnTask
from benchmarks.agents.sides import Means
from benchmarks.agents.tasks import python
from benchmarks.agents.tasks.task import AgentTask
from benchmarks.agents.trajectory import Trajectory, edit, finish, read, run_tests
from benchmarks.repair.results import read_lines
from rooftree.config import Config
from tests.benchmarks.agent_scenes import MODEL, WINDOW, agent_server, keep_profile
from tests.support import git_repository
from tests.support.repositories import git
from tests.support.scripted_model import ScriptedServer
from tools.sandbox.engines.bubblewrap import find_bubblewrap

PEER_VENV = "ROOFTREE_MINI_SWE_AGENT"
"""Names the virtual environment that mini-swe-agent is in."""
REPAIR = python.REPAIR
CART = "shop/cart.py"
WRONG = "A cart's total is wrong: make test_total pass."
WRONG_WAY = Trajectory(
    WRONG,
    (
        read(CART),
        edit(CART, "result -= price", "result = price"),
        run_tests(),
        finish("it is the last price now"),
    ),
    "fix",
    python.SHELL,
)


def lines(tmp_path: Path, tasks: Sequence[AgentTask]) -> Path:
    """Write a set of tasks whose repository has gone on since their commit."""
    repository = git_repository(tmp_path, dict(REPAIR.files), "origin")
    commit = git(repository, "rev-parse", "HEAD")
    (repository / CART).write_text(python.CART)
    git(repository, "commit", "--quiet", "--all", "--message", "The answer")
    found = [
        Line(
            id=one.id,
            repository=repository,
            commit=commit,
            text=one.text,
            must_pass=one.must_pass,
        ).model_dump_json()
        for one in tasks
    ]
    path = tmp_path / "tasks.jsonl"
    path.write_text("\n".join(found) + "\n")
    return path


def ran(tmp_path: Path, tasks: Path | str, server: ScriptedServer, *more: str) -> list[AgentResult]:
    """Run the program, with a model that was measured."""
    out = tmp_path / "out"
    config = Config.model_validate({"state": {"folder": out / "state"}})
    asyncio.run(keep_profile(config, server))
    asked = [str(tasks), "--endpoint", server.base_url, "--model", MODEL]
    asked += ["--window", str(WINDOW), "--wall", "120", "--out", str(out), *more]
    assert main(asked) == 0
    return read_lines(out / "results.jsonl", AgentResult)


def test_tasks_of_a_file_are_tried_and_judged_and_not_tried_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = replace(REPAIR, id="wrong", text=WRONG)
    tasks = lines(tmp_path, [REPAIR, other])
    with agent_server([REPAIR.trajectory, WRONG_WAY]) as server:
        solved, failed = ran(tmp_path, tasks, server)
        asked = len(server.requests)
        again = ran(tmp_path, tasks, server)
        of_models = [one for one in server.requests[asked:] if "chat" in one.path]
    assert (solved.solved, solved.claims_done, solved.exit) == (True, True, "verified")
    assert solved.changed == (CART,)
    assert solved.calls == len(REPAIR.steps) + 1, "and one of the reviewer"
    assert not failed.solved
    assert not failed.claims_done
    assert "test_total fails" in failed.why
    assert again == [solved, failed]
    assert of_models == []
    assert "| rooftree | 2 | 1 (50 %) | 0 |" in capsys.readouterr().out


def test_results_of_another_window_are_not_gone_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.jsonl").write_text(result(solved=True).model_dump_json() + "\n")
    asked = ["agents", "--endpoint", "http://127.0.0.1:9/v1", "--model", "other"]
    assert main([*asked, "--window", "8192", "--wall", "9", "--out", str(out)]) == 2
    assert "name another folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({CART: python.CART}, ""),
        ({}, "nothing was changed"),
        ({CART: python.CART.replace("result += price", "result = 3")}, ""),
        ({"tests/test_cart.py": "def test_total():\n    pass\n"}, "test_total fails"),
        ({CART: python.CART, "tests/test_cart.py": "broken ("}, ""),
        ({"conftest.py": "import os\nos._exit(0)\n"}, "fails"),
    ],
    ids=["right", "nothing", "right for what is asked", "a test", "right and a test", "conftest"],
)
async def test_only_tests_of_ours_judge(
    tmp_path: Path, changes: dict[str, str], fault: str
) -> None:
    task = OwnTask(REPAIR, find_bubblewrap())
    await task.put(tmp_path / "work")
    for path, text in changes.items():
        (tmp_path / "work" / path).write_text(text)
    (tmp_path / "scratch").mkdir()
    verdict = await task.judged(tmp_path / "work", tmp_path / "scratch")
    assert verdict.solved is (not fault), verdict.why
    assert fault in verdict.why


async def test_a_task_is_judged_by_tests_that_nobody_was_shown(tmp_path: Path) -> None:
    task = OwnTask(REPAIR, find_bubblewrap())
    await task.put(tmp_path / "given")
    await task.put(tmp_path / "work")
    (tmp_path / "work" / CART).write_text(python.CART.replace("result += price", "result = 3"))
    hidden = python.CART_TEST.replace("[1, 2]), 3", "[4, 5]), 9")
    must = ("tests/test_more.py::CartTest::test_total",)
    standard = Standard(must, {"tests/test_more.py": hidden})
    (tmp_path / "scratch").mkdir()
    verdict = await judge(
        tmp_path / "given", tmp_path / "work", standard, find_bubblewrap(), tmp_path / "scratch"
    )
    assert "test_more.py::CartTest::test_total fails" in verdict.why


DRIVER = """\
import json, sys
task = json.loads(sys.stdin.readline())["task"]
def ran(words):
    print(json.dumps({"execute": words, "env": {"PAGER": "cat"}}), flush=True)
    return json.loads(sys.stdin.readline())
assert ran("pwd")["output"].strip() == "/workspace"
assert ran("echo $PAGER")["output"].strip() == "cat"
assert ran("ls {home}")["returncode"] != 0, "the machine is not to be seen"
reached = ran("python3 -c 'import socket; socket.create_connection((chr(49)+\\".1.1.1\\", 80), 3)'")
assert reached["returncode"] != 0, "there is no network"
ran("sed -i 's/-= price/+= price/' shop/cart.py")
assert "+= price" in ran("cat shop/cart.py")["output"], "the copy is kept"
ran("ln -s /etc/passwd link; mkdir -p more; echo 1 > more/new.txt; rm README.md")
print(json.dumps({"exit": "Submitted", "calls": 3, "prompt_tokens": 7}))
"""


async def test_a_peers_commands_run_in_a_copy_in_the_sandbox(tmp_path: Path) -> None:
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER.replace("{home}", str(tmp_path)))
    task = OwnTask(REPAIR, find_bubblewrap())
    await task.put(tmp_path / "work")
    (tmp_path / "scratch").mkdir()
    means = Means("http://127.0.0.1:9/v1", MODEL, WINDOW, 60.0)
    side = MiniSweAgent(Path(sys.executable), means, find_bubblewrap(), driver=driver)
    attempt = await side.solve(tmp_path / "work", REPAIR.text, (), tmp_path / "scratch")
    assert attempt.exit == "Submitted", (tmp_path / "scratch/peer.log").read_text()
    assert (attempt.claims_done, attempt.calls, attempt.prompt_tokens) == (True, 3, 7)
    work = tmp_path / "work"
    assert (work / CART).read_text() == python.CART
    assert (work / "more/new.txt").read_text() == "1\n"
    assert not (work / "README.md").exists()
    assert not (work / "link").is_symlink()


async def test_a_peer_that_does_not_end_is_ended_and_its_steps_are_said_to_be_unknown(
    tmp_path: Path,
) -> None:
    driver = tmp_path / "driver.py"
    driver.write_text("import time\ntime.sleep(600)\n")
    await OwnTask(REPAIR, find_bubblewrap()).put(tmp_path / "work")
    (tmp_path / "scratch").mkdir()
    means = Means("http://127.0.0.1:9/v1", MODEL, WINDOW, 0.5)
    side = MiniSweAgent(
        Path(sys.executable), means, find_bubblewrap(), driver=driver, spare_seconds=0.5
    )
    attempt = await side.solve(tmp_path / "work", REPAIR.text, (), tmp_path / "scratch")
    assert (attempt.exit, attempt.claims_done) == ("time", False)
    assert "not known" in attempt.note


@pytest.mark.slow
def test_both_sides_play_the_same_tasks(tmp_path: Path) -> None:
    venv = Path(os.environ.get(PEER_VENV, ""))
    if not (venv / "bin" / "python").exists() or PEER_VENV not in os.environ:
        pytest.skip(f"{PEER_VENV} names no environment: pip install mini-swe-agent into one")
    other = replace(REPAIR, id="wrong", text=WRONG)
    tasks = lines(tmp_path, [REPAIR, other])
    with agent_server([REPAIR.trajectory, WRONG_WAY]) as server:
        results = ran(tmp_path, tasks, server, "--peer", "mini-swe-agent", "--peer-venv", str(venv))
    assert [(one.side, one.solved, one.claims_done) for one in results] == [
        ("rooftree", True, True),
        ("mini-swe-agent", True, True),
        ("rooftree", False, False),
        ("mini-swe-agent", False, True),
    ]
    assert results[3].false_done
    assert results[1].exit == "Submitted"
    assert results[1].calls == len(REPAIR.steps)
    assert results[1].prompt_tokens > 0


def result(*, solved: bool) -> AgentResult:
    return AgentResult(
        task="a",
        set="agents",
        side="rooftree",
        model=MODEL,
        window=WINDOW,
        wall=120.0,
        solved=solved,
        claims_done=True,
        exit="verified",
        calls=4,
        prompt_tokens=10,
        completion_tokens=2,
        seconds=3.0,
        changed=(),
        why="",
        note="",
    )


def test_the_table_counts_claims_that_do_not_hold() -> None:
    told = table([result(solved=True), result(solved=False)])
    assert "| rooftree | 2 | 1 (50 %) | 1 | 4.0 | 10, 2 | 3.0 |" in told
    assert "| rooftree | verified | 2 |" in told


def test_a_model_that_is_not_there_is_no_result(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    with agent_server([REPAIR.trajectory]) as server:
        asked = [str(lines(tmp_path, [REPAIR])), "--endpoint", server.base_url, "--model", "other"]
        assert main([*asked, "--window", "8192", "--wall", "9", "--out", str(out)]) == 2
    assert "there is no model 'other'" in capsys.readouterr().err
    assert (out / "results.jsonl").read_text() == ""


def test_a_line_that_is_no_task_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tasks.jsonl"
    path.write_text(json.dumps({"id": "x"}) + "\n")
    asked = [str(path), "--endpoint", "http://127.0.0.1:9/v1", "--model", MODEL]
    asked += ["--window", "8192", "--wall", "9", "--out", str(tmp_path / "out")]
    assert main(asked) == 2
    assert "tasks.jsonl:1 is no task" in capsys.readouterr().err
