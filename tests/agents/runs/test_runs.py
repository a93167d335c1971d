"""What a run keeps: every answer once and in order, through any crash; and what it may spend."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.runs.budget import Budget, Spending
from agents.runs.recorded_model import RecordedModel
from agents.runs.step_log import StepLog, records
from agents.runs.store import RunStore, StoredRun
from models.client.client import ChatRequest
from rooftree.errors import BudgetSpentError, StorageError, UsageError
from rooftree.paths import StateFolder
from rooftree.telemetry.events import Event
from tests.models.connected import connected
from tests.support.scripted_model import ScriptedServer, Text
from tools.once import StepWork


def says(value: object) -> StepWork:
    async def work() -> object:
        return value

    return work


async def refuses() -> object:
    raise AssertionError("this was done before")


async def test_what_was_done_is_not_done_again(tmp_path: Path) -> None:
    log = StepLog(tmp_path / "steps")
    assert await log.once("a", "k", says(1)) == 1
    assert await log.once("a", "k", says(2)) == 2
    again = StepLog(tmp_path / "steps")
    assert [await again.once("a", "k", refuses) for _ in range(2)] == [1, 2]
    assert await again.once("a", "k", says(3)) == 3
    assert await again.once("b", "k", says(4)) == 4
    assert [record["value"] for record in records(tmp_path / "steps")] == [1, 2, 3, 4]


async def test_what_failed_is_done_again(tmp_path: Path) -> None:
    async def fails() -> object:
        raise UsageError("no")

    log = StepLog(tmp_path / "steps")
    with pytest.raises(UsageError):
        await log.once("a", "k", fails)
    assert await StepLog(tmp_path / "steps").once("a", "k", says(1)) == 1


@pytest.mark.parametrize("cut", range(1, 60, 7))
async def test_a_line_that_was_half_written_never_happened(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "steps"
    log = StepLog(path)
    await log.once("a", "1", says("one"))
    whole = path.stat().st_size
    await log.once("a", "2", says("two" * 20))
    path.write_bytes(path.read_bytes()[: whole + cut])
    again = StepLog(path)
    assert await again.once("a", "1", refuses) == "one"
    assert await again.once("a", "2", says("new")) == "new"
    assert [record["value"] for record in records(path)] == ["one", "new"]


@given(st.binary(max_size=200))
def test_no_damage_breaks_the_reading(data: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "steps")
        path.write_bytes(data)
        StepLog(path)


async def test_a_recorded_model_is_asked_once_and_paid_twice(tmp_path: Path) -> None:
    """A run that goes on after a crash has spent what it had spent before."""
    request = ChatRequest("scripted", ({"role": "user", "content": "hi"},), 10)
    with ScriptedServer([Text("hello")]) as server:
        async with connected(server) as client:
            first = RecordedModel(client, StepLog(tmp_path / "steps"))
            said = await first.chat(request)
            again = RecordedModel(client, StepLog(tmp_path / "steps"))
            assert await again.chat(request) == said
        assert len(server.requests) == 1
    assert first.spending.tokens == again.spending.tokens > 0


async def test_a_spent_budget_stops_before_the_next_call() -> None:
    spending = Spending(Budget(model_calls=1, tokens=100, seconds=10))
    spending.check()
    spending.add(10, 5, 1.0)
    with pytest.raises(BudgetSpentError, match=r"1 model calls; raise change\.model_calls"):
        spending.check()
    assert Spending(Budget(9, 100, 10), prompt_tokens=100).spent == "100 tokens"
    assert Spending(Budget(9, 100, 10), seconds=11).spent == "11 seconds of work"


def test_runs_are_private_and_found_by_their_beginning(tmp_path: Path) -> None:
    store = RunStore(StateFolder(tmp_path / "state"))
    one = store.create(StoredRun("change", "do it", str(tmp_path), None, "m"))
    assert one.path.stat().st_mode & 0o077 == 0
    assert store.open(one.id).record().task == "do it"
    with pytest.raises(UsageError, match="no run begins"):
        store.open("2020")
    for bad in ("", "../x", "/etc"):
        with pytest.raises(UsageError):
            store.open(bad)


def test_a_run_that_is_damaged_does_not_hide_the_others(tmp_path: Path) -> None:
    store = RunStore(StateFolder(tmp_path / "state"))
    one = store.create(StoredRun("change", "one", str(tmp_path), None, "m"))
    two = store.create(StoredRun("change", "two", str(tmp_path), None, "m"))
    (one.path / "run.json").write_text("{")
    assert [record.task for record in store.all()] == ["two"]
    with pytest.raises(StorageError, match="cannot be read"):
        one.record()
    assert two.end("verified", "done", {}, applied=True).applied


def test_events_are_kept_in_their_order(tmp_path: Path) -> None:
    run = RunStore(StateFolder(tmp_path / "state")).create(
        StoredRun("change", "x", str(tmp_path), None, "m")
    )
    for number in range(3):
        run.note(Event("progress", run.id, number, {"text": "\ud800"}))
    with run.events.open("a") as handle:
        handle.write('{"half')
    assert [json.loads(json.dumps(event))["seq"] for event in run.stored_events()] == [0, 1, 2]


def test_a_run_is_held_by_one_process(tmp_path: Path) -> None:
    run = RunStore(StateFolder(tmp_path / "state")).create(
        StoredRun("change", "x", str(tmp_path), None, "m")
    )
    with run.locked(), pytest.raises(UsageError, match="another process"), run.locked():
        pass
    with run.locked():
        pass
