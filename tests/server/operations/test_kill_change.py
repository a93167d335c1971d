"""kill -9 in the middle of a change: the tree is whole, and the run goes on to the same end."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.server.changing import BUGGY, FIXED, SHOP, TASK, coder, environment
from tests.server.commands import PROGRAM, SECONDS, Done
from tests.support import git_repository
from tests.support.fork_server import run_forked
from tests.support.scripted_model import ScriptedServer

SEED = 20261125


def run(env: dict[str, str], *arguments: str) -> tuple[int, dict[str, Any]]:
    done = Done.of(run_forked(arguments, env, Path("/"), None, SECONDS))
    assert "Traceback" not in done.err
    return done.code, done.json() if done.out.strip() else {}


def env_of(tmp_path: Path, server: ScriptedServer) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "VIRTUAL_ENV")}
    home = {**kept, "HOME": str(tmp_path)}
    return home | environment(tmp_path, server)


def killed(env: dict[str, str], repo: Path, seconds: float) -> None:
    process = subprocess.Popen(
        [*PROGRAM, "change", TASK, "--repo", str(repo), "--approve", "all", "--json"],
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()


def moments(count: int) -> list[float]:
    chance = random.Random(SEED)
    return [round(chance.uniform(0.6, 5.5), 2) for _ in range(count)]


@pytest.mark.eighth
@pytest.mark.parametrize("moment", moments(25))
def test_a_killed_change_ends_as_it_would_have(tmp_path: Path, moment: float) -> None:
    with ScriptedServer(coder) as server:
        env = env_of(tmp_path, server)
        whole = git_repository(tmp_path, SHOP, "whole")
        code, expected = run(
            env, "change", TASK, "--repo", str(whole), "--approve", "all", "--json"
        )
        assert (code, expected["applied"]) == (0, True)
        repo = git_repository(tmp_path, SHOP)
        cart = repo / "shop" / "cart.py"
        env |= {"ROOFTREE_STATE_FOLDER": str(tmp_path / "other")}
        killed(env, repo, moment)
        assert cart.read_text() in (BUGGY, FIXED)
        _, runs = run(env, "runs", "list", "--repo", str(repo), "--json")
        if not runs:
            code, ended = run(
                env, "change", TASK, "--repo", str(repo), "--approve", "all", "--json"
            )
        elif runs[0]["status"] == "running":  # type: ignore[index]  # a list of records
            code, ended = run(env, "change", "--resume", "last", "--repo", str(repo), "--json")
        else:
            code, shown = run(env, "runs", "show", "last", "--repo", str(repo), "--json")
            ended = shown["outcome"]
        assert code == 0
        for name in ("status", "digest", "diff", "applied"):
            assert ended[name] == expected[name], name
        assert cart.read_text() == FIXED
        assert run(env, "undo", "--repo", str(repo), "--json")[0] == 0
        assert cart.read_text() == BUGGY
