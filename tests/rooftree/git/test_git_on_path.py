"""Git is the machine's own, wherever rooftree starts and whatever PATH names of the repository."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from rooftree.executables import repository_folders
from rooftree.git.commands import open_worktree
from tests.hostile.users import NOBODY, Ground, become_nobody, everybody_can_run, public_folder
from tests.support import git, git_repository

ROOT = Path(__file__).parents[3]
SYSTEM = "/usr/local/bin:/usr/bin:/bin"
OPEN = (
    "import sys; from pathlib import Path; from rooftree.git.commands import open_worktree\n"
    "print(open_worktree(Path(sys.argv[1])).common_dir)"
)


@dataclass(frozen=True, slots=True)
class Start:
    """Who starts rooftree, and how."""

    python: Sequence[str]
    code: Path
    folder: Path
    owner: int


@pytest.fixture(scope="module", params=["the user of the tests", "an ordinary user"])
def start(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Start]:
    if request.param == "the user of the tests":
        folder = tmp_path_factory.mktemp("paths")
        yield Start([sys.executable], ROOT, folder, os.geteuid())
        return
    if os.geteuid() != 0:
        pytest.skip("only root can become an ordinary user")
    with public_folder() as folder:
        ground = Ground.lay(folder)
        if not everybody_can_run(ground.python):
            pytest.skip("an ordinary user can run no Python here")
        scenes = folder / "scenes"
        scenes.mkdir(mode=0o755)
        yield Start([*become_nobody(), ground.python], folder / "code", scenes, NOBODY)


@dataclass(frozen=True, slots=True)
class Scene:
    """A folder that rooftree is started in, as it is named, and an entry of PATH."""

    folder: Path
    entry: str


def _planted(place: Path) -> str:
    """Plant a git that leaves a mark beside itself and then does what git does."""
    place.mkdir(parents=True, exist_ok=True)
    program = place / "git"
    real = shutil.which("git", path=SYSTEM)
    program.write_text(f'#!/bin/sh\ntouch {shlex.quote(str(place / "ran"))}\nexec {real} "$@"\n')
    program.chmod(0o755)
    return str(place)


def in_a_subfolder(root: Path) -> Scene:
    return Scene(root / "src", _planted(root / "bin"))


def through_a_link(root: Path) -> Scene:
    link = root.parent / "link"
    link.symlink_to(root)
    _planted(root / "bin")
    return Scene(root, str(link / "bin"))


def started_through_a_link(root: Path) -> Scene:
    link = root.parent / "link"
    link.symlink_to(root / "src")
    return Scene(link, _planted(root / "bin"))


def behind_a_link_that_the_repository_holds(root: Path) -> Scene:
    place = _planted(root.parent / "elsewhere")
    (root / "bin").symlink_to(place)
    return Scene(root / "src", str(root / "bin"))


def behind_links_that_lead_over_the_repository(root: Path) -> Scene:
    """Neither its name nor its end lies there, and the repository chose where it ends."""
    behind_a_link_that_the_repository_holds(root)
    (root.parent / "code").symlink_to(root)
    (root.parent / "tools").symlink_to("code/bin")
    return Scene(root / "src", str(root.parent / "tools"))


def by_way_of_the_folder_above(root: Path) -> Scene:
    _planted(root / "bin")
    return Scene(root / "src", f"{root}/src/../bin")


def named_by_way_of_the_folder_above(root: Path) -> Scene:
    return Scene(root / "src" / ".." / "src", _planted(root / "bin"))


def a_link_to_a_program_of_it(root: Path) -> Scene:
    place = _planted(root / "bin")
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "git").symlink_to(f"{place}/git")
    return Scene(root / "src", str(outside))


def of_the_main_worktree(root: Path) -> Scene:
    linked = root.parent / "linked"
    git(root, "worktree", "add", "--quiet", str(linked), "-b", "side")
    return Scene(linked / "src", _planted(root / "bin"))


def of_a_linked_worktree(root: Path) -> Scene:
    linked = root.parent / "linked"
    git(root, "worktree", "add", "--quiet", str(linked), "-b", "side")
    return Scene(root / "src", _planted(linked / "bin"))


def of_the_common_folder(root: Path) -> Scene:
    bare, linked = root.parent / "shop.git", root.parent / "linked"
    git(root, "clone", "--quiet", "--bare", str(root), str(bare))
    git(bare, "worktree", "add", "--quiet", str(linked))
    return Scene(linked / "src", _planted(bare / "hooks"))


def _submodule(root: Path) -> Path:
    """Add a submodule as git has it by now: what is `.git` lies in the repository around it."""
    part = git_repository(root.parent, {"part.py": "print(2)\n"}, "part")
    allowed = ("-c", "protocol.file.allow=always")
    git(root, *allowed, "submodule", "--quiet", "add", str(part), "vendor/part")
    return root / "vendor" / "part"


def around_a_submodule(root: Path) -> Scene:
    return Scene(_submodule(root), _planted(root / "bin"))


def around_a_submodule_with_a_worktree_elsewhere(root: Path) -> Scene:
    linked = root.parent / "linked"
    git(_submodule(root), "worktree", "add", "--quiet", str(linked), "-b", "side")
    return Scene(linked, _planted(root / "vendor" / "part" / "bin"))


def of_the_repository_around(root: Path) -> Scene:
    inner = root / "vendor" / "part"
    inner.mkdir(parents=True)
    git(inner, "init", "--quiet")
    return Scene(inner, _planted(root / "bin"))


SCENES = [
    in_a_subfolder,
    through_a_link,
    started_through_a_link,
    behind_a_link_that_the_repository_holds,
    behind_links_that_lead_over_the_repository,
    by_way_of_the_folder_above,
    named_by_way_of_the_folder_above,
    a_link_to_a_program_of_it,
    of_the_main_worktree,
    of_a_linked_worktree,
    of_the_common_folder,
    of_the_repository_around,
    around_a_submodule,
    around_a_submodule_with_a_worktree_elsewhere,
]


def _laid(start: Start, name: str, make: Callable[[Path], Scene]) -> Scene:
    folder = start.folder / name
    folder.mkdir(mode=0o755)
    scene = make(git_repository(folder, {"src/a.py": "print(1)\n"}))
    for place, folders, files in os.walk(folder):
        for one in (place, *(os.path.join(place, name) for name in (*folders, *files))):  # noqa: PTH118 - text
            os.chown(one, start.owner, -1, follow_symlinks=False)
    return scene


def _opened(start: Start, scene: Scene) -> str:
    done = subprocess.run(
        [*start.python, "-c", OPEN, str(scene.folder)],
        cwd=scene.folder,
        env={"PATH": f"{scene.entry}:{SYSTEM}", "PYTHONPATH": str(start.code), "HOME": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_worktree_is_on_the_ground_of_the_repository_it_is_linked_to(tmp_path: Path) -> None:
    """Where two commits are compared, git runs in its own folder."""
    root = git_repository(tmp_path, {"src/a.py": "print(1)\n"})
    bare, linked, side = (tmp_path / name for name in ("shop.git", "linked", "side"))
    git(root, "clone", "--quiet", "--bare", str(root), str(bare))
    git(bare, "worktree", "add", "--quiet", str(linked))
    git(_submodule(root), "worktree", "add", "--quiet", str(side), "-b", "side")
    for worktree in (linked, side):
        common = open_worktree(worktree).common_dir
        assert common is not None
        assert repository_folders(worktree) <= repository_folders(common) | {
            f"{common}/worktrees/{worktree.name}"
        }


@pytest.mark.parametrize("make", SCENES, ids=lambda make: make.__name__)
def test_a_git_on_the_repositorys_ground_is_never_run(
    start: Start, make: Callable[[Path], Scene]
) -> None:
    scene = _laid(start, make.__name__, make)
    opened = Path(_opened(start, scene).strip())
    assert any(
        place.suffix == ".git" or place.name == ".git" for place in (opened, *opened.parents)
    )
    assert not list((start.folder / make.__name__).rglob("ran"))


def test_one_that_lies_outside_is_run(start: Start) -> None:
    """So the test above would notice, and a git of the user's own stays in use."""

    def outside(root: Path) -> Scene:
        return Scene(root / "src", _planted(root.parent / "own"))

    scene = _laid(start, "outside", outside)
    assert _opened(start, scene).strip().endswith(".git")
    assert (start.folder / "outside" / "own" / "ran").exists()
