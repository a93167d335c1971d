"""Attacks by way of the places at which packages installed from the repository are looked for.

There the sandbox shows the copy in which tests run, writable, and toolchains inside of it.
"""

import shutil
import threading
from contextlib import suppress
from pathlib import Path

from rooftree.errors import RooftreeError, SandboxUnavailableError
from rooftree.executables import repository_folders
from tests.hostile.attack import Attack
from tests.hostile.scene import Scene
from tools.projects.environments.editable import aliases_of
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import Command, Execution, ReadOnlyMount


def of_the_repository(scene: Scene) -> tuple[Path, ...]:
    """Be a user who installed the repository editable, with a secret beside it."""
    (scene.copied / ".env").write_text(scene.canary)
    return _aliases(scene, scene.copied)


def of_the_system(scene: Scene) -> tuple[Path, ...]:
    """Be a folder whose files pass for a folder of git, with a worktree in the system's."""
    shutil.rmtree(scene.copied / ".git")
    for name in ("objects", "refs", "worktrees/one"):
        (scene.copied / name).mkdir(parents=True)
    (scene.copied / "HEAD").touch()
    (scene.copied / "worktrees/one/gitdir").write_text("/usr/bin/.git\n")
    return _aliases(scene, Path("/usr/bin"))


def _aliases(scene: Scene, named: Path) -> tuple[Path, ...]:
    place = scene.home / "environment"
    packages = place / "lib/python3.11/site-packages"
    packages.mkdir(parents=True)
    (packages / "__editable__.shop.pth").write_text(f"{named}\n")
    ground = repository_folders(scene.copied, outer=False)
    with suppress(RooftreeError):
        return aliases_of(place, scene.copied, ground)
    return ()


def written_to_the_tree(scene: Scene, ended: Execution) -> str | None:
    return "wrote to the user's own tree" if (scene.copied / "made").exists() else None


def shown_inside(scene: Scene) -> str | None:
    """Run the next command, with an environment that lies in the repository."""
    programs = scene.copied / ".venv" / "bin"
    programs.mkdir(parents=True)
    for command in (
        Command(("true",), scene.workspace, toolchains=(programs,), aliases=(scene.copied,)),
        Command(
            ("true",), scene.workspace, shown=(ReadOnlyMount(programs, "/workspace/.venv/bin"),)
        ),
    ):
        with suppress(SandboxUnavailableError):
            find_bubblewrap().run_now(command, threading.Event())
    return None


def made_inside(scene: Scene) -> str | None:
    """Be a host that makes the way to what it shows, links and all."""
    (scene.workspace / ".venv" / "bin").mkdir()
    return None


ALIASES = (
    Attack(
        "read and write the tree that an editable package is from",
        """
read(Path(SCENE["copied"], ".env"))
with suppress(OSError):
    Path(SCENE["copied"], "made").touch()
""",
        in_copy=True,
        aliases=of_the_repository,
        effect=written_to_the_tree,
    ),
    Attack(
        "stand in the place of the program that sets the limits",
        """
import resource
if resource.getrlimit(resource.RLIMIT_CORE) != (0, 0):
    reached("may dump core")
if resource.getrlimit(resource.RLIMIT_NOFILE)[1] > 256:
    reached("may open", resource.getrlimit(resource.RLIMIT_NOFILE), "files")
if not Path("/usr/bin/prlimit").exists():
    reached("hid the system's programs")
""",
        in_copy=True,
        aliases=of_the_system,
    ),
    Attack(
        "plant a link where the next command is shown its environment",
        """
# While bubblewrap makes its places, the machine's own root is at /oldroot.
os.symlink(("/oldroot" if SCENE["contained"] else "") + SCENE["outside"], ".venv")
""",
        in_copy=True,
        host=shown_inside,
        careless=made_inside,
    ),
)
