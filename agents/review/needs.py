"""What a review may spend where nobody has set it: what the steps of its model can take."""

from collections.abc import Mapping

from agents.loop.settings import CHARACTERS_PER_TOKEN, STEP_SECONDS, settings_of_member, uses_tools
from agents.review.proofs.prover import MAX_CLAIMS
from agents.review.proofs.written_tests import PROOF_TOKENS, TEMPERATURES
from agents.review.reading.model_findings import MAX_CLAIMS_ASKED
from agents.review.reading.tool_reading import STEPS
from agents.runs.budget import Budget
from agents.runs.team import TeamMember
from models.probing.profile import ModelRole
from rooftree.config import ReviewSection

SHORT = Budget(40, 100_000, 600.0)
"""For a model that is asked short questions."""
QUESTION_TOKENS = 6_000
"""Of a question about one claim, with its answer."""


def needed_budget(members: Mapping[ModelRole, TeamMember], places: int) -> Budget:
    """Return a budget that a whole review stays below."""
    reviewer = members.get("reviewer")
    if reviewer is None or reviewer.tier != "capable":
        return SHORT
    questions = places * MAX_CLAIMS_ASKED + MAX_CLAIMS * (len(TEMPERATURES) + 1)
    tokens = questions * (QUESTION_TOKENS + PROOF_TOKENS + reviewer.thinking_tokens)
    if not uses_tools(reviewer):
        calls = places + questions
        return Budget(calls, tokens + places * QUESTION_TOKENS, calls * STEP_SECONDS)
    settings = settings_of_member(reviewer)
    steps = places * (STEPS[reviewer.size] + 2)
    result = settings.limits.characters // CHARACTERS_PER_TOKEN
    tokens += steps * (2 * result + settings.for_reading().answer_tokens + settings.thinking_tokens)
    calls = steps + questions
    return Budget(calls, tokens, calls * (reviewer.step_seconds or STEP_SECONDS))


def budget_of(section: ReviewSection, members: Mapping[ModelRole, TeamMember]) -> Budget:
    """Return what a review may spend: as configured, else as its model needs."""
    return needed_budget(members, section.places).unless_set(section)
