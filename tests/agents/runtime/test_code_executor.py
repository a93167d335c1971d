"""Our sandbox in AutoGen's hands, and those of AutoGen's executors that must never be used."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock

from agents.runtime.code_executor import SandboxCodeExecutor
from rooftree.errors import SandboxUnavailableError
from rooftree.git.commands import open_worktree
from tests.support import git_repository
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits

FORBIDDEN = (
    "LocalCommandLineCodeExecutor",
    "DockerCommandLineCodeExecutor",
    "create_default_code_executor",
    "JupyterCodeExecutor",
    "PythonCodeExecutionTool",
    "load_component",
    "autogen_ext",
)
PRODUCT = ("rooftree", "prompts", "models", "indexing", "tools", "agents", "training", "server")


@pytest.fixture
def executor(tmp_path: Path) -> Iterator[SandboxCodeExecutor]:
    repo = git_repository(tmp_path, {"a.py": "A = 41\n"})
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(open_worktree(repo), tmp_path / "blobs")
    workspace = Workspace.make(tmp_path / "copy", snapshot)
    yield SandboxCodeExecutor(find_bubblewrap(), workspace, ExecutionLimits(seconds=20))
    workspace.remove()


async def test_blocks_run_in_turn_until_one_fails(executor: SandboxCodeExecutor) -> None:
    blocks = [
        CodeBlock("import sys; sys.path.insert(0, ''); import a; print(a.A + 1)", "python"),
        CodeBlock("echo gone >&2; exit 3", "sh"),
        CodeBlock("print('never')", "python"),
    ]
    async with executor:
        result = await executor.execute_code_blocks(blocks, CancellationToken())
        strange = await executor.execute_code_blocks([CodeBlock("x", "cobol")], CancellationToken())
    assert (result.exit_code, result.output) == (3, "42\n\ngone\n")
    assert strange.exit_code == 2


async def test_it_is_proved_before_it_runs_anything(executor: SandboxCodeExecutor) -> None:
    with pytest.raises(SandboxUnavailableError, match="not proved"):
        await executor.execute_code_blocks([CodeBlock("1", "python")], CancellationToken())


async def test_the_token_ends_what_runs(executor: SandboxCodeExecutor) -> None:
    token = CancellationToken()
    async with executor:
        work = asyncio.create_task(
            executor.execute_code_blocks([CodeBlock("sleep 60", "sh")], token)
        )
        await asyncio.sleep(0.3)
        token.cancel()
        result = await asyncio.wait_for(work, 5)
    assert result.exit_code == 125


@pytest.mark.parametrize("name", FORBIDDEN)
def test_autogens_own_executors_and_loaders_are_never_used(name: str) -> None:
    root = Path(__file__).parents[3]
    users = [
        path
        for folder in PRODUCT
        for path in (root / folder).rglob("*.py")
        if name in path.read_text("utf-8")
    ]
    assert users == []
