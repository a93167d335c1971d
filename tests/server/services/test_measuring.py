"""A model that nobody has measured is measured briefly before its first work."""

import asyncio
from pathlib import Path

import pytest

from models.probing.brief import MOST_CALLS
from rooftree.telemetry.events import Event
from rooftree.telemetry.progress import Counted, progress_of
from server.services.changes import members
from server.services.host import Host
from server.services.measuring import measure_for_question
from tests.models.probing.answering import PerfectModel, ThinkingModel
from tests.server.calls import Calls
from tests.server.changing import SHOP, TASK, changing_config
from tests.support import git_repository, indexed
from tests.support.replies import Body
from tests.support.scripted_model import Hang, Reply, ScriptedServer, Wire


def host_at(tmp_path: Path, server: ScriptedServer, *, probe: bool = True) -> Host:
    model = {"endpoint": server.base_url, "name": "scripted", "probe": probe}
    config = changing_config(tmp_path, server).model_copy()
    section = config.model.model_copy(update=model)
    return Host(config.model_copy(update={"model": section}))


async def test_the_first_run_knows_what_a_few_calls_tell(tmp_path: Path) -> None:
    told: list[Event] = []
    with ThinkingModel(switch="reasoning_effort").serve() as server:
        host = host_at(tmp_path, server)
        first = await members(host, "", told.append)
        asked = len([one for one in server.requests if "completions" in one.path])
        again = await members(host, "", told.append)
        await host.aclose()
        after = len([one for one in server.requests if "completions" in one.path])
    assert asked == after <= MOST_CALLS, "one model behind four roles is measured once"
    assert first == again
    assert {(one.thinks, one.size, one.tier) for one in first.values()} == {(True, "S", "small")}
    steps = [progress_of(event.data) for event in told if event.kind == "progress"]
    assert steps[0] == Counted("measuring", 0, MOST_CALLS)
    assert len(steps) > 3


async def test_who_comes_together_measures_once(tmp_path: Path) -> None:
    failures: list[str] = []
    with PerfectModel().serve() as server:
        host = host_at(tmp_path, server)
        questions = [measure_for_question(host, failures.append) for _ in range(3)]
        await asyncio.gather(members(host), *questions)
        await host.aclose()
        asked = len([one for one in server.requests if "completions" in one.path])
    assert (asked <= MOST_CALLS, failures) == (True, [])


async def test_what_is_switched_off_and_what_is_known_is_not_measured(tmp_path: Path) -> None:
    with PerfectModel().serve() as server:
        host = host_at(tmp_path, server, probe=False)
        found = await members(host)
        await host.aclose()
        assert [one.path for one in server.requests if "completions" in one.path] == []
    assert {one.step_seconds for one in found.values()} == {0.0}


async def test_a_model_that_cannot_be_measured_works_all_the_same(tmp_path: Path) -> None:
    told: list[Event] = []
    with ScriptedServer(lambda _: Wire(status=503)) as server:
        host = host_at(tmp_path, server)
        found = await members(host, "", told.append)
        await host.aclose()
    assert {one.tier for one in found.values()} == {"small"}
    notes = [str(event.data["message"]) for event in told if event.kind == "error"]
    assert any("could not be measured" in note for note in notes)


async def test_a_question_does_not_wait_for_a_slow_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(_: Body) -> Reply:
        return Wire(before=(Hang(),))

    monkeypatch.setattr("server.services.measuring.ASK_SECONDS", 0.2)
    told: list[str] = []
    with ScriptedServer(hang) as server:
        host = host_at(tmp_path, server)
        await measure_for_question(host, told.append)
        await host.aclose()
    assert len(told) == 1
    assert "was not measured" in told[0]
    assert "rooftree models probe" in told[0]


async def test_a_question_measures_its_model_while_places_are_found(tmp_path: Path) -> None:
    shop = git_repository(tmp_path, SHOP)
    with ThinkingModel(switch="reasoning_effort").serve() as server:
        config = host_at(tmp_path, server).config
        indexed(shop, config)
        services = Calls(config)
        answer = await services.ask("Where are prices added up?", shop)
        kept = services.profiles.all()
        await services.aclose()
    assert answer.model is not None, TASK
    assert [one.measured_by for one in kept] == ["short"]
    last = server.requests[-1].body
    assert last["max_tokens"] > 1000, "there is room for thoughts that nothing switches off"
