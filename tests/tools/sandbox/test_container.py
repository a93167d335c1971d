"""The container executor against a stand-in for the engine: arguments, ends, and the kill by name.

No engine runs in CI, so what an engine contains is proved by the self-test where there is one.
"""

from pathlib import Path

import pytest

from rooftree.config import SandboxSection
from rooftree.errors import SandboxUnavailableError
from tools.sandbox.engines.container import Container, find_container
from tools.sandbox.executor_choice import choose
from tools.sandbox.process.execution import Command, ExecutionLimits

ENGINE = """#!/bin/sh
echo "$@" >> {log}
case "$1" in
  version) echo 5.0.0 ;;
  run) echo said; exec sleep 30 ;;
esac
"""


@pytest.fixture
def engine(tmp_path: Path) -> Container:
    program = tmp_path / "podman"
    program.write_text(ENGINE.format(log=tmp_path / "log"))
    program.chmod(0o755)
    return Container(program, "registry.test/python@sha256:0")


async def test_a_container_is_ended_by_its_name(engine: Container, tmp_path: Path) -> None:
    ended = await engine.run(Command(("true",), tmp_path, limits=ExecutionLimits(seconds=0.3)))
    assert (ended.ended, ended.output) == ("timeout", "said\n")
    started, killed = (tmp_path / "log").read_text().splitlines()
    words = started.split()
    assert killed == f"kill {words[words.index('--name') + 1]}"


def test_every_limit_is_an_argument(engine: Container, tmp_path: Path) -> None:
    command = Command(("pytest", "-q"), tmp_path, writable=False, folder="sub")
    said = " ".join(engine.arguments(command, "n"))
    for part in (
        *("--network=none", "--read-only", "--cap-drop=ALL", "--pull=never", "--rm"),
        *("--security-opt=no-new-privileges", "--pids-limit=128", "--userns=keep-id"),
        *(f"--memory={1 << 30}", "--workdir /workspace/sub", f"{tmp_path}:/workspace:ro"),
    ):
        assert part in said
    assert said.endswith("registry.test/python@sha256:0 pytest -q")


async def test_an_engine_that_contains_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxUnavailableError, match=r"sandbox\.image"):
        await choose(SandboxSection(backend="container"))
    with pytest.raises(SandboxUnavailableError, match="no container engine"):
        find_container("image", engine="no-such-engine")


def test_an_engine_that_does_not_run_says_so(tmp_path: Path) -> None:
    program = tmp_path / "docker"
    program.write_text("#!/bin/sh\necho no daemon >&2\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(SandboxUnavailableError, match="no daemon"):
        _ = Container(program, "image").version
