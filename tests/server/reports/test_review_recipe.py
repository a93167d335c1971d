"""The recipe for CI jobs in docs/review.md: its script runs, annotates, and obeys no title."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.server.commands import PROGRAM, ROOT, Commands
from tests.server.operations.test_reviews import reviewer
from tests.server.reviewing import BROKEN, proposed
from tests.support import git
from tests.support.scripted_model import ScriptedServer

RECIPE = ROOT / "docs" / "ci" / "review.yml"


@pytest.fixture
def commands(tmp_path: Path) -> Iterator[Commands]:
    with ScriptedServer(reviewer([])) as model:
        (tmp_path / "home").mkdir()
        settings = {"ROOFTREE_MODEL_ENDPOINT": model.base_url, "ROOFTREE_MODEL_NAME": "scripted"}
        yield Commands(tmp_path / "home", settings)


def step() -> dict[str, Any]:
    recipe: dict[str, Any] = yaml.safe_load(RECIPE.read_text("utf-8"))
    assert recipe["permissions"] == {"contents": "read"}
    found: dict[str, Any] = recipe["jobs"]["review"]["steps"][-1]
    return found


def test_the_recipe_in_the_text_is_the_one_that_is_tested() -> None:
    text = (ROOT / "docs" / "review.md").read_text("utf-8")
    assert f"```yaml\n{RECIPE.read_text('utf-8')}```" in text


def test_nothing_that_a_stranger_wrote_stands_in_the_script() -> None:
    assert "${{" not in step()["run"]


def test_the_job_annotates_the_line_fails_and_runs_no_title(
    commands: Commands, tmp_path: Path
) -> None:
    folder = proposed(tmp_path, {"shop/cart.py": BROKEN})
    given = {
        "github.event.pull_request.base.sha": git(folder, "rev-parse", "main"),
        "github.event.pull_request.head.sha": git(folder, "rev-parse", "work"),
        "github.event.pull_request.title": f'"; touch {tmp_path}/ran; $(touch {tmp_path}/ran)',
    }
    names = {name: given[text.strip("${} ")] for name, text in step()["env"].items()}
    program = tmp_path / "bin" / "rooftree"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {" ".join(PROGRAM)} "$@"\n')
    program.chmod(0o755)
    environment = commands.environment(**names)
    environment["PATH"] = f"{program.parent}:{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-e", "-c", step()["run"]],
        cwd=folder,
        env=environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.startswith(b"::error file=shop/cart.py,line=8,")
    assert not (tmp_path / "ran").exists()
