"""The refuter: sees one claim and the changed lines, nothing of how it was found, and doubts it."""

from dataclasses import replace

from agents.change.team import Team, json_of
from agents.review.finding import Finding, safe
from agents.review.packs import Pack
from prompts.library import render

TOKENS = 120
SURVIVED = 0.2
SEVERE = {"critical": 0.05, "major": 0.0, "minor": -0.05, "nit": -0.1}


async def survives(team: Team, finding: Finding, pack: Pack) -> Finding | None:
    """Return the finding with what it is worth now; None where it was refuted."""
    prompt = render(
        "review/refute",
        path=finding.path,
        diff=pack.text,
        quote=finding.quote,
        claim=finding.claim,
        trigger=finding.trigger,
    )
    told = json_of(await team.ask("reviewer", prompt, max_tokens=TOKENS, schema=SCHEMA))
    verdict = told.get("verdict")
    if verdict == "refuted":
        return None
    worth = finding.confidence + SEVERE[finding.severity]
    if verdict == "real":
        worth += SURVIVED
    reason = safe(told.get("reason"), 200)
    evidence = (*finding.evidence, f"a second look with fresh eyes: {verdict or 'unreadable'}")
    if reason:
        evidence = (*evidence[:-1], f"{evidence[-1]}, {reason}")
    return replace(finding, confidence=max(0.0, min(1.0, worth)), evidence=evidence)


SCHEMA = {
    "type": "object",
    "properties": {
        "reason": {"type": "string", "maxLength": 200},
        "verdict": {"type": "string", "enum": ["real", "refuted", "unclear"]},
    },
    "required": ["reason", "verdict"],
    "additionalProperties": False,
}
