"""Packages that an environment has from the repository: where the copy stands in for it."""

import re
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from rooftree.errors import SandboxUnavailableError, UsageError
from rooftree.executables import repository_folders
from rooftree.git.commands import open_worktree
from tests.environments import environment, packages_of, with_pytest
from tests.support import git_repository, write_files
from tests.tools.projects.setups import BROKEN, CART, PYTEST
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.environments.editable import aliases_of
from tools.sandbox.engines.bubblewrap import arguments, find_bubblewrap
from tools.sandbox.process.execution import Command, ExecutionLimits, ReadOnlyMount
from tools.sandbox.process.mount_points import can_stand_at

FINDER = """\
import sys
from importlib.machinery import ModuleSpec, PathFinder

MAPPING = {{'shop': {place!r}}}
"""


@pytest.mark.parametrize(
    "place",
    [
        *("/", "/usr", "/usr/bin", "/usr/bin/shop", "/bin", "/usr/lib/python3/dist-packages"),
        *("/usr/local", "/usr/local/lib/python3.11", "/etc", "/etc/ssl", "/proc/1", "/dev"),
        *("/dev/shm", "/tmp", "/workspace", "/workspace/shop", "/home/../usr", "shop"),  # noqa: S108
    ],
)
def test_nothing_of_the_system_is_hidden(place: str) -> None:
    assert not can_stand_at(Path(place))


@pytest.mark.parametrize(
    "place",
    [
        *("/home/ada/shop", "/root/shop", "/tmp/shop", "/dev/shm/shop", "/usr/src/app"),  # noqa: S108
        *("/usr/local/src/shop", "/etc/shop", "/srv", "/workspaces/shop", "/var/www", "/home"),
    ],
)
def test_the_copy_stands_where_people_keep_repositories(place: str) -> None:
    assert can_stand_at(Path(place))


def test_a_sandbox_is_not_made_with_the_copy_in_the_systems_place(tmp_path: Path) -> None:
    command = Command(("true",), tmp_path, aliases=(Path("/usr/bin"),))
    with pytest.raises(SandboxUnavailableError, match="'/usr/bin', a folder of the system"):
        arguments(command, 3)


@pytest.mark.parametrize("link", [".venv", ".venv/bin"])
@pytest.mark.parametrize("way", ["alias", "shown"])
def test_nothing_is_shown_through_a_link_of_the_copy(tmp_path: Path, link: str, way: str) -> None:
    root, copy, outside = (tmp_path / name for name in ("shop", "copy", "outside"))
    for folder in (root / ".venv" / "bin", copy, outside):
        folder.mkdir(parents=True)
    (copy / link).parent.mkdir(exist_ok=True)
    (copy / link).symlink_to(f"/oldroot{outside}")
    programs = root / ".venv" / "bin"
    if way == "alias":
        command = Command(("true",), copy, toolchains=(programs,), aliases=(root,))
    else:
        command = Command(("true",), copy, shown=(ReadOnlyMount(programs, "/workspace/.venv/bin"),))
    with pytest.raises(
        SandboxUnavailableError, match=rf"'{re.escape(link)}' is a link in the copy"
    ):
        arguments(command, 3)


def test_folders_on_the_way_are_no_links(tmp_path: Path) -> None:
    root, copy = tmp_path / "shop", tmp_path / "copy"
    (copy / "back").mkdir(parents=True)
    programs = root / "back" / ".venv" / "bin"
    told = arguments(Command(("true",), copy, toolchains=(programs,), aliases=(root,)), 3)
    assert told.index(str(root)) < told.index(str(programs))


def aliases(tmp_path: Path, root: Path, text: str, name: str = "shop.pth") -> tuple[Path, ...]:
    place = environment(tmp_path / "environment")
    (packages_of(place) / name).write_text(text)
    return aliases_of(place, root, repository_folders(root, outer=False))


def test_a_name_inside_of_another_is_not_the_repository(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {"shop.py": ""})
    for number, text in enumerate((f"/mnt{root}/libs\n", f"{root}-old/libs\n")):
        assert aliases(tmp_path / str(number), root, text) == ()


@pytest.mark.parametrize("name", ["shop.pth", "shop.egg-link", "__editable___shop_1_finder.py"])
def test_path_files_links_and_finders_name_it(tmp_path: Path, name: str) -> None:
    root = git_repository(tmp_path, {"shop.py": ""})
    text = FINDER.format(place=f"{root}/libs/shop") if name.endswith(".py") else f"{root}/libs\n"
    assert aliases(tmp_path, root, text, name) == (root,)


def test_files_that_pass_for_gits_name_no_worktree(tmp_path: Path) -> None:
    root = tmp_path / "shop"
    other = tmp_path / "other"
    other.mkdir()
    files: dict[str, str | bytes] = {"HEAD": "", "objects/a": "", "refs/a": ""}
    write_files(root, {**files, "worktrees/one/gitdir": f"{other}/.git\n"})
    assert str(other) in repository_folders(root, outer=False)
    assert aliases(tmp_path, root, f"{other}\n") == ()


def test_a_repository_among_the_systems_folders_is_told(tmp_path: Path) -> None:
    """What is installed from there would be tested as it is, without the change."""
    place = environment(tmp_path / "environment")
    (packages_of(place) / "shop.pth").write_text("/usr/lib/shop\n")
    with pytest.raises(UsageError, match="move the repository elsewhere, and install them anew"):
        aliases_of(place, Path("/usr/lib/shop"), frozenset({"/usr/lib/shop"}))


PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "shop"
version = "1.0"

[tool.setuptools]
packages = ["shop"]
package-dir = {shop = "code"}
"""
BUILD = "from setuptools import build_meta; build_meta.build_editable({!r})"


def installed_editable(root: Path, part: str) -> Path:
    """Do what `pip install --no-deps -e` does: have setuptools make the wheel, and unpack it."""
    place = with_pytest(root / ".venv")
    wheels = root.parent / "wheels"
    wheels.mkdir()
    command = [sys.executable, "-c", BUILD.format(str(wheels))]
    subprocess.run(command, cwd=root / part, check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as unpacked:
        unpacked.extractall(packages_of(place))
    return place


@pytest.mark.skipif(find_spec("setuptools") is None, reason="setuptools is not installed")
async def test_a_package_that_setuptools_finds_by_a_finder_is_tested_as_the_draft_has_it(
    tmp_path: Path,
) -> None:
    """Its folder has another name than the package: nothing but the finder leads there."""
    files: dict[str, str | bytes] = {
        ".gitignore": ".venv\n*.egg-info\nbuild\n",
        "libs/cart/pyproject.toml": PROJECT,
        "libs/cart/code/__init__.py": "",
        "libs/cart/code/cart.py": CART,
        "tests/test_cart.py": PYTEST,
    }
    root = git_repository(tmp_path, files, "shop")
    place = installed_editable(root, "libs/cart")
    assert list(packages_of(place).glob("__editable___*_finder.py"))
    (tmp_path / "blobs").mkdir()
    snapshot = take_snapshot(open_worktree(root), tmp_path / "blobs")
    workspace = Workspace.make(tmp_path / "copy", snapshot)
    checks = Checks(find_bubblewrap(), workspace, detect(snapshot), ExecutionLimits(seconds=60))
    assert (await checks.tests(Draft(snapshot))).passed
    broken = Draft(snapshot).with_text("libs/cart/code/cart.py", BROKEN)
    results = await checks.tests(broken)
    assert results.failed == {"tests/test_cart.py::test_total"}
    trace = await checks.trace(broken, ("tests/test_cart.py::test_total",))
    assert trace is not None
    assert any(path == "libs/cart/code/cart.py" for path, _ in trace.failing)
    assert (root / "libs/cart/code/cart.py").read_text() == CART
    workspace.remove()
