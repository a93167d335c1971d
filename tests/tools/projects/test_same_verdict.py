"""A project's tests say the same from whatever interpreter rooftree itself runs in."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import commit_all, git, write_files
from tests.tools.projects.setups import PROJECTS, PYTEST, ours, project

SCRIPT = Path(__file__).with_name("verdicts.py")
RUN_BY = {
    "unittest": ".venv/bin/python (Python 3.{minor}) with unittest",
    "pytest": ".venv/bin/python (Python 3.{minor}) with pytest",
    "django": ".venv/bin/python (Python 3.{minor}) with Django's manage.py test",
    "tox": ".tox/py311/bin/python (Python 3.{minor}) with pytest",
    "nox": ".nox/tests-3-11/bin/python (Python 3.{minor}) with unittest",
    **dict.fromkeys(
        ("src", "editable", "poetry", "uv"), ".venv/bin/python (Python 3.{minor}) with pytest"
    ),
}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """By project, what an interpreter with pytest says of it, and one without."""
    ground = tmp_path_factory.mktemp("projects")
    carts = {name: project(ground / name, name) for name in PROJECTS}
    _without_any(ground / "nothing can run")
    names = [*carts, "nothing can run"]
    told = []
    for has_pytest in (True, False):
        python = ours(ground / f"ours-{has_pytest}", has_pytest=has_pytest)
        assert _imports_pytest(python) is has_pytest
        told.append(_told(python, [ground / name for name in names]))
    return {name: [one[str(ground / name)] for one in told] for name in names}


def _without_any(root: Path) -> None:
    root.mkdir()
    git(root, "init", "--quiet")
    write_files(root, {"test_cart.py": PYTEST})
    commit_all(root)


def _imports_pytest(python: Path) -> bool:
    return subprocess.run([python, "-I", "-c", "import pytest"], check=False).returncode == 0


def _told(python: Path, roots: list[Path]) -> Any:
    # Whoever works in an environment of ours has it active.
    environment = {"PATH": "/usr/bin:/bin", "VIRTUAL_ENV": str(python.parents[1])}
    command = [str(python), "-I", str(SCRIPT), *map(str, roots)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", [*PROJECTS, "nothing can run"])
def test_what_is_installed_beside_rooftree_plays_no_part(
    verdicts: dict[str, list[Any]], name: str
) -> None:
    with_pytest, without = verdicts[name]
    assert with_pytest == without


@pytest.mark.parametrize("name", PROJECTS)
def test_each_project_is_tested_as_its_people_test_it(
    verdicts: dict[str, list[Any]], name: str
) -> None:
    told = verdicts[name][1]
    assert told.get("refused", "") == ""
    failed = {test.rpartition("::")[2] for test, how in told["outcomes"].items() if how == "failed"}
    passed = {test.rpartition("::")[2] for test, how in told["outcomes"].items() if how == "passed"}
    assert failed == {"test_total"}, told
    assert "test_none" in passed
    assert told["believed"]
    assert any(path.endswith("shop/cart.py") for path in told["traced"])


@pytest.mark.parametrize("name", RUN_BY)
def test_it_is_said_who_runs_the_tests(verdicts: dict[str, list[Any]], name: str) -> None:
    said = RUN_BY[name].format(minor=sys.version_info.minor)
    assert verdicts[name][1]["notes"][0] == f"tests run by {said}"


def test_where_no_test_can_run_both_say_why(verdicts: dict[str, list[Any]]) -> None:
    for told in verdicts["nothing can run"]:
        assert told["refused"] == (
            "tests not run: this project's tests are pytest's, and /usr/bin/python3 has no pytest; "
            "make .venv with it"
        )
