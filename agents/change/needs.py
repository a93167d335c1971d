"""What a change may spend where nobody has set it: what its models' steps can take.

A budget ends what runs away; it must not end a large task that goes as it should. A small model is
asked short questions in a fixed order, and has a fixed budget.
"""

from collections.abc import Mapping

from agents.change.coding.tool_coder import PARTS_FACTOR
from agents.loop.scout import MAX_SCOUTS, MIN_SLOTS, SCOUT_STEPS
from agents.loop.settings import CHARACTERS_PER_TOKEN, seconds_of_step, settings_of_member
from agents.runs.budget import Budget
from agents.runs.team import TeamMember
from models.probing.profile import ModelRole

SMALL = Budget(60, 200_000, 900.0)
OTHER_CALLS = 20
"""Of planner and reviewer, for summaries, retries and a test that is asked for at the end."""


def needed_budget(members: Mapping[ModelRole, TeamMember], rounds: int) -> Budget:
    """Return a budget that full runs of all roles stay below."""
    coder = members["coder"]
    if coder.tier != "capable":
        return SMALL
    settings = settings_of_member(coder)
    calls = settings.steps * (rounds + PARTS_FACTOR) + OTHER_CALLS
    if settings.size != "S" and coder.slots >= MIN_SLOTS:
        calls += MAX_SCOUTS * SCOUT_STEPS
    result = settings.limits.characters // CHARACTERS_PER_TOKEN
    # After each masking all of the prompt is new: three tenths of it had been made since.
    again = round(result / 0.3)
    tokens = calls * (result + again + settings.answer_tokens + settings.thinking_tokens)
    return Budget(calls, tokens, calls * seconds_of_step(coder))
