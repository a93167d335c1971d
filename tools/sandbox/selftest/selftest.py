"""Prove an executor before it is used: probes try to get out of it, and one of them to survive it.

What cannot be proved counts as not contained, so an executor that does not start, says nothing or
says too little is refused.
"""

import asyncio
import json
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rooftree.errors import SandboxUnavailableError
from tools.sandbox.process.execution import Command, Execution, ExecutionLimits, Executor
from tools.sandbox.process.toolchains import own_python, python_of
from tools.sandbox.selftest.escape_probe import PROBES, SHARES

SECONDS = 20.0
SURVIVAL_SECONDS = 0.3
OUTLIVE = "outlive the command"
STOPPED = "stop a command"
STOP_SECONDS = 0.3
SURVIVOR = """
import os, time
open("alive", "w").close()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True:
            with open("alive", "r+") as beat:
                beat.seek(0, 2)
                beat.write("x")
            time.sleep(0.02)
    os._exit(0)
while not os.path.getsize("alive"):
    time.sleep(0.01)
"""
"""It never makes its file again: where it got out, it ends when we remove the file."""


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """One probe: whether it was contained, and what it reached where it was not."""

    name: str
    contained: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What an executor was found to contain."""

    executor: str
    version: str
    probes: tuple[ProbeResult, ...]

    @property
    def passed(self) -> bool:
        return bool(self.probes) and all(probe.contained for probe in self.probes)

    @property
    def escapes(self) -> tuple[ProbeResult, ...]:
        return tuple(probe for probe in self.probes if not probe.contained)

    def as_json(self) -> dict[str, Any]:
        return {
            "executor": self.executor,
            "version": self.version,
            "passed": self.passed,
            "probes": [
                {"probe": one.name, "contained": one.contained, "detail": one.detail}
                for one in self.probes
            ],
        }


async def self_test(executor: Executor) -> SelfTest:
    """Try to get out of an executor; raises SandboxUnavailableError where it cannot be tried."""
    with tempfile.TemporaryDirectory(prefix="rooftree-selftest-") as folder:
        places = _Places.make(Path(folder))
        with _host() as host:
            probed, outlived = await asyncio.gather(
                _probe(executor, places, host), _outlive(executor, places)
            )
        if places.is_changed():
            probed.append(
                ProbeResult("leave the outside alone", False, "a file outside was changed")
            )
    return SelfTest(executor.name, executor.version, (*probed, *outlived))


@dataclass(frozen=True, slots=True)
class _Places:
    """A workspace, and a file outside of it."""

    workspace: Path
    secret: Path

    @classmethod
    def make(cls, folder: Path) -> "_Places":
        workspace, outside = folder / "workspace", folder / "outside"
        workspace.mkdir()
        outside.mkdir()
        secret = outside / "secret"
        secret.write_text("secret", "utf-8")
        return cls(workspace, secret)

    def is_changed(self) -> bool:
        return self.secret.read_text("utf-8") != "secret"

    def beats(self) -> int:
        """Return how often the daemon has written, or -1 where it was never started."""
        beats = self.workspace / "alive"
        return beats.stat().st_size if beats.exists() else -1


@dataclass(frozen=True, slots=True)
class _Host:
    """What there is to reach outside: a port, a socket and a process with a secret."""

    port: int
    abstract: str
    canary: str


async def _probe(executor: Executor, places: _Places, host: _Host) -> list[ProbeResult]:
    source = Path(__file__).with_name("escape_probe.py").read_text("utf-8")
    target = {
        "secret": str(places.secret),
        "homes": sorted({"/root", "/home", str(Path.home())}),
        "shown": [str(up) for folder in own_python() for up in (folder, *folder.parents)],
        "port": host.port,
        "abstract": host.abstract,
        # Backwards, because the probe would find its own arguments.
        "canary": host.canary[::-1],
    }
    execution = await executor.run(_python(executor, places, source, json.dumps(target)))
    said = _said(execution)
    if said is None:
        raise SandboxUnavailableError(
            f"{executor.name} cannot run a program: {execution.reason}; "
            f"{_short(execution)}; without it nothing is executed"
        )
    return [
        ProbeResult(name, said.get(name, "") is None, str(said.get(name, "said nothing") or ""))
        for name in (*PROBES, *(SHARES if executor.shares_host else ()))
    ]


async def _outlive(executor: Executor, places: _Places) -> list[ProbeResult]:
    """Leave a daemon behind and look whether it still writes; overrun the time limit."""
    daemon = _python(executor, places, SURVIVOR)
    endless = replace(daemon, argv=("sleep", "60"), limits=ExecutionLimits(seconds=STOP_SECONDS))
    left, stopped = await asyncio.gather(executor.run(daemon), executor.run(endless))
    before = places.beats()
    await asyncio.sleep(SURVIVAL_SECONDS)
    after = places.beats()
    detail = "" if before > 0 else f"the daemon did not start: {_short(left)}"
    return [
        ProbeResult(STOPPED, stopped.ended == "timeout", stopped.reason),
        ProbeResult(OUTLIVE, before > 0 and before == after, detail or f"{after - before} beats"),
    ]


def _python(executor: Executor, places: _Places, source: str, *arguments: str) -> Command:
    program, toolchains = python_of(executor)
    return Command(
        (program, "-I", "-c", source, *arguments),
        places.workspace,
        toolchains=toolchains,
        limits=ExecutionLimits(seconds=SECONDS),
    )


def _said(execution: Execution) -> dict[str, Any] | None:
    if not execution.succeeded:
        return None
    with suppress(ValueError):
        said = json.loads(execution.output.strip().splitlines()[-1:][0])
        return said if isinstance(said, dict) else None
    return None


def _short(execution: Execution) -> str:
    return " ".join(execution.output.split())[-300:] or "it said nothing"


@contextmanager
def _host() -> Iterator[_Host]:
    """Be a host: a server on the loopback, one on an abstract socket, a process with a secret."""
    name = f"rooftree-selftest-{secrets.token_hex(8)}"
    canary = f"canary-{secrets.token_hex(8)}"
    with socket.socket() as server, socket.socket(socket.AF_UNIX) as local:
        server.bind(("127.0.0.1", 0))
        server.listen()
        if sys.platform == "linux":
            local.bind("\0" + name)
            local.listen()
        decoy = subprocess.Popen(
            [sys.executable, "-I", "-c", "import time; time.sleep(60)", canary],
            env={"SECRET": canary},
        )
        try:
            yield _Host(server.getsockname()[1], name, canary)
        finally:
            decoy.kill()
            decoy.wait()
