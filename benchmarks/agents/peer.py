"""mini-swe-agent as a side: its process talks to the model alone, its commands run in our sandbox.

The driver runs with the peer's own Python and is told over pipes what each command said. A command
runs in a copy of the repository that is kept from one to the next, without a network; what is in
the copy at the end is what the peer made of the task.
"""

import asyncio
import json
import os
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.agents.judging import checks_of, snapshot_of
from benchmarks.agents.sides import KEY_VARIABLE, Attempt, Means, put
from rooftree.errors import SandboxUnavailableError
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.sandbox.process.execution import Execution, Executor

DRIVER = Path(__file__).with_name("drivers") / "drive_mini_swe_agent.py"
COMMAND_SECONDS = 120.0
MAX_LINE = 64 * 1024 * 1024
SPARE_SECONDS = 30.0
"""After its own wall limit, until the driver is ended."""
UNKNOWN = "ended from outside, so its steps and tokens are not known"


@dataclass(frozen=True, slots=True)
class MiniSweAgent:
    """The peer with the model, the window and the time that rooftree has."""

    python: Path
    means: Means
    executor: Executor
    name: str = "mini-swe-agent"
    driver: Path = DRIVER
    spare_seconds: float = SPARE_SECONDS

    async def solve(
        self, folder: Path, text: str, test_command: tuple[str, ...], scratch: Path
    ) -> Attempt:
        snapshot = await asyncio.to_thread(snapshot_of, folder, scratch / "given")
        workspace = await asyncio.to_thread(Workspace.make, scratch / "copy", snapshot)
        try:
            shell = PeerShell(checks_of(workspace, self.executor, test_command))
            told = await self._driven(text, shell, scratch)
            await asyncio.to_thread(_take_back, workspace, folder)
        finally:
            await asyncio.to_thread(workspace.remove)
        return Attempt(
            told["exit"] == "Submitted",
            told["exit"],
            int(told.get("calls", 0)),
            int(told.get("prompt_tokens", 0)),
            int(told.get("completion_tokens", 0)),
            str(told.get("note", "")),
        )

    async def _driven(self, text: str, shell: "PeerShell", scratch: Path) -> dict[str, Any]:
        """Run the driver to its end, and return what it said last."""
        with (scratch / "peer.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                str(self.python),
                str(self.driver),
                json.dumps(self._options()),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=_environment(scratch),
                limit=MAX_LINE,
            )
        try:
            async with asyncio.timeout(self.means.wall_seconds + self.spare_seconds):
                return await _answered(process, text, shell)
        except TimeoutError:
            return {"exit": "time", "note": UNKNOWN}
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def _options(self) -> dict[str, Any]:
        means = self.means
        return {
            "endpoint": means.endpoint,
            "model": means.model,
            "window": means.window,
            "wall": means.wall_seconds,
        }


@dataclass(frozen=True, slots=True)
class PeerShell:
    """Runs a peer's commands in one copy, with the toolchains of its project."""

    checks: Checks

    async def run(self, words: str, environment: dict[str, str]) -> Execution:
        checks = self.checks
        command = await checks.commands.of_words(
            ("/bin/bash", "-c", words),
            checks.project.operations,
            await self._python(),
            COMMAND_SECONDS,
        )
        command = replace(command, environment={**environment, **command.environment})
        return await checks.executor.run(command)

    async def _python(self) -> tuple[Path | None, tuple[Path, ...]]:
        """Return where the project's Python is, and what it has to be shown."""
        suites = self.checks.setups.with_tests()
        if not suites:
            return None, ()
        try:
            python = (await self.checks.setups.live(suites[0])).python
        except SandboxUnavailableError:
            return None, ()
        return Path(python.program).parent, python.toolchains


async def _answered(
    process: asyncio.subprocess.Process, text: str, shell: PeerShell
) -> dict[str, Any]:
    """Answer a driver's lines until its last one."""
    assert process.stdin is not None
    assert process.stdout is not None
    told: dict[str, Any] = {"task": text}
    while True:
        try:
            process.stdin.write(json.dumps(told).encode() + b"\n")
            await process.stdin.drain()
        except ConnectionError:
            return {"exit": "the driver ended"}
        line = await process.stdout.readline()
        if not line:
            return {"exit": "the driver ended"}
        said: dict[str, Any] = json.loads(line)
        if "execute" not in said:
            return said
        done = await shell.run(str(said["execute"]), dict(said["env"]))
        told = {"output": done.output, "returncode": done.exit_code}


def _environment(scratch: Path) -> dict[str, str]:
    """Return what the peer's process is told: nothing of the user's, but the key of the model."""
    kept = {"PATH": os.environ.get("PATH", ""), "HOME": str(scratch), "LANG": "C.UTF-8"}
    key = os.environ.get(KEY_VARIABLE, "")
    settings = {"MSWEA_GLOBAL_CONFIG_DIR": str(scratch), "MSWEA_CONFIGURED": "true"}
    return kept | settings | ({"OPENAI_API_KEY": key} if key else {})


def _take_back(workspace: Workspace, folder: Path) -> None:
    """Put what a peer changed into the folder of the task, as far as git would keep it."""
    before = workspace.snapshot
    there = {path for path in before.files if (workspace.root / path).is_file()}
    for path in before.files.keys() - there:
        put(folder, path, None)
    for place in sorted(workspace.root.rglob("*")):
        path = place.relative_to(workspace.root).as_posix()
        if place.is_symlink() or not place.is_file() or path.split("/")[0] == ".git":
            continue
        data = place.read_bytes()
        if data != before.content(path):
            put(folder, path, data)
