"""A project's tests run in the environment that its user made, or the reason is told."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rooftree.errors import SandboxUnavailableError, UsageError
from rooftree.executables import repository_folders
from rooftree.git.commands import open_worktree
from tests.environments import environment, with_pytest
from tests.support import commit_all, git, git_repository
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.drafts.workspace import Workspace
from tools.projects.checks import Checks
from tools.projects.detection.detect import detect
from tools.projects.environments.python import candidates
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import ExecutionLimits
from tools.sandbox.process.toolchains import of_environment

SECRET = "SHOP_TOKEN=9f2c17aa60"
"""What the tests of a stranger look for: it is ignored, so no copy holds it."""
SHOP = {
    ".gitignore": ".env.local\nenvironment/\n/.venv\n/venv\n",
    "test_shop.py": "import glob, os, unittest\n\n\nclass Shop(unittest.TestCase):\n"
    "    def test_looks_around(self):\n"
    "        seen = []\n"
    "        for folder in os.environ['PLACES'].split(':') if 'PLACES' in os.environ else PLACES:\n"
    "            for name in ('.env.local', '.git/config'):\n"
    "                try:\n"
    "                    seen.append(open(os.path.join(folder, name)).read())\n"
    "                except OSError:\n"
    "                    pass\n"
    "        self.assertEqual(seen, [])\n\n\nPLACES = @PLACES@\n",
}


@pytest.fixture(autouse=True)
def no_active_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)


def _shop(tmp_path: Path, name: str = "shop") -> Path:
    root = tmp_path / name
    test = SHOP["test_shop.py"].replace("@PLACES@", repr([str(root), str(root.parent)]))
    git_repository(tmp_path, {**SHOP, "test_shop.py": test}, name)
    (root / ".env.local").write_text(SECRET)
    git(root, "remote", "add", "origin", "https://token@forge.test/shop.git")
    return root


def _settings(home: str | None = None) -> str:
    return f"home = {home or Path(sys.base_prefix, 'bin')}\nversion = 3.11\n"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator["Opening"]:
    opening = Opening(tmp_path)
    yield opening
    for workspace in opening.workspaces:
        workspace.remove()


class Opening:
    """Makes the means of a repository, and takes their copies away."""

    def __init__(self, tmp_path: Path) -> None:
        self._folder = tmp_path / "opened"
        self.workspaces: list[Workspace] = []

    def __call__(self, root: Path) -> tuple[Checks, Draft]:
        (self._folder / "blobs").mkdir(parents=True)
        snapshot = take_snapshot(open_worktree(root), self._folder / "blobs")
        self.workspaces.append(Workspace.make(self._folder / "copy", snapshot))
        limits = ExecutionLimits(seconds=60)
        return (
            Checks(find_bubblewrap(), self.workspaces[-1], detect(snapshot), limits),
            Draft(snapshot),
        )


def _to_itself(root: Path) -> None:
    """The attack: the repository passes for its own virtual environment."""
    (root / ".venv").symlink_to(".")
    (root / "pyvenv.cfg").write_text(_settings())


def _above_itself(root: Path) -> None:
    (root / ".venv").symlink_to("..")
    (root.parent / "pyvenv.cfg").write_text(_settings())


def _into_itself(root: Path) -> None:
    (root / "inner").mkdir()
    (root / "inner" / "pyvenv.cfg").write_text(_settings())
    (root / "venv").symlink_to("inner")


def _into_the_folder_of_git(root: Path) -> None:
    (root / ".git" / "pyvenv.cfg").write_text(_settings())
    (root / ".venv").symlink_to(".git")


LINKS = [_to_itself, _above_itself, _into_itself, _into_the_folder_of_git]


@pytest.mark.parametrize("tracked", [True, False])
@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.__name__)
async def test_a_link_to_the_repository_is_no_environment(
    tmp_path: Path, opened: Opening, link: object, *, tracked: bool
) -> None:
    root = _shop(tmp_path)
    assert callable(link)
    link(root)
    if tracked:
        git(root, "add", "--force", "--all", ":!.env.local")
        git(root, "commit", "--quiet", "--message", "environment")
    checks, draft = opened(root)
    with pytest.raises(SandboxUnavailableError, match=r"tests not run: .* is a link into the repo"):
        await checks.tests(draft)
    assert await checks.operation() is None


async def test_an_environment_that_is_tracked_is_refused(tmp_path: Path, opened: Opening) -> None:
    root = _shop(tmp_path)
    environment(root / ".venv")
    git(root, "add", "--force", ".venv/pyvenv.cfg")
    checks, draft = opened(root)
    with pytest.raises(SandboxUnavailableError, match=r"tests not run: '\.venv' is tracked"):
        await checks.tests(draft)


async def test_a_tracked_link_elsewhere_is_refused(tmp_path: Path, opened: Opening) -> None:
    root = _shop(tmp_path)
    (root / ".venv").symlink_to(environment(tmp_path / "elsewhere"))
    git(root, "add", "--force", ".venv")
    checks, draft = opened(root)
    with pytest.raises(SandboxUnavailableError, match=r"tests not run: '\.venv' is tracked"):
        await checks.tests(draft)


async def test_the_users_own_environment_shows_nothing_else(
    tmp_path: Path, opened: Opening
) -> None:
    root = _shop(tmp_path)
    with_pytest(root / ".venv")
    checks, draft = opened(root)
    results = await checks.tests(draft)
    assert results.passed, results.execution.output
    assert len(results.succeeded) == 1
    (note,) = checks.notes
    assert note.startswith("tests run by .venv/bin/python (Python 3.")


async def test_an_untracked_link_elsewhere_is_used_and_named(
    tmp_path: Path, opened: Opening
) -> None:
    root = _shop(tmp_path)
    elsewhere = with_pytest(tmp_path / "environments" / "shop")
    (elsewhere / "src").mkdir()
    (root / ".venv").symlink_to(elsewhere)
    checks, draft = opened(root)
    assert (await checks.tests(draft)).passed
    assert checks.notes[1:] == [
        f"the tests run in {str(elsewhere)!r}, which {str(root / '.venv')!r} leads to"
    ]
    shown = of_environment(root / ".venv")
    assert elsewhere / "bin" in shown
    assert not {elsewhere, elsewhere / "src"} & set(shown)


def _failing(root: Path) -> str:
    with pytest.raises(UsageError) as caught:
        list(candidates(find_bubblewrap(), root, {}))
    return str(caught.value)


def test_the_repository_does_not_pass_for_an_installation_of_python(tmp_path: Path) -> None:
    root = _shop(tmp_path)
    (root / "lib" / "python3.11").mkdir(parents=True)
    (root / "lib" / "python3.11" / "os.py").write_text("")
    environment(root / ".venv")
    (root / ".venv" / "pyvenv.cfg").write_text(_settings(str(root / "bin")))
    assert "no installation of Python outside the repository" in _failing(root)


def test_a_part_that_leads_out_of_the_environment_is_not_shown(tmp_path: Path) -> None:
    root = _shop(tmp_path)
    environment(root / ".venv")
    (root / ".venv" / "share").symlink_to(tmp_path)
    assert "'share' in" in _failing(root)


def test_beside_a_link_to_a_python_nothing_is_shown(tmp_path: Path) -> None:
    """Without git nothing is tracked, and a `bin` alone is no installation."""
    root = tmp_path / "shop"
    (root / "lib").mkdir(parents=True)
    (root / "lib" / "ignored.env").write_text(SECRET)
    (tmp_path / ".ssh").mkdir()
    (root / "share").symlink_to("../.ssh")
    (root / "bin").symlink_to(Path(sys.base_prefix, "bin"))
    environment(root / ".venv")
    (root / ".venv" / "pyvenv.cfg").write_text(_settings(str(root / "bin")))
    shown = of_environment(root / ".venv", repository_folders(root))
    assert not {root / "lib", root / "share"} & set(shown)


def test_what_leads_out_of_an_installation_is_not_shown(tmp_path: Path) -> None:
    """It may be one that came along: in the folder above, which is not looked after."""
    root, planted = tmp_path / "all" / "shop", tmp_path / "all" / "python"
    (planted / "bin").mkdir(parents=True)
    (planted / "lib" / "python3.11").mkdir(parents=True)
    (planted / "lib" / "python3.11" / "os.py").write_text("")
    (tmp_path / ".ssh").mkdir()
    (planted / "share").symlink_to("../../.ssh")
    environment(root / ".venv")
    (root / ".venv" / "pyvenv.cfg").write_text(_settings(str(planted / "bin")))
    shown = of_environment(root / ".venv", repository_folders(root))
    assert planted / "lib" in shown
    assert planted / "share" not in shown


def test_settings_that_never_answer_are_none(tmp_path: Path) -> None:
    root = _shop(tmp_path)
    (root / ".venv").mkdir()
    os.mkfifo(root / ".venv" / "pyvenv.cfg")
    assert "names no absolute `home`" in _failing(root)


@pytest.mark.parametrize("home", ["", "bin", "../bin", f"{sys.base_prefix}/bin\0"])
def test_settings_that_name_no_python_are_none(tmp_path: Path, home: str) -> None:
    root = _shop(tmp_path)
    (root / ".venv").mkdir()
    (root / ".venv" / "pyvenv.cfg").write_text(f"home = {home}\n")
    assert "names no absolute `home`" in _failing(root)


def test_a_name_that_no_file_can_have_is_no_python(tmp_path: Path) -> None:
    root = _shop(tmp_path)
    (root / ".venv").mkdir()
    (root / ".venv" / "pyvenv.cfg").write_text(_settings("/" + "x/" * 5000 + "y" * 5000 + "/bin"))
    assert "no installation of Python outside the repository" in _failing(root)


def test_a_folder_named_env_with_other_things_is_none(tmp_path: Path) -> None:
    root = git_repository(tmp_path, {"env/settings.py": "DEBUG = True\n"})
    commit_all(root)
    found = [one.program for one in candidates(find_bubblewrap(), root, {})]
    assert found == ["/usr/bin/python3"]


def test_the_active_environment_follows_the_projects_own(tmp_path: Path) -> None:
    root = _shop(tmp_path)
    active = environment(tmp_path / "active")
    found = [
        one.program for one in candidates(find_bubblewrap(), root, {"VIRTUAL_ENV": str(active)})
    ]
    assert found[0] == str(active / "bin" / "python")


def _named_by_a_link(root: Path) -> Path:
    (root.parent / "alias").symlink_to(root)
    return root.parent / "alias" / "tools" / "environment"


def _of_the_main_worktree(root: Path) -> Path:
    return root.parent / "shop" / "tools" / "environment"


@pytest.mark.parametrize("named", [_named_by_a_link, _of_the_main_worktree])
@pytest.mark.parametrize("linked", [True, False])
def test_an_active_environment_that_is_tracked_is_refused(
    tmp_path: Path, named: Callable[[Path], Path], *, linked: bool
) -> None:
    root = _shop(tmp_path)
    environment(root / "tools" / "environment")
    git(root, "add", "--force", "tools/environment/pyvenv.cfg")
    git(root, "commit", "--quiet", "--message", "environment")
    if linked:
        git(root, "worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "side")
        root = tmp_path / "linked"
    active = str(named(root))
    with pytest.raises(UsageError, match="'environment' is tracked by the repository"):
        list(candidates(find_bubblewrap(), root, {"VIRTUAL_ENV": active}))


def test_the_repository_is_no_active_environment(tmp_path: Path) -> None:
    root = _shop(tmp_path)
    (root / "pyvenv.cfg").write_text(_settings())
    (tmp_path / "alias").symlink_to(root)
    for active in (root, tmp_path / "alias", root / "." / ".." / "shop"):
        with pytest.raises(UsageError, match="would show its files to the tests"):
            list(candidates(find_bubblewrap(), root, {"VIRTUAL_ENV": str(active)}))


def test_an_active_environment_that_a_submodule_tracks_is_refused(tmp_path: Path) -> None:
    part = git_repository(tmp_path, {"part.py": ""}, "part")
    environment(part / "environment")
    git(part, "add", "--force", "environment/pyvenv.cfg")
    git(part, "commit", "--quiet", "--message", "environment")
    root = _shop(tmp_path)
    allowed = ("-c", "protocol.file.allow=always")
    git(root, *allowed, "submodule", "--quiet", "add", str(part), "vendor")
    active = str(root / "vendor" / "environment")
    with pytest.raises(UsageError, match="'environment' is tracked by the repository"):
        list(candidates(find_bubblewrap(), root, {"VIRTUAL_ENV": active}))


def test_an_active_environment_of_the_main_worktree_is_used(tmp_path: Path) -> None:
    root = _shop(tmp_path)
    active = environment(root / ".venv")
    git(root, "worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "side")
    found = candidates(find_bubblewrap(), tmp_path / "linked", {"VIRTUAL_ENV": str(active)})
    assert next(found).program == str(active / "bin" / "python")


def test_worktrees_may_share_the_environment_of_one_of_them(tmp_path: Path) -> None:
    root = _shop(tmp_path)
    environment(root / ".venv")
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "--quiet", str(linked), "-b", "side")
    (linked / ".venv").symlink_to(root / ".venv")
    found = next(candidates(find_bubblewrap(), linked, {}))
    assert found.program == str(root / ".venv" / "bin" / "python")
    assert "leads to" in found.note
    git(root, "add", "--force", ".venv/pyvenv.cfg")
    assert "is tracked" in _failing(linked)


def test_a_home_kept_in_git_holds_pythons_and_environments(tmp_path: Path) -> None:
    home = git_repository(tmp_path, {".profile": ""}, "home")
    (home / "code").mkdir()
    root = _shop(home / "code")
    (home / "pythons").symlink_to(sys.base_prefix)
    elsewhere = environment(home / ".virtualenvs" / "shop")
    (elsewhere / "pyvenv.cfg").write_text(_settings(str(home / "pythons" / "bin")))
    (root / ".venv").symlink_to(elsewhere)
    assert next(candidates(find_bubblewrap(), root, {})).name == ".venv/bin/python"
    git(home, "add", "--force", ".virtualenvs/shop/pyvenv.cfg")
    assert "is tracked" in _failing(root)


def test_a_python_behind_a_link_is_found_where_the_environment_names_it(tmp_path: Path) -> None:
    """As uv installs them: the name without the patch level is a link."""
    root = _shop(tmp_path)
    named = tmp_path / "cpython-3.11"
    named.symlink_to(sys.base_prefix)
    environment(root / ".venv")
    (root / ".venv" / "pyvenv.cfg").write_text(_settings(str(named / "bin")))
    shown = of_environment(root / ".venv")
    assert named / "lib" in shown
