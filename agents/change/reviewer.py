"""The reviewer: sees task, diff and evidence with fresh eyes, and nothing of the way there.

Measured facts come first: a change of the tests that were to be passed, or a test that broke, is
sent back whatever the model says. The model's own word can send a change back, and can never make
one verified.
"""

from dataclasses import dataclass
from typing import Any

from agents.change.team import Team, json_of, shown
from agents.change.verify import Baseline, Evidence
from prompts.library import render
from tools.draft import Draft

REVIEW_TOKENS = 140
LONGEST_DIFF = 3600
LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the reviewer says of a change."""

    approved: bool
    reasons: tuple[str, ...] = ()
    measured: bool = False
    """Whether a measured fact decided, and not a model."""

    def as_json(self) -> dict[str, Any]:
        return {
            "approved": self.approved,
            "reasons": list(self.reasons),
            "measured": self.measured,
        }


async def review(
    team: Team, task: str, draft: Draft, baseline: Baseline, evidence: Evidence
) -> Verdict:
    """Judge a change."""
    fault = _measured_fault(baseline, evidence)
    if fault:
        return Verdict(False, (fault,), measured=True)
    prompt = render(
        "change/review",
        task=shown(task, 1200, keep="start"),
        diff=shown(draft.diff(), LONGEST_DIFF, keep="start"),
        evidence=evidence.describe(),
    )
    told = json_of(await team.ask("reviewer", prompt, max_tokens=REVIEW_TOKENS, schema=_SCHEMA))
    verdict = told.get("verdict")
    if verdict not in ("approve", "revise"):
        return Verdict(True, ("the reviewer said nothing that could be read",))
    reasons = told.get("reasons")
    texts = [str(one)[:LONGEST_REASON] for one in reasons] if isinstance(reasons, list) else []
    return Verdict(verdict == "approve", tuple(texts[:2]))


def _measured_fault(baseline: Baseline, evidence: Evidence) -> str:
    if not evidence.parses:
        return evidence.problem
    if evidence.broken:
        return f"{len(evidence.broken)} tests that passed fail now, such as {evidence.broken[0]}"
    if evidence.judges and baseline.failing:
        return f"it edits {evidence.judges[0]}, which decides what the tests say"
    return ""


_SCHEMA = {
    "type": "object",
    "properties": {
        "verdict": {"type": "string", "enum": ["approve", "revise"]},
        "reasons": {
            "type": "array",
            "items": {"type": "string", "maxLength": 200},
            "minItems": 1,
            "maxItems": 2,
        },
    },
    "required": ["verdict", "reasons"],
    "additionalProperties": False,
}
