"""One place decides which interpreter runs a project's tests and with which runner, and says so."""

import sys
import venv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from rooftree.errors import SandboxUnavailableError, UsageError
from rooftree.git.commands import open_worktree
from tests.environments import environment, packages_of, with_pytest
from tests.support import commit_all, git, write_files
from tools.drafts.snapshot import take_snapshot
from tools.projects.detection.detect import detect
from tools.projects.environments.python import candidates, is_ours
from tools.projects.environments.setup import SuiteSetup, find_setup
from tools.sandbox.engines.bubblewrap import find_bubblewrap
from tools.sandbox.process.execution import Command, Execution, Executor

UNITTEST = """\
import unittest


class Shop(unittest.TestCase):
    def test_shop(self):
        self.assertTrue(True)
"""
PYTEST = "def test_shop():\n    assert True\n"
IGNORED = ".venv\nvenv\n.tox\n.nox\n"
LACKS_PYTEST = not Path("/usr/lib/python3/dist-packages/pytest").exists()


async def setup_of(
    tmp_path: Path,
    files: Mapping[str, str | bytes],
    environ: Mapping[str, str] | None = None,
    executor: Executor | None = None,
) -> SuiteSetup:
    """Return what is decided for the first suite of a repository."""
    root = tmp_path / "repo"
    root.mkdir(exist_ok=True)
    git(root, "init", "--quiet")
    write_files(root, {".gitignore": IGNORED, **files})
    commit_all(root)
    for name in ("blobs", "empty"):
        (tmp_path / name).mkdir(exist_ok=True)
    snapshot = take_snapshot(open_worktree(root), tmp_path / "blobs")
    project = detect(snapshot)
    suite = next(one for one in project.suites if one.tests)
    executor = executor or find_bubblewrap()
    return await find_setup(executor, tmp_path / "empty", root, project, suite, environ or {})


def version() -> str:
    return f"(Python {sys.version_info.major}.{sys.version_info.minor})"


async def test_an_environment_without_pytest_runs_unittests(tmp_path: Path) -> None:
    environment(tmp_path / "repo" / ".venv")
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST})
    assert found.description == f"tests run by .venv/bin/python {version()} with unittest"
    assert found.notes == found.gaps == ()


async def test_an_environment_with_pytest_runs_both(tmp_path: Path) -> None:
    with_pytest(tmp_path / "repo" / "venv")
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST, "tests/test_b.py": PYTEST})
    assert found.description == f"tests run by venv/bin/python {version()} with pytest"


async def test_unittests_are_run_by_the_projects_own_python_though_another_has_pytest(
    tmp_path: Path,
) -> None:
    environment(tmp_path / "repo" / ".venv")
    active = {"VIRTUAL_ENV": str(with_pytest(tmp_path / "active"))}
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST}, active)
    assert found.description == f"tests run by .venv/bin/python {version()} with unittest"


async def test_another_python_in_its_stead_is_named(tmp_path: Path) -> None:
    environment(tmp_path / "repo" / ".venv")
    active = with_pytest(tmp_path / "active")
    found = await setup_of(tmp_path, {"test_a.py": PYTEST}, {"VIRTUAL_ENV": str(active)})
    assert found.description == f"tests run by {active}/bin/python {version()} with pytest"
    assert found.notes == (
        f".venv/bin/python lacks what runs the tests, so {active}/bin/python does",
    )


@pytest.mark.skipif(not LACKS_PYTEST, reason="the system's Python has pytest")
async def test_tests_of_pytest_without_pytest_are_not_run_and_the_reason_is_told(
    tmp_path: Path,
) -> None:
    environment(tmp_path / "repo" / ".venv")
    with pytest.raises(SandboxUnavailableError) as caught:
        await setup_of(tmp_path, {"tests/test_a.py": PYTEST})
    assert str(caught.value) == (
        "tests not run: this project's tests are pytest's, and neither .venv/bin/python nor "
        "/usr/bin/python3 has pytest; make .venv with it"
    )


@pytest.mark.skipif(not LACKS_PYTEST, reason="the system's Python has pytest")
async def test_of_mixed_tests_those_of_unittest_are_run_and_the_others_named(
    tmp_path: Path,
) -> None:
    environment(tmp_path / "repo" / ".venv")
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST, "tests/test_b.py": PYTEST})
    assert found.description == f"tests run by .venv/bin/python {version()} with unittest"
    (gap,) = found.gaps
    assert gap == (
        "not run, as they are pytest's and neither .venv/bin/python nor /usr/bin/python3 has "
        "pytest: tests/test_b.py"
    )


@pytest.mark.parametrize("way", ["named", "by a link", "linked in the repository"])
async def test_our_own_interpreter_never_runs_a_projects_tests(tmp_path: Path, way: str) -> None:
    """It has pytest: who develops rooftree installs it."""
    (tmp_path / "link").symlink_to(sys.prefix)
    (tmp_path / "repo").mkdir()
    environ = {}
    if way == "named":
        environ["VIRTUAL_ENV"] = sys.prefix
    elif way == "by a link":
        environ["VIRTUAL_ENV"] = str(tmp_path / "link")
    else:
        (tmp_path / "repo" / ".venv").symlink_to(sys.prefix)
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST}, environ)
    assert found.python.name == "/usr/bin/python3"


async def test_our_own_is_known_behind_a_chain_of_links(tmp_path: Path) -> None:
    for name, place in (("a", sys.prefix), ("b", "a"), ("c", tmp_path / "b")):
        (tmp_path / name).symlink_to(place)
    environ = {"VIRTUAL_ENV": str(tmp_path / "c")}
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST}, environ)
    assert found.python.name == "/usr/bin/python3"


async def test_an_environment_that_our_python_made_is_the_projects(tmp_path: Path) -> None:
    place = tmp_path / "repo" / ".venv"
    venv.create(place, symlinks=True)
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST})
    assert found.description == f"tests run by .venv/bin/python {version()} with unittest"
    assert found.notes == ()


async def test_a_program_of_an_environment_that_leads_to_ours_is_told(tmp_path: Path) -> None:
    program = environment(tmp_path / "repo" / ".venv") / "bin" / "python"
    program.unlink()
    program.symlink_to(Path(sys.prefix, "bin", "python"))
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST})
    assert found.python.name == "/usr/bin/python3"
    assert found.notes[0].startswith(".venv/bin/python does not run, so /usr/bin/python3 runs the")


def _file(place: Path) -> None:
    place.write_text("shop-py3.11\n")


def _leads_nowhere(place: Path) -> None:
    place.symlink_to("/nowhere/shop")


def _of_conda(place: Path) -> None:
    (place / "conda-meta").mkdir(parents=True)


def _without_programs(place: Path) -> None:
    for one in (environment(place) / "bin").iterdir():
        one.unlink()


UNUSABLE = {
    Path.mkdir: "'.venv' has no pyvenv.cfg",
    _file: "'.venv' is a file and no environment",
    _leads_nowhere: "'.venv' leads nowhere",
    _of_conda: "'.venv' is conda's, whose environments are not used",
    _without_programs: ".venv/bin/python does not run",
}


@pytest.mark.parametrize("make", UNUSABLE, ids=lambda make: make.__name__)
async def test_what_cannot_be_used_is_not_passed_over_in_silence(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    (tmp_path / "repo").mkdir()
    make(tmp_path / "repo" / ".venv")
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST})
    (note,) = found.notes
    assert note == (
        f"{UNUSABLE[make]}, so /usr/bin/python3 runs the tests; it may lack what the project "
        "needs, so make .venv anew"
    )


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("VIRTUAL_ENV", "{}/gone", "is not there"),
        ("VIRTUAL_ENV", "venv", "is no absolute path"),
        ("CONDA_PREFIX", "{}/conda", "is conda's, whose environments are not used"),
    ],
)
async def test_an_active_environment_that_cannot_be_used_is_told(
    tmp_path: Path, name: str, value: str, why: str
) -> None:
    _of_conda(tmp_path / "conda")
    active = value.format(tmp_path)
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST}, {name: active})
    (note,) = found.notes
    assert note.startswith(f"{name}, {active!r}, {why}, so /usr/bin/python3 runs the tests")


async def test_where_the_projects_own_runs_the_tests_the_active_one_is_no_matter(
    tmp_path: Path,
) -> None:
    environment(tmp_path / "repo" / ".venv")
    environ = {"CONDA_PREFIX": "/opt/conda", "VIRTUAL_ENV": "/nowhere"}
    assert (await setup_of(tmp_path, {"tests/test_a.py": UNITTEST}, environ)).notes == ()


def test_an_environment_as_windows_lays_it_out_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "repo" / ".venv"
    (place / "Scripts").mkdir(parents=True)
    (place / "pyvenv.cfg").write_text("home = C:\\Python311\nversion = 3.11\n")
    git(tmp_path / "repo", "init", "--quiet")
    with pytest.raises(UsageError, match="names no absolute `home`; make one with"):
        list(candidates(find_bubblewrap(), tmp_path / "repo", {}))


@dataclass(frozen=True)
class Image:
    """Runs commands as an image does whose Python is as told."""

    says: str
    name: str = "container"
    version: str = "1"
    shares_host: bool = False

    async def run(self, command: Command) -> Execution:
        return Execution(0 if self.says else 127, self.says, 0.1)


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("", "no Python in the image was found (python3 of the image does not run); name an image"),
        ('["3.11.2", "/usr", []]', "python3 of the image has no pytest; install pytest in the"),
    ],
)
async def test_of_an_image_it_is_said_what_the_image_lacks(
    tmp_path: Path, says: str, told: str
) -> None:
    with pytest.raises(SandboxUnavailableError) as caught:
        await setup_of(tmp_path, {"tests/test_a.py": PYTEST}, executor=Image(says))
    assert told in str(caught.value)


def test_ours_is_known_by_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(sys.prefix)
    assert is_ours(tmp_path / "link")
    assert not is_ours(tmp_path)


@pytest.mark.parametrize("tool", [".tox", ".nox"])
async def test_an_environment_of_tox_or_nox_runs_the_tests(tmp_path: Path, tool: str) -> None:
    for name in ("docs", "lint"):
        environment(tmp_path / "repo" / tool / name)
    with_pytest(tmp_path / "repo" / tool / "py39")
    with_pytest(tmp_path / "repo" / tool / "py312")
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST})
    assert found.description == f"tests run by {tool}/py312/bin/python {version()} with pytest"


@pytest.mark.parametrize("has_plugin", [True, False])
async def test_tests_of_django_are_run_by_its_script_or_by_pytest_with_its_plugin(
    tmp_path: Path, *, has_plugin: bool
) -> None:
    place = with_pytest(tmp_path / "repo" / "back" / ".venv")
    (packages_of(place) / "django.py").write_text("")
    if has_plugin:
        (packages_of(place) / "pytest_django.py").write_text("")
    files = {
        "back/manage.py": "import os\nos.environ['DJANGO_SETTINGS_MODULE'] = 'site.settings'\n",
        "back/shop/tests.py": UNITTEST,
    }
    found = await setup_of(tmp_path, files)
    runner = "pytest" if has_plugin else "Django's manage.py test"
    assert (
        found.description == f"tests in back run by back/.venv/bin/python {version()} with {runner}"
    )


async def test_without_django_its_tests_are_not_run(tmp_path: Path) -> None:
    environment(tmp_path / "repo" / ".venv")
    files = {"manage.py": "DJANGO_SETTINGS_MODULE", "shop/tests.py": UNITTEST}
    with pytest.raises(SandboxUnavailableError, match=r"tests are Django's, and neither \.venv"):
        await setup_of(tmp_path, files)
