"""Which model plays which role, and what is known of it when a run begins."""

from pathlib import Path

import pytest

from agents.change.change_run import members_json, members_of
from agents.runs.team import TeamMember
from models.probing.prober import Prober
from models.probing.profile import ROLES, ModelRole
from models.wire.endpoint import Deadlines
from server.services.changes import members
from server.services.host import Host
from tests.models.probing.answering import PerfectModel
from tests.server.changing import SHOP, TASK, changing_config, coder, services_of
from tests.support import git_repository
from tests.support.scripted_model import Json, ScriptedServer


async def members_at(
    tmp_path: Path, server: ScriptedServer, **model: object
) -> dict[str, TeamMember]:
    config = changing_config(tmp_path, server)
    section = config.model.model_copy(update=model)
    host = Host(config.model_copy(update={"model": section}))
    try:
        return {str(role): member for role, member in (await members(host)).items()}
    finally:
        await host.aclose()


async def test_a_role_has_the_window_that_was_measured(tmp_path: Path) -> None:
    """`[model] endpoint = …`, as the README begins: every role was given 4,096 tokens."""
    with PerfectModel(window=32_768).serve() as server:
        host = Host(changing_config(tmp_path, server))
        (located,) = await host.models.locate("chat")
        print_ = await host.profiler()._fingerprint(located)
        deadlines = Deadlines(5, 20, 20, 60)
        profile = await Prober(located.endpoint, "scripted", deadlines).profile(print_)
        host.profiles.save(profile, located.endpoint)
        await host.aclose()
        found = await members_at(tmp_path, server)
    assert set(found) == set(ROLES)
    for member in found.values():
        assert (member.context_tokens, member.window_source) == (
            profile.context.measured,
            "measured",
        )
        assert member.window_note == ""
    assert profile.context.measured > 4096


async def test_a_role_has_the_window_that_its_server_reports(tmp_path: Path) -> None:
    props = Json({"default_generation_settings": {"n_ctx": 16384}})
    with ScriptedServer(routes={"/props": props}) as server:
        found = await members_at(tmp_path, server)
    assert {(one.context_tokens, one.window_source) for one in found.values()} == {
        (16384, "reported")
    }


async def test_a_role_has_the_sampling_that_an_operator_chose(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        found = await members_at(tmp_path, server, sampling="gemma-4")
    assert {one.sampling["top_k"] for one in found.values()} == {64}


@pytest.mark.parametrize("known", [True, False])
async def test_a_change_tells_that_a_window_is_only_assumed(tmp_path: Path, known: bool) -> None:
    shop = git_repository(tmp_path, SHOP)
    props = Json({"default_generation_settings": {"n_ctx": 16384}})
    with ScriptedServer(coder, routes={"/props": props} if known else {}) as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change(TASK, shop)
    told = [note for note in outcome.notes if "4096 tokens are assumed" in note]
    assert len(told) == (0 if known else 1)
    assert known or "run `rooftree models probe`" in told[0]


def test_members_of_older_runs_are_read_back() -> None:
    old = {"coder": {"model": "m", "tier": "small", "edit_format": "unit", "served": "m"}}
    assert members_of(old) == {"coder": TeamMember("m", served="m")}
    new: dict[ModelRole, TeamMember] = {
        "coder": TeamMember("m", size="L", sampling={"top_p": 0.9}, window_source="measured")
    }
    assert members_of(members_json(new)) == new
