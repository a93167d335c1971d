"""What a repository can have done, and whether that runs here: none of it is run."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rooftree.config import Config
from rooftree.errors import SandboxUnavailableError
from rooftree.git.commands import Worktree
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.configuration.choice import ProjectChoice, ProjectSettings, choose_project
from tools.projects.configuration.confirmations import Confirmations
from tools.projects.configuration.section import FILE
from tools.sandbox.executor_choice import choose


@dataclass(frozen=True, slots=True)
class ProjectLook:
    """A project as its files and its person tell it; None where nothing can contain commands."""

    choice: ProjectChoice
    checks: Checks | None
    no_checks: str = ""


@asynccontextmanager
async def look_at_project(config: Config, worktree: Worktree) -> AsyncIterator[ProjectLook]:
    """Yield what is found; commands are only looked for, in an empty copy."""
    with tempfile.TemporaryDirectory(prefix="rooftree-project-") as folder:
        workspace, choice = await asyncio.to_thread(_uncopied, config, worktree, Path(folder))
        try:
            executor = await choose(config.sandbox, worktree.root)
        except SandboxUnavailableError as error:
            yield ProjectLook(choice, None, str(error))
            return
        toolchains = tuple(config.sandbox.toolchains)
        checks = Checks(executor, workspace, choice.project, toolchains=toolchains)
        yield ProjectLook(choice, checks)


def _uncopied(config: Config, worktree: Worktree, folder: Path) -> tuple[Workspace, ProjectChoice]:
    """Return an empty copy of a repository, for who only asks what could run in one."""
    blobs, empty = folder / "blobs", folder / "empty"
    blobs.mkdir()
    empty.mkdir()
    snapshot = take_snapshot(worktree, blobs)
    settings = ProjectSettings(
        snapshot.content(FILE), confirmations=Confirmations(config.paths, worktree.repo_id)
    )
    return Workspace(empty, snapshot), choose_project(snapshot, settings, settings.confirmed())
