"""How fresh the index of a repository is, and what runs its tests; no repository is no fault."""

from pathlib import Path

from rooftree.config import Config
from rooftree.errors import RooftreeError
from rooftree.git.commands import open_worktree
from server.cli.host.checks.finding import DoctorFinding, ok, skipped, warning
from server.services.host import Host
from server.services.projects import look_at_project
from tools.projects.checks import Checks


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


async def tests(config: Config, repo: Path) -> DoctorFinding:
    """Look what runs the tests."""
    try:
        worktree = open_worktree(repo)
    except RooftreeError as error:
        return skipped(str(error))
    async with look_at_project(config, worktree) as look:
        if look.checks is None:
            return skipped(look.no_checks)
        if not look.choice.project.has_tests:
            return skipped("no tests of this repository are known")
        look.checks.gaps += look.choice.notes
        return await _run_by(look.checks)


async def _run_by(checks: Checks) -> DoctorFinding:
    operation = await checks.operation()
    if operation is None:
        advice = "reviews and changes run no test of it; do what the line says"
        return warning(checks.refused or "none can be run here", advice)
    told = "; ".join(checks.notes) or f"tests run by `{' '.join(operation.argv)}`"
    if checks.gaps:
        return warning("; ".join([told, *checks.gaps]), "give the environment what they need")
    return ok(told)
