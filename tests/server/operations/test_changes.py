"""A change from the task to the tree, through the services: what it claims is what was measured."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.change.planning.plan import ChangePlan
from rooftree.errors import ModelError, UsageError
from rooftree.telemetry.events import Event
from tests.server.calls import Calls
from tests.server.changing import (
    APPROVE,
    BUGGY,
    FIXED,
    SHOP,
    TASK,
    TEST,
    changing_config,
    coder,
    services_of,
)
from tests.support import git, write_files
from tests.support.replies import Hang, Reply, Text, Wire
from tests.support.scripted_model import ScriptedServer
from tools.approvals import ApprovalRequest, ApprovalResponse
from tools.drafts.applying.journal import Journal


def nothing(event: Event) -> None:
    """Hear nothing."""


def cart(shop: Path) -> str:
    return (shop / "shop" / "cart.py").read_text()


class Person:
    """Answers what is asked, and remembers it."""

    def __init__(self, answer: Callable[[ApprovalRequest], ApprovalResponse]) -> None:
        self.asked: list[ApprovalRequest] = []
        self._answer = answer

    async def __call__(self, asked: ApprovalRequest) -> ApprovalResponse:
        self.asked.append(asked)
        return self._answer(asked)


async def test_a_failing_test_is_repaired_verified_applied_and_undone(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    events: list[Event] = []
    async with services_of(tmp_path, model) as services:
        outcome = await services.change(TASK, shop, "all", listener=events.append)
        assert (outcome.status, outcome.applied) == ("verified", True)
        assert cart(shop) == FIXED
        assert outcome.evidence is not None
        assert outcome.evidence.fixed == (TEST,)
        assert outcome.evidence.kept == 1
        await services.undo(outcome.run)
    assert cart(shop) == BUGGY
    assert git(shop, "status", "--short") == ""
    kinds = [event.kind for event in events]
    assert kinds[0] == "run.started"
    assert kinds[-1] == "run.finished"
    assert {"plan.updated", "agent.started", "edit.proposed", "edit.applied", "usage"} <= set(kinds)
    assert [event.seq for event in events] == list(range(len(events)))
    assert {event.run for event in events} == {outcome.run}


async def test_nothing_is_applied_without_a_person(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    async with services_of(tmp_path, model) as services:
        outcome = await services.change(TASK, shop, "edits")
        assert (outcome.status, outcome.applied) == ("verified", False)
        assert "nobody is here" in outcome.why_not_applied
        assert cart(shop) == BUGGY
        await services.apply(outcome.run)
        assert cart(shop) == FIXED
        with pytest.raises(UsageError, match=r"is applied to .* already"):
            await services.apply(outcome.run)


async def test_a_person_is_asked_for_plan_command_and_diff(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    person = Person(lambda _: ApprovalResponse(True))
    async with services_of(tmp_path, model) as services:
        outcome = await services.change(TASK, shop, "ask", person)
    assert [asked.kind for asked in person.asked] == ["plan", "command", "diff"]
    assert "result += price" in person.asked[-1].shown["diff"]
    assert person.asked[-1].digest == outcome.digest
    assert outcome.applied


@pytest.mark.parametrize("refused", ["plan", "command", "diff"])
async def test_what_is_refused_does_not_happen(
    tmp_path: Path, shop: Path, model: ScriptedServer, refused: str
) -> None:
    person = Person(lambda asked: ApprovalResponse(asked.kind != refused))
    async with services_of(tmp_path, model) as services:
        outcome = await services.change(TASK, shop, "ask", person)
    assert not outcome.applied or refused == "command"
    if refused == "plan":
        assert outcome.status == "failed"
        assert "plan was not approved" in outcome.summary
        assert not any(request.path.endswith("completions") for request in model.requests)
    if refused == "command":
        assert outcome.status != "verified"
    assert (cart(shop) == BUGGY) is not outcome.applied


async def test_a_plan_can_be_edited(tmp_path: Path, shop: Path, model: ScriptedServer) -> None:
    def edit(asked: ApprovalRequest) -> ApprovalResponse:
        if asked.kind != "plan":
            return ApprovalResponse(True)
        return ApprovalResponse(True, changed={"tests": ["tests/test_cart.py::test_count"]})

    async with services_of(tmp_path, model) as services:
        outcome = await services.change(TASK, shop, "ask", Person(edit))
    assert outcome.plan is not None
    assert outcome.plan.tests == ("tests/test_cart.py::test_count",)
    assert outcome.status == "failed"
    assert "test_count does not fail" in outcome.summary


async def test_without_a_sandbox_nothing_is_executed_and_nothing_is_verified(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    canary = "tests/test_cart.py"
    write_files(
        shop, {canary: f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\n"}
    )
    async with services_of(tmp_path, model, sandbox={"backend": "none"}) as services:
        outcome = await services.change("Make total add up", shop, "all")
    assert outcome.status == "unverified"
    assert not outcome.applied
    assert "switched off" in outcome.summary
    assert "result += price" in outcome.diff
    assert not (tmp_path / "ran").exists()


def lying(body: Mapping[str, Any]) -> Reply:
    """Claim success with an edit that breaks what worked."""
    if "messages" not in body:
        return Text("return 3")
    return coder(body)


async def test_what_makes_the_test_pass_and_breaks_another_is_not_verified(
    tmp_path: Path, shop: Path
) -> None:
    write_files(
        shop,
        {
            "tests/test_more.py": "from shop.cart import total\n\n\n"
            "def test_more():\n    assert total([0]) == 0\n"
        },
    )
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "more")
    with ScriptedServer(lying) as model:
        async with services_of(tmp_path, model, change={"model_calls": 60}) as services:
            outcome = await services.change(TASK, shop, "all")
    # The whole function written anew is right; lines that return a constant break the other test.
    assert outcome.status == "verified"
    assert "return 3" not in outcome.diff


def useless(body: Mapping[str, Any]) -> Reply:
    if "messages" in body and "verdict" in json.dumps(body.get("response_format") or {}):
        return Text(json.dumps(APPROVE))
    return Text("All tests pass now! The task is done and verified.")


async def test_a_model_that_only_claims_success_has_failed(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer(useless) as model:
        async with services_of(tmp_path, model, change={"model_calls": 20}) as services:
            outcome = await services.change(TASK, shop, "all")
    assert outcome.status == "failed"
    assert outcome.diff == ""
    assert cart(shop) == BUGGY


async def test_a_budget_ends_a_run_with_what_there_is(tmp_path: Path, shop: Path) -> None:
    with ScriptedServer(useless) as model:
        async with services_of(tmp_path, model, change={"model_calls": 3}) as services:
            outcome = await services.change(TASK, shop, "all")
        asked = [request for request in model.requests if request.path.endswith("completions")]
    assert outcome.status == "failed"
    assert any("budget is spent" in note for note in outcome.notes)
    assert len(asked) == outcome.spending["model_calls"] == 3


async def test_a_model_that_is_down_is_an_error_and_the_tree_is_whole(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    config = changing_config(tmp_path, model)
    services = Calls(
        config.model_copy(
            update={"model": config.model.model_copy(update={"endpoint": "http://127.0.0.1:9/v1"})}
        )
    )
    try:
        with pytest.raises(ModelError):
            await services.change(TASK, shop, "all")
        assert services.store.all()[0].status in ("error", "running")
    finally:
        await services.aclose()
    assert cart(shop) == BUGGY


async def test_a_task_without_a_test_is_planned_and_edited(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    """Nothing proves it but that what passed still passes, and so it says."""
    async with services_of(tmp_path, model) as services:
        outcome = await services.change("Make total add up prices", shop, "all")
    assert outcome.plan is not None
    assert outcome.plan.playbook == "change"
    assert (outcome.status, outcome.applied) == ("unverified", False)
    assert outcome.why_not_applied == "only what was verified is applied unasked"
    assert "+        result += price" in outcome.diff


async def test_cancelling_ends_a_run_and_it_goes_on_later(tmp_path: Path, shop: Path) -> None:
    hanging = asyncio.Event()
    loop = asyncio.get_running_loop()
    free = False

    def slow(body: Mapping[str, Any]) -> Reply:
        if free:
            return coder(body)
        loop.call_soon_threadsafe(hanging.set)
        return Wire((), before=(Hang(),))

    with ScriptedServer(slow) as model:
        async with services_of(tmp_path, model) as services:
            task = asyncio.create_task(services.change(TASK, shop, "all"))
            await asyncio.wait_for(hanging.wait(), 60)
            task.cancel()
            done, _ = await asyncio.wait({task}, timeout=5)
            assert done
            record = services.store.all()[0]
            assert record.status == "cancelled"
            assert not services.store.open(record.id).workspace.exists()
            free = True
            outcome = await services.resume(
                "last", Person(lambda _: ApprovalResponse(True)), nothing, repo=shop
            )
    assert (outcome.status, outcome.run) == ("verified", record.id)
    assert cart(shop) == FIXED


async def test_a_plan_that_was_given_holds_when_the_run_is_resumed(
    tmp_path: Path, shop: Path
) -> None:
    other = "tests/test_cart.py::test_count"
    plan = ChangePlan.of("fix", tests=(other,))
    was_asked = asyncio.Event()

    async def hesitant(asked: ApprovalRequest) -> ApprovalResponse:
        was_asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    with ScriptedServer(coder) as model:
        async with services_of(tmp_path, model) as services:
            task = asyncio.create_task(services.change(TASK, shop, "ask", hesitant, plan=plan))
            await asyncio.wait_for(was_asked.wait(), 60)
            task.cancel()
            await asyncio.wait({task}, timeout=5)
            yes = Person(lambda _: ApprovalResponse(True))
            outcome = await services.resume("last", yes, nothing, repo=shop)
    assert outcome.plan is not None
    assert outcome.plan.model_dump(mode="json") == plan.as_json()
    assert "test_count does not fail" in outcome.summary


async def test_what_was_edited_after_the_change_was_applied_stays(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    """The process ended between the applying and the record of it."""
    async with services_of(tmp_path, model) as services:
        outcome = await services.change(TASK, shop, "all")
        folder = services.store.open(outcome.run)
        folder.save(replace(folder.record(), status="running", applied=False))
        mine = FIXED + "# an hour's work\n"
        write_files(shop, {"shop/cart.py": mine})
        yes = Person(lambda _: ApprovalResponse(True))
        again = await services.resume(outcome.run, yes, nothing)
        assert again.applied
        assert cart(shop) == mine
        folder.save(replace(folder.record(), applied=False))
        assert (await services.apply(outcome.run)).applied
    assert cart(shop) == mine


async def test_an_undoing_that_was_cut_off_and_an_edit_leave_both_ways_open(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    left = "'shop/cart.py' was edited by somebody; it was left as it is"
    async with services_of(tmp_path, model) as services:
        outcome = await services.change(TASK, shop, "all")
        folder = services.store.open(outcome.run)
        mine = FIXED + "# an hour's work\n"
        write_files(shop, {"shop/cart.py": mine})
        for act, applied in ((services.apply, True), (services.undo, False)):
            journal = Journal.load(folder.path)
            assert journal is not None
            journal.with_state("undoing").save(folder.path)
            record = await act(outcome.run)
            assert (record.applied, record.notes) == (applied, (left,))
            assert cart(shop) == mine


async def test_what_was_taken_back_is_not_applied_again_by_resuming(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    async with services_of(tmp_path, model) as services:
        outcome = await services.change(TASK, shop, "all")
        await services.undo(outcome.run)
        folder = services.store.open(outcome.run)
        folder.save(replace(folder.record(), status="running"))
        yes = Person(lambda _: ApprovalResponse(True))
        again = await services.resume(outcome.run, yes, nothing)
        assert not again.applied
        assert cart(shop) == BUGGY
        await services.apply(outcome.run)
    assert cart(shop) == FIXED


async def test_a_file_that_was_edited_meanwhile_leaves_the_diff_to_be_had(
    tmp_path: Path, shop: Path
) -> None:
    def slow(body: Mapping[str, Any]) -> Reply:
        write_files(shop, {"shop/cart.py": BUGGY + "# mine\n"})
        return coder(body)

    with ScriptedServer(slow) as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change(TASK, shop, "all")
    assert (outcome.status, outcome.applied) == ("verified", False)
    assert "changed since" in outcome.why_not_applied
    assert "+        result += price" in outcome.diff
    assert cart(shop) == BUGGY + "# mine\n"


async def test_a_run_that_takes_too_long_tells_what_there_is(tmp_path: Path, shop: Path) -> None:
    def hang(body: Mapping[str, Any]) -> Reply:
        if "verdict" in json.dumps(body.get("response_format") or {}):
            return Wire((), before=(Hang(),))
        return coder(body)

    with ScriptedServer(hang) as model:
        async with services_of(tmp_path, model, change={"wall_seconds": 20.0}) as services:
            outcome = await services.change(TASK, shop, "never")
    assert outcome.status == "verified"
    assert any("took longer than 20 s" in note for note in outcome.notes)


async def test_a_run_that_has_ended_is_not_resumed(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    async with services_of(tmp_path, model) as services:
        outcome = await services.change(TASK, shop, "never")
        with pytest.raises(UsageError, match="has ended"):
            await services.resume(outcome.run, Person(lambda _: ApprovalResponse(True)), nothing)


async def test_a_run_is_replayed_against_another_model_without_running_its_tests_again(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    async with services_of(tmp_path, model) as services:
        first = await services.change(TASK, shop, "all")
        assert cart(shop) == FIXED  # the replay starts from what was there before
        folder = services.store.open(first.run)
        folder.save(replace(folder.record(), owner="0123456789ab"))
        told = await services.replay(first.run, "scripted", nothing)
    assert told["same_status"]
    assert told["same_diff"]
    assert cart(shop) == FIXED
    replayed = services.store.open(told["after"]["run"])
    assert replayed.record().replay_of == first.run
    assert replayed.record().owner == "", "it is of whoever replays it, not of the first one's key"
    kinds = [json.loads(line)["kind"] for line in replayed.steps.read_text().splitlines()]
    before = [
        json.loads(line)["kind"]
        for line in services.store.open(first.run).steps.read_text().splitlines()
    ]
    assert kinds.count("execution") == before.count("execution")


async def test_the_copy_is_gone_and_the_steps_hold_no_secret(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    secret = "ghp_" + "a1B2" * 9
    write_files(shop, {"shop/keys.py": f'TOKEN = "{secret}"\n', ".env": f"KEY={secret}\n"})
    printing = (
        str(SHOP["tests/test_cart.py"])
        + f"\n\ndef test_print():\n    assert total([1]) == 1, '{secret}'\n"
    )
    write_files(shop, {"tests/test_cart.py": printing})
    async with services_of(tmp_path, model) as services:
        outcome = await services.change(TASK, shop, "all")
        folder = services.store.open(outcome.run)
    assert outcome.status == "verified"
    assert not folder.workspace.exists()
    for request in model.requests:
        assert secret not in json.dumps(request.body)
    assert secret not in folder.events.read_text()
