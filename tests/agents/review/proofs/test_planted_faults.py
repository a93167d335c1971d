"""Of claims of which half are wrong, those are proven that a test shows, and no others."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agents.review.findings.finding import BEHAVIOUR_CHANGED, Finding
from agents.review.findings.outcome import Review
from agents.review.flow import ReviewSettings
from agents.review.review_run import ReviewRun
from agents.runs.store import StoredRun
from agents.runs.team import TeamMember
from rooftree.git.commands import open_worktree
from rooftree.telemetry.events import EventLog
from tests.agents.review.proofs.planted_faults import (
    FAULTS,
    GOOD,
    LABEL,
    MODULE,
    WRONG,
    PlantedFault,
    WrongClaim,
)
from tests.server.changing import services_of
from tests.support import git, git_repository, write_files
from tests.support.replies import Reply, Text
from tests.support.scripted_model import ScriptedServer
from tools.diffs.proposal import between

RIGHT_CLAIM, WRONG_CLAIM = "it gives the wrong value", "it names the wrong number of things"
ROWS = tuple((fault, wrong, wrong.behaviour) for fault, wrong in zip(FAULTS, WRONG, strict=True))


def reviewer(fault: PlantedFault, wrong: WrongClaim) -> Callable[[Mapping[str, Any]], Reply]:
    """Return a model that claims one thing of each function, half of it wrong."""

    def answer(body: Mapping[str, Any]) -> Reply:
        schema = json.dumps(body.get("response_format") or {})
        said = str(body["messages"][-1]["content"])
        if "refuted" in schema:
            return Text(json.dumps({"reason": "because", "verdict": "real"}))
        if "intended" in schema:
            meant = (wrong.intended, wrong.words) if WRONG_CLAIM in said else ("no", "")
            return Text(json.dumps({"words": meant[1], "intended": meant[0]}))
        if "findings" in schema:
            return Text(json.dumps({"findings": [_claim(fault, wrong, "in `label`" in said)]}))
        test = wrong.proving(fault) if WRONG_CLAIM in said else fault.test
        return Text(f"```python\n{test}```")

    return answer


def _claim(fault: PlantedFault, wrong: WrongClaim, is_wrong: bool) -> dict[str, Any]:
    line = next(one for one in MODULE.split("\n") if fault.right in one)
    return {
        "quote": wrong.quote if is_wrong else line.replace(fault.right, fault.wrong),
        "claim": WRONG_CLAIM if is_wrong else RIGHT_CLAIM,
        "trigger": "always",
        "category": "bug",
        "severity": "major",
    }


async def reviewed(folder: Path, tmp_path: Path, answer: Any, title: str) -> Review:
    worktree = open_worktree(folder)
    with ScriptedServer(answer) as model:
        async with services_of(tmp_path, model) as services:
            record = StoredRun("review", title, str(folder), worktree.commit, "scripted")
            run = ReviewRun(
                services.config,
                partial(between, worktree, "main", "work"),
                await services.models.client(),
                {"reviewer": TeamMember("scripted", "capable")},
                services.store.create(record),
                EventLog(lambda _: None),
                title,
                settings=ReviewSettings(),
            )
            return await run.run()


def proposed(tmp_path: Path, fault: PlantedFault, wrong: WrongClaim) -> Path:
    """Return a repository whose branch `work` plants a fault and rewrites `label`."""
    before, after = wrong.tests
    folder = git_repository(tmp_path, {**GOOD, "tests/test_figures.py": before})
    git(folder, "checkout", "--quiet", "-b", "work")
    assert MODULE.count(fault.right) == 1
    module = MODULE.replace(fault.right, fault.wrong).replace(LABEL, wrong.body)
    write_files(folder, {"shop/figures.py": module, "tests/test_figures.py": after})
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", wrong.title)
    return folder


@pytest.mark.eighth("meant")
@pytest.mark.parametrize(
    ("fault", "wrong", "meant"), ROWS, ids=[f"{one.symbol}-{wrong.name}" for one, wrong, _ in ROWS]
)
async def test_what_is_called_proven_fails_with_the_change_alone(
    tmp_path: Path, fault: PlantedFault, wrong: WrongClaim, meant: bool
) -> None:
    folder = proposed(tmp_path, fault, wrong)
    review = await reviewed(folder, tmp_path, reviewer(fault, wrong), wrong.title)
    (right,) = [one for one in review.findings if one.claim == RIGHT_CLAIM]
    (other,) = [one for one in review.findings if one.claim == WRONG_CLAIM]
    assert (right.proven, right.confidence, right.inline, right.category) == (
        True,
        1.0,
        True,
        "bug",
    )
    assert _outcomes(folder, tmp_path, right) == {"main": 0, "work": 1}
    assert not other.proven
    if not meant:
        assert other.proof is None
        assert other.evidence[-1].startswith("no test shows it: ")
        return
    assert other.category == BEHAVIOUR_CHANGED
    assert _outcomes(folder, tmp_path, other) == {"main": 0, "work": 1}


def _outcomes(folder: Path, tmp_path: Path, finding: Finding) -> dict[str, int]:
    """Run the test of a proof on both sides, as anybody could; return how pytest ended."""
    assert finding.proof is not None
    ended = {}
    for side in ("main", "work"):
        copy = tmp_path / f"{side}-{finding.fingerprint}"
        git(folder, "worktree", "add", "--quiet", "--detach", str(copy), side)
        write_files(copy, {finding.proof.path: finding.proof.text})
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            finding.proof.path,
        ]
        ended[side] = subprocess.run(command, cwd=copy, capture_output=True, check=False).returncode
    return ended
