"""The version of a package that a Python has installed."""

from pathlib import Path

from tools.projects.environments.python import SECONDS, PythonInterpreter
from tools.sandbox.process.execution import Command, ExecutionLimits, Executor

_PROBE = """
import importlib.metadata, sys
try:
    print(importlib.metadata.version(sys.argv[1]))
except importlib.metadata.PackageNotFoundError:
    print('-')
"""
LONGEST = 60


async def installed_version(
    executor: Executor, workspace: Path, python: PythonInterpreter, name: str
) -> str | None:
    """Ask a Python in the sandbox; "" where it has none, and None where it does not tell."""
    command = Command(
        (python.program, "-I", "-c", _PROBE, name),
        workspace,
        writable=False,
        toolchains=python.toolchains,
        limits=ExecutionLimits(seconds=SECONDS),
        merged=False,
    )
    execution = await executor.run(command)
    said = execution.output.strip()
    if not execution.succeeded or not said or len(said) > LONGEST or len(said.split()) > 1:
        return None
    return "" if said == "-" else said
