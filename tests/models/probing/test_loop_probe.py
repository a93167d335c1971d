"""Several steps with tools, edits by calling one, and the size that follows."""

import json
from itertools import pairwise
from typing import Any

import pytest

from models.chat.abilities import Abilities
from models.chat.types import ToolCall
from models.probing.conclusions import edit_format_of, edit_tool_of, size_of
from models.probing.probe_session import ProbeSession
from models.probing.prober import Prober
from models.probing.profile import EDIT_TOOLS, EditTool
from models.probing.trials.call_edits import call_edits, edited_by_call
from models.probing.trials.loop_probe import NEEDED_TOKENS, loop_material, measure_loop
from models.probing.verdict import ProbeScore
from models.wire.endpoint import Deadlines
from tests.models.probing.answering import EDITS, PerfectModel, made_in
from tests.support.replies import Body
from tests.support.scripted_model import Call, Calls, Failure, Reply, Text

DEADLINES = Deadlines(5, 20, 20, 60)
NAMES: dict[EditTool, str] = {
    "edit": "edit",
    "apply_patch": "apply_patch",
    "definition": "edit_definition",
}


async def steps_of(model: PerfectModel, window: int = 32_768) -> tuple[list[bool], Any, list[Body]]:
    with model.serve() as server:
        session = ProbeSession(server.endpoint(), "scripted", DEADLINES)
        async with session.client(Abilities()) as client:
            found = await measure_loop(session, client, window)
    bodies = [one.body for one in server.requests if "chat/completions" in one.path]
    return [verdict.right for verdict in found.verdicts], found, bodies


async def test_six_steps_are_made_with_eight_tools_and_a_long_prompt() -> None:
    right, found, bodies = await steps_of(PerfectModel())
    assert right == [True] * 6
    assert found.step_seconds > 0
    assert len(bodies) == 6
    assert all(len(body["tools"]) == 8 for body in bodies)
    words = len(" ".join(one["content"] for one in bodies[0]["messages"]).split())
    assert 10_000 < words < 14_000, "as the server counts its tokens"
    for before, after in pairwise(bodies):
        assert after["messages"][: len(before["messages"])] == before["messages"], "append only"


@pytest.mark.parametrize(
    "reply",
    [
        Text("I would edit it."),
        Calls((Call("read", {"path": "README.md"}),)),
        Calls((Call("finish", {"summary": ""}), Call("run", {}))),
        Failure(500, "error parsing tool call: raw='{', err=unexpected end of JSON input"),
    ],
)
async def test_one_bad_step_does_not_spoil_the_others(reply: Reply) -> None:
    class Careless(PerfectModel):
        def step(self, body: Body) -> Reply:
            return reply if made_in(body) == 3 else super().step(body)

    right, _, bodies = await steps_of(Careless())
    assert right == [True, True, True, False, True, True]
    made = [m["tool_calls"][0] for m in bodies[-1]["messages"] if m.get("tool_calls")]
    assert made[3]["function"]["name"] == "edit", "it goes on as if it had been right"


async def test_a_window_that_is_too_small_is_said_and_not_judged() -> None:
    right, found, bodies = await steps_of(PerfectModel(), NEEDED_TOKENS)
    assert (right, bodies) == ([], [])
    assert f"a window of {NEEDED_TOKENS} tokens" in found.skipped


@pytest.mark.parametrize("tool", EDIT_TOOLS)
def test_each_tool_can_make_each_edit(tool: EditTool) -> None:
    for case in call_edits():
        text = case.source
        assert not case.is_done(text)
        for edit in EDITS[NAMES[tool]][case.id]:
            after = edited_by_call(tool, text, ToolCall("a", NAMES[tool], json.dumps(edit)))
            assert after is not None, (tool, case.id)
            text = after
        assert case.is_done(text), (tool, case.id, text)


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("edit", '{"old": "    name = \\"page\\"\\n", "new": ""}'),
        ("edit", '{"old": "", "new": "x"}'),
        ("edit", '{"old": "def header(number):"}'),
        ("edit", "[1]"),
        ("edit", "{"),
        ("apply_patch", '{"patch": "*** Begin Patch\\n*** End Patch"}'),
        ("apply_patch", "{}"),
        ("definition", '{"name": "missing", "code": "def missing(): pass"}'),
        ("definition", '{"name": "footer", "code": "def footer("}'),
        ("definition", '{"name": "name", "code": "name = 1"}'),
    ],
)
def test_a_call_that_fits_no_place_is_no_edit(tool: EditTool, arguments: str) -> None:
    source = call_edits()[2].source
    assert edited_by_call(tool, source, ToolCall("a", "x", arguments)) is None


async def test_the_tool_by_which_a_model_edits_best_is_in_its_profile() -> None:
    class Patcher(PerfectModel):
        def edit(self, body: Body) -> Reply:
            name = body["tools"][0]["function"]["name"]
            return super().edit(body) if name == "apply_patch" else Text("Here is the new file.")

    with Patcher(window=32_768).serve() as server:
        profile = await Prober(server.endpoint(), "scripted", DEADLINES).profile("print")
    assert profile.edit_tool == "apply_patch"
    assert "edits with tools by apply_patch: edit 0 of 3, apply_patch 3 of 3" in profile.reasons[2]
    assert profile.scores["loop"].right == 6
    assert profile.step_seconds > 0


def test_equal_tools_go_to_edit_and_equal_formats_to_what_can_do_more() -> None:
    equal = {f"call_{tool}": ProbeScore(3, 2, 3) for tool in EDIT_TOOLS}
    assert edit_tool_of(equal)[0] == "edit"
    assert edit_tool_of(equal | {"call_definition": ProbeScore(3, 3, 3)})[0] == "definition"
    assert edit_tool_of({})[0] == "edit"
    formats = {f"edit_{form}": ProbeScore(4, 3, 4) for form in ("unit", "replace", "diff")}
    assert edit_format_of(formats)[0] == "replace"
    assert edit_format_of(formats | {"edit_replace": ProbeScore(4, 2, 4)})[0] == "diff"
    assert edit_format_of(formats | {"edit_unit": ProbeScore(4, 4, 4)})[0] == "unit"


@pytest.mark.parametrize(
    ("window", "right", "size"),
    [
        (131_072, 6, "L"),
        (100_000, 5, "L"),
        (99_999, 6, "M"),
        (48_000, 5, "M"),
        (47_999, 6, "S"),
        (131_072, 4, "S"),
        (131_072, None, "S"),
    ],
)
def test_the_size_follows_from_the_window_and_the_steps(
    window: int, right: int | None, size: str
) -> None:
    loop = None if right is None else ProbeScore(6, right, 6)
    found, reasons = size_of(window, loop, "too small")
    assert found == size
    assert any(str(window) in reason for reason in reasons)
    assert any("not measured (too small)" in reason for reason in reasons) == (right is None)


def test_the_material_is_whole() -> None:
    material = loop_material()
    names = {tool["name"] for tool in material.tools}
    assert len(material.steps) == 6
    assert len(names) == 8
    assert all(set(step.tools) <= names for step in material.steps)
