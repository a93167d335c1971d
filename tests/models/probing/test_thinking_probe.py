"""Models that think before they answer are measured as what they are."""

from dataclasses import replace
from typing import Any

import pytest

from models.chat.abilities import REASONING_FIELDS
from models.probing.probe_session import ProbeSession
from models.probing.prober import Prober
from models.probing.profile import ModelProfile, ThinkingProfile
from models.probing.trials.thinking import ThinkingProbe
from models.wire.endpoint import Deadlines
from models.wire.presets import presets
from tests.models.probing.answering import PerfectModel, ThinkingModel

DEADLINES = Deadlines(5, 20, 20, 60)


async def thinking_of(model: PerfectModel, preset: str = "") -> tuple[ThinkingProfile, int]:
    """Return what is found of a model's thinking, and how many answers that took."""
    known = next((one for one in presets() if one.name == preset), None)
    with model.serve() as server:
        session = ProbeSession(server.endpoint(), "scripted", DEADLINES)
        async with session.transport() as transport:
            found = await ThinkingProbe(session, transport, known).measure()
    return found, len([one for one in server.requests if "chat/completions" in one.path])


async def profile_of(model: PerfectModel) -> ModelProfile:
    with model.serve() as server:
        return await Prober(server.endpoint(), "scripted", DEADLINES).profile("print")


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content", "content"])
async def test_a_model_that_thinks_is_seen_wherever_its_thoughts_come(field: str) -> None:
    found, _ = await thinking_of(ThinkingModel(field=field))
    assert (found.thinks, found.field_out) == (True, field)
    assert 150 <= found.tokens <= 450
    assert (found.switch, found.switch_name) == ("template", "enable_thinking")


@pytest.mark.parametrize(
    ("switch", "refuses", "expected"),
    [
        ("thinking", (), ("template", "thinking")),
        ("thinking", ("enable_thinking",), ("template", "thinking")),
        ("reasoning_effort", (), ("effort", "none")),
        ("reasoning_effort", ("chat_template_kwargs",), ("effort", "none")),
        ("nothing", ("chat_template_kwargs", "reasoning_effort"), ("none", "")),
        ("nothing", (), ("none", "")),
    ],
)
async def test_the_switch_is_the_one_that_is_heard(
    switch: str, refuses: tuple[str, ...], expected: tuple[str, str]
) -> None:
    """One that is refused or ignored is none."""
    found, _ = await thinking_of(ThinkingModel(switch=switch, refuses=refuses))
    assert found.switch == expected[0]
    if expected[0] == "template":
        assert found.switch_name == expected[1]
    if expected[0] == "effort":
        assert found.effort_off == expected[1]


async def test_an_effort_that_cannot_be_none_is_low() -> None:
    class Always(ThinkingModel):
        def _thinks(self, body: Any) -> int:
            return super()._thinks(body) or self.length

    found, _ = await thinking_of(Always(switch="reasoning_effort"))
    assert (found.switch, found.effort_off) == ("effort", "low")


async def test_a_model_that_thinks_when_told_to_is_told_so() -> None:
    found, _ = await thinking_of(ThinkingModel(default=False))
    assert (found.thinks, found.switch, found.field_out) == (False, "template", "reasoning")
    assert found.fields_in == ("reasoning",)


@pytest.mark.parametrize(
    ("fields", "preset"),
    [
        (("reasoning",), ""),
        (("reasoning_content",), "llamacpp"),
        (REASONING_FIELDS, "vllm"),
        ((), ""),
    ],
)
async def test_reasoning_goes_back_where_the_prompt_grows_by_it(
    fields: tuple[str, ...], preset: str
) -> None:
    found, _ = await thinking_of(ThinkingModel(fields_in=fields), preset)
    assert set(found.fields_in or ()) == set(fields)
    assert found.fields_in is not None
    assert found.as_abilities().reasoning_fields == found.fields_in


async def test_thoughts_in_the_content_go_back_in_it_where_no_field_takes_them() -> None:
    found, _ = await thinking_of(ThinkingModel(field="content", fields_in=()))
    assert found.fields_in == ("content",)
    found, _ = await thinking_of(ThinkingModel(field="content"))
    assert found.fields_in == ("reasoning",)


@pytest.mark.parametrize("budget", ["thinking_token_budget", "reasoning_budget_tokens", ""])
async def test_a_budget_is_one_that_is_kept(budget: str) -> None:
    found, _ = await thinking_of(ThinkingModel(budget=budget))
    assert found.budget_field == budget


async def test_what_a_server_is_known_for_is_tried_first() -> None:
    model = ThinkingModel(switch="reasoning_effort")
    known, few = await thinking_of(model, "ollama")
    unknown, more = await thinking_of(model)
    assert known == unknown
    assert few < more


async def test_a_model_that_does_not_think_costs_few_calls() -> None:
    found, asked = await thinking_of(PerfectModel())
    assert (found.thinks, found.switch, found.fields_in) == (False, "none", None)
    assert asked <= 8


async def test_a_model_that_thinks_has_room_for_it_in_every_probe() -> None:
    """With 48 to 160 tokens for an answer it was called tiny: it had not begun to answer."""
    profile = await profile_of(ThinkingModel(length=1500))
    assert profile.thinking.thinks
    assert {role.tier for role in profile.roles.values()} == {"capable"}
    assert profile.scores["loop"].right == 6
    assert profile.edit_tool == "edit"


async def test_an_answer_that_is_cut_in_its_thoughts_is_not_measured() -> None:
    class Deep(ThinkingModel):
        def _thinks(self, body: Any) -> int:
            asked = str(body.get("messages"))
            return 9000 if "playbook" in asked or "severe" in asked else super()._thinks(body)

    profile = await profile_of(Deep())
    assert "choices" not in profile.scores or profile.scores["choices"].of < 4
    assert any("choices: " in reason and "not measured" in reason for reason in profile.reasons)
    assert all(v.right for v in profile.verdicts if v.probe.startswith("choice"))
    assert profile.roles["planner"].tier == "capable", (
        "what was not measured is not held against it"
    )
    assert replace(profile.thinking, tokens=0).thinks
