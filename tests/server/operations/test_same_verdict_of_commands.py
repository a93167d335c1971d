"""`rooftree review` and `rooftree change` say the same from an environment with pytest and without.

Both run as their users run them, from two environments of ours, on projects of ten set-ups.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.server.changing import APPROVE
from tests.server.commands import Commands, Done
from tests.support import commit_all, git, write_files
from tests.support.replies import Reply, Text
from tests.support.scripted_model import ScriptedServer
from tests.tools.projects.setups import BROKEN, CART, PROJECTS, PYTEST, ours, project

pytestmark = pytest.mark.slow
TASK = "total subtracts the prices, and should add them up"
Verdict = tuple[int, dict[str, Any]]
WHY = (
    "tests not run: this project's tests are pytest's, and /usr/bin/python3 has no pytest; "
    "make .venv with it"
)


def model(body: Mapping[str, Any]) -> Reply:
    """Find nothing wrong in a review; plan a repair, make it rightly and approve of it."""
    if "messages" not in body:
        return Text("")
    schema = json.dumps(body.get("response_format") or {})
    if "verdict" in schema:
        return Text(json.dumps(APPROVE))
    if "findings" in schema:
        return Text('{"findings": []}')
    if "playbook" in schema:
        return Text('{"playbook": "fix", "places": [1]}')
    return Text(f"```python\n{CART}```")


@pytest.fixture(scope="module")
def pythons(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return an interpreter of ours with pytest, and one without."""
    folder = tmp_path_factory.mktemp("ours")
    have, lack = (ours(folder / str(one), has_pytest=one) for one in (True, False))
    return have, lack


@pytest.fixture
def told(tmp_path: Path, pythons: tuple[Path, Path]) -> Iterator[Callable[..., list[Done]]]:
    """Run a command by each interpreter, each with a state of its own."""
    with ScriptedServer(model) as server:
        settings = {"ROOFTREE_MODEL_ENDPOINT": server.base_url, "ROOFTREE_MODEL_NAME": "scripted"}

        def run(*arguments: str | Path) -> list[Done]:
            found = []
            for python in pythons:
                (home := tmp_path / f"home-{python.parents[1].name}").mkdir(exist_ok=True)
                # Whoever works in an environment of ours has it active.
                active = {**settings, "VIRTUAL_ENV": str(python.parents[1])}
                done = Commands(home, active, str(python)).run(*arguments)
                # Linters are rooftree's own, so it is told where they were looked for.
                found.append(replace(done, out=done.out.replace(str(python), "OURS")))
            return found

        yield run


def without_any(root: Path) -> Path:
    """Make a project whose tests are pytest's, and no environment."""
    git(root.parent, "init", "--quiet", "--initial-branch=main", str(root))
    write_files(root, {"shop/__init__.py": "", "shop/cart.py": CART, "test_cart.py": PYTEST})
    commit_all(root)
    git(root, "checkout", "--quiet", "-b", "work")
    write_files(root, {"shop/cart.py": BROKEN})
    commit_all(root)
    return root


def verdict(done: Done) -> Verdict:
    """Return what a command says, but for what no two runs have in common."""
    assert "Traceback" not in done.err, done.err
    said = done.json()
    said.pop("run")
    for name in ("usage", "spending"):
        said.get(name, {}).pop("seconds", None)
    return done.code, said


def differing(one: Verdict, other: Verdict) -> dict[str, Any]:
    """Return what two commands say differently."""
    assert one[0] == other[0], (one, other)
    names = one[1].keys() | other[1].keys()
    both = {name: (one[1].get(name), other[1].get(name)) for name in sorted(names)}
    return {name: values for name, values in both.items() if values[0] != values[1]}


@pytest.mark.parametrize("name", PROJECTS)
def test_a_review_finds_the_broken_line_from_either(
    tmp_path: Path, told: Callable[..., list[Done]], name: str
) -> None:
    cart = project(tmp_path / name, name)
    asked = ("review", "--repo", tmp_path / name, "--base", "main", "--json")
    one, other = map(verdict, told(*asked))
    assert differing(one, other) == {}
    code, said = other
    assert code == 1
    assert said["status"] == "findings"
    (finding,) = [one for one in said["findings"] if one["code"] == "broken-test"]
    assert (tmp_path / name / finding["path"], finding["line"]) == (cart, 2)


@pytest.mark.parametrize("name", PROJECTS)
def test_a_change_is_verified_from_either(
    tmp_path: Path, told: Callable[..., list[Done]], name: str
) -> None:
    cart = project(tmp_path / name, name)
    asked = ("change", TASK, "--repo", tmp_path / name, "--approve", "never", "--json")
    one, other = map(verdict, told(*asked))
    assert differing(one, other) == {}
    code, said = other
    assert code == 0, said
    assert said["status"] == "verified"
    assert cart.read_text() == BROKEN


def test_where_no_test_can_run_both_say_why_and_neither_is_clean(
    tmp_path: Path, told: Callable[..., list[Done]]
) -> None:
    root = without_any(tmp_path / "shop")
    one, other = map(verdict, told("review", "--repo", root, "--base", "main", "--json"))
    assert differing(one, other) == {}
    assert (other[0], other[1]["status"]) == (3, "incomplete")
    assert WHY in json.dumps(other[1])
    one, other = map(verdict, told("change", TASK, "--repo", root, "--approve", "never", "--json"))
    assert differing(one, other) == {}
    assert other[0] != 0
    assert other[1]["status"] != "verified"
    assert WHY in json.dumps(other[1])
