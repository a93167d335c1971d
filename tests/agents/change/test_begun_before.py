"""Changes that were begun by an older version: what was answered then is not asked again.

The folders in `tests/fixtures/runs` were written on 2026-11-30, by a flow of other parts.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from agents.runs.step_log import records
from agents.runs.store import RunFolder, RunStore
from rooftree.git.commands import open_worktree
from rooftree.paths import StateFolder
from tests.server.changing import FIXED, SHOP, coder, services_of
from tests.support import git, git_repository
from tests.support.scripted_model import Failure, ScriptedServer
from tools.approvals import ApprovalRequest, ApprovalResponse

STORED = Path(__file__).parents[2] / "fixtures" / "runs"
MADE_AT = "/home/ada/shop"
DIGEST = "e88c8bb6f274190e1a504a1b0a4dff62ae2d635f7f62e92d8490b10e8fe67986"
ASKED_BEFORE = 1
"""Answers of the model that the interrupted run had got."""


async def person(asked: ApprovalRequest) -> ApprovalResponse:
    return ApprovalResponse(asked.kind in ("plan", "command", "diff"))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


def stored(tmp_path: Path, shop: Path, name: str) -> RunFolder:
    """Put a stored run where the runs of this repository are."""
    folder = StateFolder(tmp_path / "state").runs() / "20261130-151244-7875b6"
    shutil.copytree(STORED / name, folder)
    for path in (folder / "run.json", folder / "snapshot.json"):
        content = json.loads(path.read_text().replace(MADE_AT, str(shop)))
        content["commit"] = git(shop, "rev-parse", "HEAD")
        if "status" in content:
            content |= {"id": folder.name, "status": "running", "applied": False}
            content["repo_id"] = open_worktree(shop).repo_id
        path.write_text(json.dumps(content))
    return RunStore(StateFolder(tmp_path / "state")).open(folder.name)


async def test_a_whole_run_is_gone_through_again_by_its_log_alone(
    tmp_path: Path, shop: Path
) -> None:
    run = stored(tmp_path, shop, "finished")
    steps = run.steps.read_bytes()
    with ScriptedServer(lambda _: Failure(500, "asked again")) as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.resume(run.id, person, lambda _: None, repo=shop)
        assert [one.path for one in model.requests if "completion" in one.path] == []
    assert (outcome.status, outcome.applied, outcome.digest) == ("verified", True, DIGEST)
    assert run.steps.read_bytes() == steps, "every step was known"
    assert (shop / "shop" / "cart.py").read_text() == FIXED


async def test_an_interrupted_run_goes_on_where_it_was(tmp_path: Path, shop: Path) -> None:
    run = stored(tmp_path, shop, "interrupted")
    # Which Python runs the tests is this machine's matter: it is decided anew.
    before = [one for one in records(run.steps) if one["kind"] != "setup"]
    run.steps.write_text("".join(json.dumps(one) + "\n" for one in before))
    with ScriptedServer(coder) as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.resume(run.id, person, lambda _: None, repo=shop)
        asked = [one for one in model.requests if "completion" in one.path]
    after = [one for one in records(run.steps) if one["kind"] != "setup"]
    assert (outcome.status, outcome.digest) == ("verified", DIGEST)
    assert after[: len(before)] == before
    answered = [one for one in after if one["kind"] == "model"]
    assert len(asked) == len(answered) - ASKED_BEFORE
    whole = [one for one in records(STORED / "finished/steps.jsonl") if one["kind"] != "setup"]
    assert [step_of(one) for one in after] == [step_of(one) for one in whole]


def step_of(record: dict[str, Any]) -> tuple[str, str]:
    return record["kind"], record["key"]
