"""One place decides which interpreter runs a project's tests and with which runner, and says so."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from indexing.git import open_worktree
from rooftree.errors import SandboxUnavailableError
from tests.environments import environment, packages_of, with_pytest
from tests.support import commit_all, git, write_files
from tools.projects.detect import detect
from tools.projects.python import is_ours
from tools.projects.setup import Setup, find_setup
from tools.sandbox.bubblewrap import find_bubblewrap
from tools.snapshot import take_snapshot

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
    tmp_path: Path, files: Mapping[str, str | bytes], environ: Mapping[str, str] | None = None
) -> Setup:
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
    executor = find_bubblewrap()
    return await find_setup(executor, tmp_path / "empty", root, project, suite, environ or {})


def version() -> str:
    return f"(Python {sys.version_info.major}.{sys.version_info.minor})"


async def test_an_environment_without_pytest_runs_unittests(tmp_path: Path) -> None:
    environment(tmp_path / "repo" / ".venv")
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST})
    assert found.told == f"tests run by .venv/bin/python {version()} with unittest"
    assert found.notes == found.gaps == ()


async def test_an_environment_with_pytest_runs_both(tmp_path: Path) -> None:
    with_pytest(tmp_path / "repo" / "venv")
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST, "tests/test_b.py": PYTEST})
    assert found.told == f"tests run by venv/bin/python {version()} with pytest"


async def test_unittests_are_run_by_the_projects_own_python_though_another_has_pytest(
    tmp_path: Path,
) -> None:
    environment(tmp_path / "repo" / ".venv")
    active = {"VIRTUAL_ENV": str(with_pytest(tmp_path / "active"))}
    found = await setup_of(tmp_path, {"tests/test_a.py": UNITTEST}, active)
    assert found.told == f"tests run by .venv/bin/python {version()} with unittest"


async def test_another_python_in_its_stead_is_named(tmp_path: Path) -> None:
    environment(tmp_path / "repo" / ".venv")
    active = with_pytest(tmp_path / "active")
    found = await setup_of(tmp_path, {"test_a.py": PYTEST}, {"VIRTUAL_ENV": str(active)})
    assert found.told == f"tests run by {active}/bin/python {version()} with pytest"
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
    assert found.told == f"tests run by .venv/bin/python {version()} with unittest"
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
    assert found.python.python.name == "/usr/bin/python3"


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
    assert found.told == f"tests run by {tool}/py312/bin/python {version()} with pytest"


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
    assert found.told == f"tests in back run by back/.venv/bin/python {version()} with {runner}"


async def test_without_django_its_tests_are_not_run(tmp_path: Path) -> None:
    environment(tmp_path / "repo" / ".venv")
    files = {"manage.py": "DJANGO_SETTINGS_MODULE", "shop/tests.py": UNITTEST}
    with pytest.raises(SandboxUnavailableError, match=r"tests are Django's, and neither \.venv"):
        await setup_of(tmp_path, files)
