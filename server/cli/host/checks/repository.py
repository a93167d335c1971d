"""How fresh the index of a repository is, and what runs its tests; no repository is no fault."""

import asyncio
import tempfile
from pathlib import Path

from rooftree.config import SandboxSection
from rooftree.errors import RooftreeError
from rooftree.git.commands import Worktree, open_worktree
from server.cli.host.checks.finding import DoctorFinding, ok, skipped, warning
from server.services.host import Host
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.operations import Project
from tools.sandbox.executor_choice import choose


def index(host: Host, repo: Path) -> DoctorFinding:
    """Look how fresh the index is."""
    try:
        status = host.open(repo).repository.status()
    except RooftreeError as error:
        return skipped(str(error))
    if not status.indexed:
        return warning("not indexed yet", "run `rooftree index`")
    if status.files_behind is None:
        return warning("nobody has looked at the files yet", "ask again soon")
    if status.files_behind:
        advice = "run `rooftree index`, or any question about it"
        return warning(f"{status.files_behind} files behind", advice)
    return ok(f"{status.root} is up to date, {status.checked}")


async def tests(section: SandboxSection, repo: Path) -> DoctorFinding:
    """Look what runs the tests."""
    try:
        executor = await choose(section)
        worktree = open_worktree(repo)
    except RooftreeError as error:
        return skipped(str(error))
    with tempfile.TemporaryDirectory(prefix="rooftree-doctor-") as folder:
        workspace, project = await asyncio.to_thread(_uncopied, worktree, Path(folder))
        if not project.has_tests:
            return skipped("no tests of this repository are known")
        toolchains = tuple(section.toolchains)
        return await _run_by(Checks(executor, workspace, project, toolchains=toolchains))


def _uncopied(worktree: Worktree, folder: Path) -> tuple[Workspace, Project]:
    """Return an empty copy of a repository, for who only asks what could run in one."""
    blobs, empty = folder / "blobs", folder / "empty"
    blobs.mkdir()
    empty.mkdir()
    snapshot = take_snapshot(worktree, blobs)
    return Workspace(empty, snapshot), detect(snapshot)


async def _run_by(checks: Checks) -> DoctorFinding:
    operation = await checks.operation()
    if operation is None:
        advice = "reviews and changes run no test of it; do what the line says"
        return warning(checks.refused or "none can be run here", advice)
    told = "; ".join(checks.notes) or f"tests run by `{' '.join(operation.argv)}`"
    if checks.gaps:
        return warning("; ".join([told, *checks.gaps]), "give the environment what they need")
    return ok(told)
