"""Run a command as a careless host would: what no executor may do, and the control of every attack.

It exists in these tests only. An attack that reaches nothing here could not fail in a sandbox.
"""

import asyncio
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass

from tools.sandbox.process.execution import Command, EndReason, Execution


@dataclass(frozen=True)
class Uncontained:
    """Runs commands with everything that we have, and waits for the first process only."""

    name: str = "uncontained"
    version: str = "0"
    shares_host: bool = True

    async def run(self, command: Command) -> Execution:
        return await asyncio.to_thread(self._run, command)

    def _run(self, command: Command) -> Execution:
        began = time.monotonic()
        ended: EndReason = "exited"
        # A file and no pipe, which a daemon would keep open.
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                command.argv,
                cwd=command.workspace,
                env=os.environ | dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                close_fds=False,
            )
            try:
                process.wait(command.limits.seconds)
            except subprocess.TimeoutExpired:
                ended = "timeout"
                process.terminate()
                time.sleep(0.2)
            said.seek(0)
            output = said.read().decode("utf-8", "replace")
        return Execution(process.poll() or 0, output, time.monotonic() - began, ended)
