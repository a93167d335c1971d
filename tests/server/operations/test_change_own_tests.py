"""A change that only its own new tests prove is applied unasked where wished, and says by what."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rooftree.telemetry.events import Event
from tests.server.changing import APPROVE, FIXED, SHOP, environment, services_of
from tests.server.commands import Commands
from tests.support import git_repository
from tests.support.replies import Reply, Text
from tests.support.scripted_model import ScriptedServer

PLAIN = {**SHOP, "shop/cart.py": FIXED}
TASK = "Let `count` leave out prices of nothing"
ANSWER = (
    '```python\ndef count(prices):\n    """Count prices."""\n    return sum(map(bool, prices))\n```'
)
GOOD = "from shop.cart import count\n\n\ndef test_nothing():\n    assert count([0, 2, 3]) == 2\n"
WEAK = "from shop.cart import count\n\n\ndef test_nothing():\n    count([0, 2, 3])\n"
WORDS = "verified by its own 1 new test"


class Coder:
    """Edits `count` rightly, and writes the tests it is given, one after the other."""

    def __init__(self, *tests: str, playbook: str = "change") -> None:
        self.tests = list(tests)
        self.playbook = playbook
        self.reviewed: list[str] = []

    def __call__(self, body: Mapping[str, Any]) -> Reply:
        if "messages" not in body:
            return Text("pass")
        schema = json.dumps(body.get("response_format") or {})
        said = str(body["messages"][-1]["content"])
        if "verdict" in schema:
            self.reviewed.append(said)
            return Text(json.dumps(APPROVE))
        if "playbook" in schema:
            return Text(json.dumps({"playbook": self.playbook, "places": [1]}))
        if "Write a complete test file" in said:
            text = self.tests.pop(0) if self.tests else "I do not know."
            return Text(f"```python\n{text}\n```")
        return Text(ANSWER)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, PLAIN)


async def test_a_feature_is_proved_by_a_test_that_fails_without_it_and_is_applied(
    tmp_path: Path, shop: Path
) -> None:
    coder = Coder(WEAK, GOOD)
    events: list[Event] = []
    with ScriptedServer(coder) as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change(TASK, shop, "all", listener=events.append)
            record = services.store.all()[0]
    assert (outcome.status, outcome.applied) == ("verified_by_own_tests", True)
    assert outcome.summary.startswith(f"{WORDS}: they run each changed line and fail when count")
    assert (shop / "tests" / "test_cart_new1.py").read_text() == GOOD
    assert (record.status, record.applied) == ("verified_by_own_tests", True)
    proposed = next(event.data for event in events if event.kind == "edit.proposed")
    assert proposed["evidence"]["verified"] is False
    assert proposed["evidence"]["own_tests"]["proves"] is True
    assert f"Measured: {WORDS}" in coder.reviewed[0]
    assert events[-1].data["status"] == "verified_by_own_tests"


async def test_a_test_that_proves_nothing_is_not_taken_and_nothing_is_applied(
    tmp_path: Path, shop: Path
) -> None:
    with ScriptedServer(Coder(WEAK, WEAK, WEAK)) as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change(TASK, shop, "all")
    assert (outcome.status, outcome.applied) == ("unverified", False)
    assert outcome.paths == ("shop/cart.py",)
    assert any("no test of shop/cart.py::count was found" in one for one in outcome.notes)
    assert (shop / "shop" / "cart.py").read_text() == FIXED


async def test_a_test_is_added_where_a_task_asks_for_one(tmp_path: Path, shop: Path) -> None:
    """Planning takes no model: the task says what it wants, and of which function."""
    good = "from shop.cart import total\n\n\ndef test_sum():\n    assert total([1, 2]) == 3\n"
    weak = good.replace("total([1, 2]) == 3", "True")
    with ScriptedServer(Coder(weak, good)) as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change("Add a test for `total`", shop, "all")
    assert (outcome.status, outcome.applied) == ("verified_by_own_tests", True)
    assert outcome.summary.startswith(f"{WORDS}: they fail when total is broken")
    assert outcome.paths == ("tests/test_cart_new1.py",)
    assert outcome.spending["model_calls"] == 3  # two tests, and a review


@pytest.mark.parametrize(
    ("task", "tests", "why"),
    [
        ("Add a test for `total`", (WEAK,), "no test of shop/cart.py::total was written that"),
        ("Add a test for `no_such`", (), "the task names no function that was found"),
        ("Write tests", (), "the task names no function that was found"),
    ],
)
async def test_a_test_that_cannot_be_had_is_refused_with_the_reason(
    tmp_path: Path, shop: Path, task: str, tests: tuple[str, ...], why: str
) -> None:
    with ScriptedServer(Coder(*tests)) as model:
        async with services_of(tmp_path, model) as services:
            outcome = await services.change(task, shop, "all")
    assert (outcome.status, outcome.diff) == ("failed", "")
    assert why in outcome.summary


def test_every_place_names_the_proof_and_none_says_verified_alone(
    tmp_path: Path, shop: Path
) -> None:
    with ScriptedServer(Coder(GOOD)) as model:
        commands = Commands(tmp_path, environment(tmp_path, model))
        done = commands.run("change", TASK, "--repo", shop, "--approve", "all")
        listed = commands.run("runs", "list", "--repo", shop)
        told = commands.run("runs", "show", "last", "--repo", shop)
    assert done.code == 0, done.out + done.err
    assert f"\n{WORDS}: they run each changed line and fail when count is broken" in done.out
    assert f"  change {WORDS} applied  " in listed.out
    assert f"\n{WORDS}: they run" in told.out
    for out in (done.out, done.err, listed.out, told.out):
        assert "verified" not in out.replace(WORDS, "")
