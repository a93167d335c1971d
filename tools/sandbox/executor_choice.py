"""Pick the executor that this machine and its configuration allow, prove it, or refuse.

There is no way to run without one: who asks gets an executor that has just passed the self-test,
or an error that says why there is none.
"""

from pathlib import Path

from rooftree.config import SandboxSection
from rooftree.errors import SandboxUnavailableError
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.engines.container import find_container
from tools.sandbox.process.execution import ExecutionLimits, Executor
from tools.sandbox.selftest.selftest import self_test

MIB = 1 << 20
OFF = 'execution is switched off (sandbox.backend = "none")'


async def choose(section: SandboxSection, workspace: Path | None = None) -> Executor:
    """Return the first executor that contains everything; SandboxUnavailableError otherwise."""
    if section.backend == "none":
        raise SandboxUnavailableError(OFF)
    reasons = []
    for backend in _order(section):
        try:
            executor = find(backend, section, workspace)
            test = await self_test(executor)
        except SandboxUnavailableError as error:
            reasons.append(f"{backend}: {error}")
            continue
        if test.passed:
            return executor
        reached = "; ".join(probe.detail or probe.name for probe in test.escapes)
        reasons.append(f"{backend}: it does not contain everything: {reached}")
    raise SandboxUnavailableError(
        f"no sandbox, so nothing is executed ({'. '.join(reasons)}); "
        "`rooftree sandbox selftest` says more"
    )


def find(backend: str, section: SandboxSection, workspace: Path | None) -> Executor:
    """Return an executor that is installed, unproved; SandboxUnavailableError where it is not."""
    if backend == "bubblewrap":
        return find_bubblewrap(workspace)
    return find_container(section.image, section.engine, section.runtime)


def limits_of(section: SandboxSection) -> ExecutionLimits:
    """Return the limits that the configuration sets."""
    return ExecutionLimits(
        seconds=section.seconds,
        memory_bytes=section.memory_mib * MIB,
        address_bytes=2 * section.memory_mib * MIB,
        written_bytes=section.written_mib * MIB,
        processes=section.processes,
    )


def _order(section: SandboxSection) -> tuple[str, ...]:
    if section.backend != "auto":
        return (section.backend,)
    return ("bubblewrap", "container") if section.image else ("bubblewrap",)
