"""What follows from scores: protocol, edit format, tier and budgets for each role, with reasons.

The limits are round numbers that separate the models we have measured by a wide margin
(docs/benchmarks.md); a tier never depends on speed, which changes from one minute to the next.
"""

from collections.abc import Mapping

from models.chat.abilities import ToolProtocol
from models.chat.edit_formats import FORMATS, EditFormat
from models.probing.profile import ContextProfile, ModelRole, ModelTier, RoleProfile
from models.probing.verdict import ProbeScore

ProbeScores = Mapping[str, ProbeScore]

VALID_SHARE = 0.95
"""A protocol whose calls are less often well formed is not used where another is."""
NEEDED: Mapping[ModelRole, Mapping[str, tuple[float, float]]] = {
    "chat": {"facts": (0.5, 0.85), "abstains": (0.0, 0.75)},
    "planner": {"tools": (0.4, 0.8), "choices": (0.5, 0.99)},
    "coder": {"edits": (0.25, 0.75), "tools": (0.4, 0.8)},
    "reviewer": {"facts": (0.5, 0.85), "choices": (0.5, 0.99)},
}
"""For each role the scores that count: from the first share on small, from the second capable.

Whether there is an answer at all is decided by code, so a small model need not say so itself.
"""
PROMPT_SHARE: Mapping[ModelTier, float] = {"tiny": 0.35, "small": 0.5, "capable": 0.75}
"""Of the context, for the prompt; small models lose sight of long ones."""
ANSWER_TOKENS: Mapping[ModelTier, int] = {"tiny": 96, "small": 512, "capable": 2048}


def protocol_of(scores: ProbeScores) -> tuple[ToolProtocol, str]:
    """Return how tools are best offered, and why."""
    order: tuple[ToolProtocol, ...] = ("native", "guided", "text")
    known = {way: scores[f"tools_{way}"] for way in order if f"tools_{way}" in scores}
    sound = {way: score for way, score in known.items() if score.valid_share >= VALID_SHARE}
    best = max(sound or known, key=lambda way: (known[way].right, -order.index(way)))
    told = ", ".join(
        f"{way} {score.right} right and {score.valid} well formed of {score.of}"
        for way, score in known.items()
    )
    return best, f"tools by {best}: {told}"


def edit_format_of(scores: ProbeScores) -> tuple[EditFormat | None, str]:
    """Return the format in which edits succeed most often, and why; None where none does."""
    known = {form: scores[f"edit_{form}"] for form in FORMATS}
    best = max(FORMATS, key=lambda form: (known[form].right, -FORMATS.index(form)))
    told = ", ".join(f"{form} {score.right} of {score.of}" for form, score in known.items())
    if not known[best].right:
        return None, f"no edit format: {told}"
    return best, f"edits by {best}: {told}"


def role_scores(
    scores: ProbeScores, protocol: ToolProtocol, form: EditFormat | None
) -> ProbeScores:
    """Return the scores that roles are judged by."""
    return {
        "tools": scores[f"tools_{protocol}"],
        "edits": scores[f"edit_{form}"] if form else ProbeScore(0, 0, scores["edit_unit"].of),
        "facts": scores["facts"],
        "abstains": scores["abstains"],
        "choices": scores["choices"],
    }


def role_profile(role: ModelRole, scores: ProbeScores, context: ContextProfile) -> RoleProfile:
    """Return a role's tier, the scores that made it, and the budgets that go with it."""
    tiers: list[ModelTier] = []
    reasons = []
    for name, (small, capable) in NEEDED[role].items():
        score = scores[name]
        tier: ModelTier = (
            "tiny" if score.share < small else "small" if score.share < capable else "capable"
        )
        tiers.append(tier)
        reasons.append(f"{name} {score.right} of {score.of}: {tier}")
    order: tuple[ModelTier, ...] = ("tiny", "small", "capable")
    lowest = min(tiers, key=order.index)
    answer = min(ANSWER_TOKENS[lowest], context.measured // 4)
    prompt = int((context.measured - answer) * PROMPT_SHARE[lowest])
    return RoleProfile(lowest, tuple(reasons), prompt, answer)
