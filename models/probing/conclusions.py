"""What follows from scores: protocol, edit format, tier and budgets for each role, with reasons.

The limits are round numbers that separate the models we have measured by a wide margin
(docs/benchmarks.md); a tier never depends on speed, which changes from one minute to the next.
"""

from collections.abc import Mapping

from models.chat.abilities import ToolProtocol
from models.chat.edit_formats import FORMATS, EditFormat
from models.probing.profile import (
    EDIT_TOOLS,
    ContextProfile,
    EditTool,
    ModelRole,
    ModelSize,
    ModelTier,
    RoleProfile,
)
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
PREFERRED_FORMATS: tuple[EditFormat, ...] = ("replace", "diff", "unit")
"""Which of equal ones is used: whole definitions can neither make a file nor add an import."""
NOT_MEASURED = ProbeScore(0, 0, 0)
LOOP_SHARE = 5 / 6
"""Of the steps of an agent that have to be right for more than small pieces of work."""
MEDIUM_TOKENS, LARGE_TOKENS = 48_000, 100_000
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
    known = {form: _score(scores, f"edit_{form}") for form in FORMATS}
    best = max(PREFERRED_FORMATS, key=lambda form: known[form].right)
    told = ", ".join(f"{form} {score.right} of {score.of}" for form, score in known.items())
    if not known[best].right:
        return None, f"no edit format: {told}"
    return best, f"edits by {best}: {told}"


def edit_tool_of(scores: ProbeScores) -> tuple[EditTool, str]:
    """Return the tool by which edits succeed most often, and why; equal ones go to `edit`."""
    known = {tool: _score(scores, f"call_{tool}") for tool in EDIT_TOOLS}
    best = max(EDIT_TOOLS, key=lambda tool: known[tool].right)
    told = ", ".join(f"{tool} {score.right} of {score.of}" for tool, score in known.items())
    return best, f"edits with tools by {best}: {told}"


def size_of(
    window: int, loop: ProbeScore | None, not_made: str = ""
) -> tuple[ModelSize, tuple[str, ...]]:
    """Return how much work a model may be given at once, and why."""
    if loop is None or not loop.of:
        steps = f"steps of an agent not measured ({not_made or 'no answer came'}): S"
        sound = False
    else:
        sound = loop.share >= LOOP_SHARE
        steps = f"{loop.right} of {loop.of} steps of an agent right" + ("" if sound else ": S")
    reached: ModelSize = "S" if window < MEDIUM_TOKENS else "M" if window < LARGE_TOKENS else "L"
    return (reached if sound else "S"), (f"window of {window} tokens: {reached}", steps)


def role_scores(
    scores: ProbeScores, protocol: ToolProtocol, form: EditFormat | None
) -> ProbeScores:
    """Return the scores that roles are judged by."""
    return {
        "tools": _score(scores, f"tools_{protocol}"),
        "edits": _score(scores, f"edit_{form}")
        if form
        else ProbeScore(0, 0, _score(scores, "edit_unit").of),
        **{name: _score(scores, name) for name in ("facts", "abstains", "choices")},
    }


def _score(scores: ProbeScores, name: str) -> ProbeScore:
    """Return a score; one of no probes where none came to an answer."""
    return scores.get(name, NOT_MEASURED)


def role_profile(role: ModelRole, scores: ProbeScores, context: ContextProfile) -> RoleProfile:
    """Return a role's tier, the scores that made it, and the budgets that go with it."""
    tiers: list[ModelTier] = []
    reasons = []
    for name, (small, capable) in NEEDED[role].items():
        score = scores[name]
        if not score.of:
            reasons.append(f"{name} not measured")
            continue
        tier: ModelTier = (
            "tiny" if score.share < small else "small" if score.share < capable else "capable"
        )
        tiers.append(tier)
        reasons.append(f"{name} {score.right} of {score.of}: {tier}")
    order: tuple[ModelTier, ...] = ("tiny", "small", "capable")
    lowest = min(tiers, key=order.index) if tiers else order[0]
    return role_of_tier(lowest, tuple(reasons), context)


def role_of_tier(tier: ModelTier, reasons: tuple[str, ...], context: ContextProfile) -> RoleProfile:
    """Return what a role may do with a model of a tier: its budgets fit the context."""
    answer = min(ANSWER_TOKENS[tier], context.measured // 4)
    prompt = int((context.measured - answer) * PROMPT_SHARE[tier])
    return RoleProfile(tier, reasons, prompt, answer)
