"""Of claims of which half are wrong, those are proven that a test shows, and no others."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from agents.review.findings.finding import BEHAVIOUR_CHANGED, Finding
from tests.agents.review.proofs.planted_faults import (
    FAULTS,
    GOOD,
    LABEL,
    MODULE,
    WRONG,
    PlantedFault,
    WrongClaim,
)
from tests.agents.review.reviews import review_of
from tests.support import git, write_files
from tests.support.replies import Reply, Text

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


def changed(fault: PlantedFault, wrong: WrongClaim) -> dict[str, str]:
    """Return the files of a change that plants a fault and rewrites `label`."""
    assert MODULE.count(fault.right) == 1
    module = MODULE.replace(fault.right, fault.wrong).replace(LABEL, wrong.body)
    return {"shop/figures.py": module, "tests/test_figures.py": wrong.tests[1]}


@pytest.mark.eighth("meant")
@pytest.mark.parametrize(
    ("fault", "wrong", "meant"), ROWS, ids=[f"{one.symbol}-{wrong.name}" for one, wrong, _ in ROWS]
)
async def test_what_is_called_proven_fails_with_the_change_alone(
    tmp_path: Path, fault: PlantedFault, wrong: WrongClaim, meant: bool
) -> None:
    before = {**GOOD, "tests/test_figures.py": wrong.tests[0]}
    review = await review_of(
        tmp_path,
        reviewer(fault, wrong),
        before,
        changed(fault, wrong),
        title=wrong.title,
        message=wrong.title,
    )
    (right,) = [one for one in review.findings if one.claim == RIGHT_CLAIM]
    (other,) = [one for one in review.findings if one.claim == WRONG_CLAIM]
    assert (right.proven, right.confidence, right.inline, right.category) == (
        True,
        1.0,
        True,
        "bug",
    )
    assert _outcomes(tmp_path, right) == {"main": 0, "work": 1}
    assert not other.proven
    if not meant:
        assert other.proof is None
        assert other.evidence[-1].startswith("no test shows it: ")
        return
    assert other.category == BEHAVIOUR_CHANGED
    assert _outcomes(tmp_path, other) == {"main": 0, "work": 1}


def _outcomes(tmp_path: Path, finding: Finding) -> dict[str, int]:
    """Run the test of a proof on both sides, as anybody could; return how pytest ended."""
    assert finding.proof is not None
    ended = {}
    for side in ("main", "work"):
        copy = tmp_path / f"{side}-{finding.fingerprint}"
        git(tmp_path / "shop", "worktree", "add", "--quiet", "--detach", str(copy), side)
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
