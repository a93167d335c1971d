"""The refuter: sees one claim and the changed lines, not its origin, and tries to refute it."""

from dataclasses import dataclass, replace

from agents.review.findings.finding import Finding, safe
from agents.review.reading.hunk_packs import HunkPack
from agents.runs.team import Team, answer_schema, json_of
from prompts.library import render

TOKENS = 120
SURVIVED = 0.2
SEVERE = {"critical": 0.05, "major": 0.0, "minor": -0.05, "nit": -0.1}


@dataclass(frozen=True, slots=True)
class RefutationResult:
    """What became of a claim that was doubted."""

    finding: Finding | None
    """With its new confidence; None where it was refuted."""
    read: bool
    """Whether what was said of it could be read."""


async def refute(team: Team, finding: Finding, pack: HunkPack) -> RefutationResult:
    """Let a claim be refuted."""
    reasons = team.members["reviewer"].tier != "capable"
    prompt = render(
        "review/refute",
        reasons=reasons,
        path=finding.path,
        diff=pack.text,
        quote=finding.quote,
        claim=finding.claim,
        trigger=finding.trigger,
    )
    # Asked for an explanation, capable models refute what is right (arXiv 2603.00539).
    schema = SCHEMA if reasons else VOTE
    told = json_of(await team.ask("reviewer", prompt, max_tokens=TOKENS, schema=schema))
    verdict = told.get("verdict")
    if verdict == "refuted":
        return RefutationResult(None, read=True)
    read = verdict in ("real", "unclear")
    worth = finding.confidence + SEVERE[finding.severity]
    if verdict == "real":
        worth += SURVIVED
    reason = safe(told.get("reason"), 200)
    said = verdict if read else "unreadable"
    evidence = (*finding.evidence, f"a second look with fresh eyes: {said}")
    if reason:
        evidence = (*evidence[:-1], f"{evidence[-1]}, {reason}")
    worth = max(0.0, min(1.0, worth))
    return RefutationResult(replace(finding, confidence=worth, evidence=evidence), read)


_VERDICT = {"type": "string", "enum": ["real", "refuted", "unclear"]}
VOTE = answer_schema({"verdict": _VERDICT})
SCHEMA = answer_schema({"reason": {"type": "string", "maxLength": 200}, "verdict": _VERDICT})
