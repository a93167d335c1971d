"""Whether this machine and this configuration can do what rooftree is for: one line a check.

A check never raises: what could not be looked at is a finding too.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from rooftree.errors import RooftreeError
from server.cli.host.checks import exposure, machine, models, repository
from server.cli.host.checks.finding import DoctorFinding, failed
from server.services.host import Host

CHECK_SECONDS = 30.0


async def examine(
    host: Host, repo: Path, tell: Callable[[str, DoctorFinding], None] = lambda *_: None
) -> dict[str, DoctorFinding]:
    """Run every check in turn; returns what each found, by its name."""
    config, blocking = host.config, asyncio.to_thread
    checks: dict[str, Callable[[], Awaitable[DoctorFinding]]] = {
        "python": lambda: blocking(machine.python),
        "cores": lambda: blocking(machine.processors),
        "memory": lambda: blocking(machine.memory),
        "disk": lambda: blocking(machine.disk, config),
        "git": lambda: blocking(machine.git),
        "sandbox": lambda: machine.sandbox(config.sandbox),
        "weights": lambda: blocking(models.weights, host),
        "endpoint": lambda: models.endpoint(host),
        "embedder": lambda: blocking(models.embedder, host),
        "profile": lambda: models.profile(host),
        "index": lambda: blocking(repository.index, host, repo),
        "tests": lambda: repository.tests(config, repo),
        "keys": lambda: blocking(exposure.keys, config),
        "outbound": lambda: blocking(exposure.outbound, config),
    }
    findings = {}
    for name, check in checks.items():
        findings[name] = await _guarded(check)
        tell(name, findings[name])
    return findings


async def _guarded(check: Callable[[], Awaitable[DoctorFinding]]) -> DoctorFinding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except RooftreeError as error:
        return failed(str(error), "do what the message says")
    except TimeoutError:
        return failed("took too long to look at", "look at the machine's load")
