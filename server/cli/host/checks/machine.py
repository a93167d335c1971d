"""Whether the machine has what rooftree needs: Python, cores, memory, disk, git, a sandbox."""

import os
import platform
import shutil
import sys
from pathlib import Path

from models.embedded.server import cores
from rooftree.config import Config, SandboxSection
from rooftree.errors import RepositoryError, SandboxUnavailableError
from rooftree.git.commands import run_git
from server.cli.host.checks.finding import DoctorFinding, failed, ok, skipped, warning
from tools.sandbox.executor_choice import choose

MIN_PYTHON = (3, 11)
MIN_MEMORY_GIB = 4.0
MIN_DISK_GIB = 3.0
GIB = 1 << 30
COMMAND_SECONDS = 10.0


def python() -> DoctorFinding:
    found = platform.python_version()
    if sys.version_info < MIN_PYTHON:
        return failed(found, f"install Python {'.'.join(map(str, MIN_PYTHON))} or newer")
    return ok(f"{found}, {platform.system()} {platform.machine()}")


def processors() -> DoctorFinding:
    count = cores()
    if count < 2:
        advice = "the embedded model is slow on one core; serve a model elsewhere (model.endpoint)"
        return warning(str(count), advice)
    return ok(str(count))


def memory() -> DoctorFinding:
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB
        free = _available_memory()
    except (ValueError, OSError):
        return skipped("this system does not tell")
    detail = f"{total:.1f} GiB, {free:.1f} available"
    if free < MIN_MEMORY_GIB / 2:
        return failed(detail, 'end other programs, or use a smaller model (model.name = "small")')
    if total < MIN_MEMORY_GIB:
        return warning(detail, 'use model.name = "small"')
    return ok(detail)


def _available_memory() -> float:
    """Return what programs may still take, in GiB, as the kernel reckons."""
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024 / GIB
    raise ValueError("/proc/meminfo has no MemAvailable")


def disk(config: Config) -> DoctorFinding:
    folder = config.state.folder
    while not folder.exists():
        folder = folder.parent
    try:
        free = shutil.disk_usage(folder).free / GIB
    except OSError as error:
        return failed(str(error), "correct state.folder")
    if not os.access(folder, os.W_OK):
        return failed(f"{folder} cannot be written", "make it writable, or set state.folder")
    detail = f"{free:.1f} GiB free for {config.state.folder}"
    if free < MIN_DISK_GIB:
        return warning(detail, "weights take up to 1.2 GB; free some space")
    return ok(detail)


def git() -> DoctorFinding:
    # Not a git that the folder around us offers, should PATH have a relative entry.
    try:
        found = run_git(Path.cwd(), "--version", seconds=COMMAND_SECONDS)
    except (RepositoryError, OSError):
        found = None
    if found is None or found.code != 0:
        return failed("git does not run", "install git")
    return ok(found.output.decode("utf-8", "replace").strip())


async def sandbox(section: SandboxSection) -> DoctorFinding:
    """Prove the sandbox: what executes code has to contain it."""
    try:
        executor = await choose(section)
    except SandboxUnavailableError as error:
        if section.backend == "none":
            return skipped(str(error))
        return failed(str(error), "without it nothing is executed; all else works")
    return ok(f"{executor.name} {executor.version} contains every probe")
