import json
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rooftree.config import Config, SandboxSection
from rooftree.offline import VARIABLES
from server.cli.host.checks import exposure, machine, models, repository
from server.cli.host.checks.examine import examine
from server.cli.host.checks.finding import DoctorFinding
from tests.environments import environment
from tests.server.calls import Calls
from tests.support import config_in, git_repository, indexed
from tests.support.scripted_model import ScriptedServer
from tools.sandbox import executor_choice
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import Command, Execution


@pytest.fixture(autouse=True)
def at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set what the command sets before anything else."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


async def findings(config: Config, repo: Path) -> dict[str, DoctorFinding]:
    services = Calls(config)
    try:
        return await examine(services, repo)
    finally:
        await services.aclose()


async def test_a_bare_machine_is_told_what_it_lacks(tmp_path: Path) -> None:
    found = await findings(config_in(tmp_path), tmp_path)
    assert found["python"].verdict == "ok"
    assert found["git"].verdict == "ok"
    assert found["weights"].verdict == "failed"
    assert "rooftree models pull default" in found["weights"].advice
    assert found["endpoint"].verdict == "skipped"
    assert found["profile"].verdict == "skipped"
    assert found["keys"].verdict == "skipped"
    assert "nothing leaves this machine" in found["outbound"].detail


async def test_an_endpoint_is_asked_and_its_hosts_are_named(tmp_path: Path) -> None:
    repo = git_repository(tmp_path, {"a.py": "x = 1\n"})
    with ScriptedServer(models=("coder",)) as server:
        config = config_in(tmp_path, model={"endpoint": server.base_url, "name": "coder"})
        indexed(repo, config)
        found = await findings(config, repo)
    assert found["endpoint"].verdict == "ok"
    assert "coder" in found["endpoint"].detail
    assert found["weights"].verdict == "skipped"
    assert found["profile"].verdict == "warning"
    assert found["index"].verdict == "ok"
    (repo / "b.py").write_text("y = 2\n")
    far = config_in(tmp_path, model={"endpoint": "http://gpu.corp.test/v1", "name": "coder"})
    found = {"outbound": exposure.outbound(far), "index": repository.index(Calls(far), repo)}
    assert "gpu.corp.test" in found["outbound"].detail
    assert found["index"].verdict == "warning"


def test_an_embedder_whose_package_is_not_installed_is_told_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    found = models.embedder(Calls(config_in(tmp_path, index={"embedder": "minilm"})))
    assert found.verdict == "warning"
    assert "pip install 'rooftree[sentence-transformers]'" in found.detail
    assert "words and names alone" in found.advice


def test_the_embedder_that_comes_with_rooftree_needs_nothing(tmp_path: Path) -> None:
    found = models.embedder(Calls(config_in(tmp_path, index={"embedder": "static"})))
    assert (found.verdict, found.detail) == ("ok", "static, vectors of 256 numbers")
    assert models.embedder(Calls(config_in(tmp_path))).verdict == "skipped"


async def test_an_endpoint_that_is_down_fails_and_says_what_to_do(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        url = server.base_url
    config = config_in(tmp_path, model={"endpoint": url, "name": "coder"})
    found = await findings(config, tmp_path)
    assert found["endpoint"].verdict == "failed"


async def test_the_sandbox_is_proved_and_not_believed() -> None:
    found = await machine.sandbox(SandboxSection())
    assert found.verdict == "ok", found.detail
    assert "bubblewrap" in found.detail


@dataclass(frozen=True)
class Leaky:
    """Contains everything but one folder: what no executor may do. It exists in this test only."""

    name: str = "leaky"
    version: str = "0"
    shares_host: bool = True

    async def run(self, command: Command) -> Execution:
        shown = (*command.toolchains, command.workspace.parent / "outside")
        return await find_bubblewrap().run(replace(command, toolchains=shown))


async def test_an_executor_that_contains_a_little_less_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(executor_choice, "find", lambda *_: Leaky())
    found = await machine.sandbox(SandboxSection())
    assert found.verdict == "failed"
    assert "does not contain everything: read /" in found.detail
    assert "nothing is executed" in found.detail


def test_the_git_of_the_folder_around_is_not_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = tmp_path / "git"
    planted.write_text(f"#!/bin/sh\ntouch {tmp_path}/marker\n")
    planted.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".:{tmp_path}:{os.environ['PATH']}")
    assert machine.git().verdict == "ok"
    assert not (tmp_path / "marker").exists()


async def test_without_a_sandbox_the_advice_says_what_still_works() -> None:
    found = await machine.sandbox(SandboxSection(backend="container"))
    assert found.verdict == "failed"
    assert "sandbox.image" in found.detail
    assert "all else works" in found.advice
    off = await machine.sandbox(SandboxSection(backend="none"))
    assert off.verdict == "skipped"


def test_the_command_exits_with_three_on_a_machine_without_anything(tmp_path: Path) -> None:
    """No bubblewrap, no weights, no network: verdicts as JSON, and no traceback."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tmp_path / "code").mkdir()
    (tools / "git").symlink_to("/usr/bin/git")
    environment = {
        "PATH": str(tools),
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "ROOFTREE_SANDBOX_BACKEND": "container",
    }
    done = subprocess.run(
        [
            sys.executable,
            "-I",
            "-m",
            "rooftree",
            "doctor",
            "--json",
            "--repo",
            str(tmp_path / "code"),
        ],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        cwd=os.sep,
    )
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr
    content = json.loads(done.stdout)
    verdicts = {check["check"]: check["verdict"] for check in content["checks"]}
    assert not content["healthy"]
    assert verdicts["sandbox"] == "failed"
    assert verdicts["weights"] == "failed"
    assert (verdicts["python"], verdicts["git"], verdicts["outbound"]) == ("ok", "ok", "ok")
    assert all(check["advice"] for check in content["checks"] if check["verdict"] == "failed")


async def test_it_is_told_who_runs_the_tests_of_a_repository(tmp_path: Path) -> None:
    test = "import unittest\n\n\nclass A(unittest.TestCase):\n    def test_a(self):\n        pass\n"
    repo = git_repository(tmp_path, {".gitignore": ".venv\n", "test_a.py": test})
    environment(repo / ".venv")
    found = await repository.tests(config_in(tmp_path), repo)
    assert found.verdict == "ok"
    assert found.detail.startswith("tests run by .venv/bin/python (Python 3.")
    assert found.detail.endswith(" with unittest")
    (repo / "test_b.py").write_text("def test_b():\n    pass\n")
    found = await repository.tests(config_in(tmp_path), repo)
    assert (found.verdict, "with pytest" in found.detail) == ("ok", True)  # the active one has it
    found = await repository.tests(config_in(tmp_path), tmp_path / "nowhere")
    assert found.verdict == "skipped"
