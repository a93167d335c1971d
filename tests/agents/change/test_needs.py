"""What a change may spend follows from its models, and ends no task that goes as it should."""

import pytest

from agents.change.needs import SMALL, needed_budget
from agents.loop.settings import settings_of
from agents.runs.team import TeamMember
from models.probing.profile import ROLES


def test_a_small_model_has_a_fixed_budget() -> None:
    assert needed_budget(dict.fromkeys(ROLES, TeamMember("m")), 2) == SMALL


@pytest.mark.parametrize(("size", "window"), [("S", 32_000), ("M", 64_000), ("L", 128_000)])
def test_the_calls_of_all_rounds_and_the_time_that_was_measured_are_in_it(
    size: str, window: int
) -> None:
    member = TeamMember(
        "m",
        "capable",
        context_tokens=window,
        size=size,  # type: ignore[arg-type]  # one of three, above
        step_seconds=4.0,
    )
    settings = settings_of(size, window)  # type: ignore[arg-type]  # the same
    budget = needed_budget(dict.fromkeys(ROLES, member), 2)
    assert budget.model_calls >= 3 * settings.steps
    assert budget.tokens >= budget.model_calls * settings.limits.characters / 3
    assert budget.seconds >= budget.model_calls * member.step_seconds
