"""Our sandbox as a code executor of AutoGen's, for agents that write and run their own code.

It is made by code and never from a configuration: what AutoGen loads from one is imported and run
outside of any sandbox. Nothing is written into the workspace to run it, so no name of a file can be
guessed, and what a block leaves there is gone with the next one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, CodeExecutor, CodeResult
from pydantic import BaseModel

from rooftree.errors import SandboxUnavailableError
from tools.drafts.workspace import Workspace
from tools.sandbox.process.execution import CANCELLED_CODE, Command, ExecutionLimits, Executor
from tools.sandbox.process.toolchains import python_of
from tools.sandbox.selftest.selftest import self_test

SHELLS = frozenset({"sh", "bash", "shell"})
UNKNOWN_LANGUAGE = 2


@dataclass(slots=True)
class _Means:
    executor: Executor
    workspace: Workspace
    limits: ExecutionLimits


class SandboxCodeExecutor(CodeExecutor):
    """Runs blocks of Python and shell in a proved sandbox, on a copy."""

    component_config_schema = BaseModel

    def __init__(self, executor: Executor, workspace: Workspace, limits: ExecutionLimits) -> None:
        self._means = _Means(executor, workspace, limits)
        self._started = False

    async def start(self) -> None:
        """Prove the sandbox; raises SandboxUnavailableError where it contains too little."""
        test = await self_test(self._means.executor)
        if not test.passed:
            raise SandboxUnavailableError(
                f"{test.executor} does not contain everything: {test.escapes[0].name}"
            )
        self._started = True

    async def stop(self) -> None:
        self._started = False
        self._means.workspace.reset()

    async def restart(self) -> None:
        self._means.workspace.reset()

    async def execute_code_blocks(
        self, code_blocks: Sequence[CodeBlock], cancellation_token: CancellationToken
    ) -> CodeResult:
        """Run blocks in turn until one fails; the exit code is the last one's."""
        if not self._started:
            raise SandboxUnavailableError("the sandbox was not started, so it is not proved")
        output: list[str] = []
        for block in code_blocks:
            result = await self._run(block, cancellation_token)
            output.append(result.output)
            if result.exit_code != 0:
                return CodeResult(result.exit_code, "\n".join(output))
        return CodeResult(0, "\n".join(output))

    async def _run(self, block: CodeBlock, token: CancellationToken) -> CodeResult:
        language = block.language.lower()
        program, toolchains = python_of(self._means.executor)
        if language in SHELLS:
            argv: tuple[str, ...] = ("sh", "-c", block.code)
        elif language in ("python", "py", "python3"):
            argv = (program, "-I", "-c", block.code)
        else:
            return CodeResult(UNKNOWN_LANGUAGE, f"only python and sh can be run, not {language!r}")
        command = Command(
            argv,
            self._means.workspace.root,
            toolchains=toolchains,
            limits=self._means.limits,
        )
        running = asyncio.ensure_future(self._means.executor.run(command))
        token.link_future(running)
        try:
            execution = await running
        except asyncio.CancelledError:
            if token.is_cancelled():
                return CodeResult(CANCELLED_CODE, "cancelled")
            raise
        ended = "" if execution.ended == "exited" else f"\n[{execution.reason}]"
        return CodeResult(execution.exit_code, execution.output + ended)
