import dataclasses
import json
from pathlib import Path

import pytest

from models.chat.abilities import UNMEASURED
from models.probing.conclusions import protocol_of
from models.probing.fingerprint import fingerprint_of
from models.probing.prober import Prober
from models.probing.profile import ModelProfile
from models.probing.store import CURRENT, ProfileStore
from models.probing.verdict import ProbeScore
from models.wire.endpoint import Deadlines
from tests.models.probing.answering import HopelessModel, PerfectModel
from tests.support.scripted_model import Json, ScriptedServer

DEADLINES = Deadlines(5, 20, 20, 60)


async def measured(model: PerfectModel) -> ModelProfile:
    with model.serve() as server:
        return await Prober(server.endpoint(), "scripted", DEADLINES).profile("print")


async def test_a_model_that_can_everything_is_capable_in_every_role() -> None:
    profile = await measured(PerfectModel())
    assert profile.probes >= 60
    assert {role.tier for role in profile.roles.values()} == {"capable"}
    assert (profile.tools, profile.edit_format, profile.tier) == ("native", "unit", "capable")
    assert profile.enforces_schema
    assert profile.enforces_choice
    assert profile.filling == "infill"
    assert not profile.context.cuts_silently
    assert profile.context.found == ("north", "middle", "south")
    assert "native 18 right" in profile.reasons[0]


async def test_a_model_that_can_nothing_is_tiny_and_is_told_why() -> None:
    profile = await measured(HopelessModel())
    assert {role.tier for role in profile.roles.values()} == {"tiny"}
    assert not profile.enforces_schema
    assert not profile.enforces_choice
    assert profile.edit_format is None
    assert profile.filling == "none"
    assert "facts 0 of 8: tiny" in profile.roles["chat"].reasons


@pytest.mark.parametrize("usage", [True, False])
async def test_a_server_that_cuts_at_four_thousand_is_found_out(usage: bool) -> None:
    """By its own count of the prompt, or where it sends none by what the model has lost."""
    profile = await measured(PerfectModel(window=4096, usage=usage))
    assert profile.context.cuts_silently
    assert 2048 <= profile.context.measured <= 4096


async def test_the_same_model_has_the_same_profile_but_for_its_speed() -> None:
    first, second = [await measured(PerfectModel()) for _ in range(2)]

    def timeless(profile: ModelProfile) -> ModelProfile:
        return dataclasses.replace(
            profile, seconds=0, measured_at="", endpoint="", speed=first.speed, step_seconds=0
        )

    assert timeless(first) == timeless(second)


def test_a_protocol_that_is_often_malformed_is_not_chosen() -> None:
    scores = {"tools_native": ProbeScore(8, 6, 18), "tools_guided": ProbeScore(18, 5, 18)}
    assert protocol_of(scores)[0] == "guided"
    scores = {"tools_native": ProbeScore(18, 7, 18), "tools_guided": ProbeScore(18, 6, 18)}
    assert protocol_of(scores)[0] == "native"
    scores = {"tools_native": ProbeScore(3, 3, 18), "tools_text": ProbeScore(3, 3, 18)}
    assert protocol_of(scores)[0] == "native"


async def test_profiles_are_kept_by_fingerprint(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path / "profiles")
    with PerfectModel().serve() as server:
        endpoint = server.endpoint()
        profile = await measured(PerfectModel())
        assert store.abilities(endpoint, "scripted") == UNMEASURED
        store.save(profile, endpoint)
        for other in (store, ProfileStore(tmp_path / "profiles")):
            assert other.find("print") == profile
            assert other.current(endpoint, "scripted") == profile
            assert other.abilities(endpoint, "scripted").context_tokens == profile.context.measured
        assert store.settle(endpoint, "scripted", "another") is None
        assert store.abilities(endpoint, "scripted") == UNMEASURED, "another model answers now"
        assert store.all() == [profile]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"suite": 1}', b"\xff"])
async def test_a_damaged_profile_is_not_there(tmp_path: Path, damage: bytes) -> None:
    store = ProfileStore(tmp_path)
    with PerfectModel().serve() as server:
        store.save(await measured(PerfectModel()), server.endpoint())
        (tmp_path / "print.json").write_bytes(damage)
        assert store.find("print") is None
        (tmp_path / CURRENT).write_bytes(damage)
        assert ProfileStore(tmp_path).current(server.endpoint(), "scripted") is None


def test_a_profile_of_other_probes_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps({"suite": 0}))
    assert ProfileStore(tmp_path).find("x") is None


async def test_a_fingerprint_changes_with_what_a_server_tells() -> None:
    prints: set[str] = set()
    for listed, props in (({}, {}), ({"root": "/m/v2"}, {}), ({}, {"chat_template": "x"})):
        data = {"data": [{"id": "m", "created": len(prints)} | listed]}
        with ScriptedServer(routes={"/models": Json(data), "/props": Json(props)}) as server:
            endpoint = dataclasses.replace(server.endpoint(), embedded=True)
            prints.add(await fingerprint_of(endpoint, "m", DEADLINES, "sha"))
            prints.add(await fingerprint_of(endpoint, "m", DEADLINES, "sha"))
            prints.add(await fingerprint_of(endpoint, "m", DEADLINES, "other"))
    assert len(prints) == 4, "embedded: the list of models says nothing of the weights"
