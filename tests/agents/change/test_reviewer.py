"""The reviewer approves what its model has seen whole; anything else is said to be unreviewed."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.change.reviewer import ReviewVerdict, review
from agents.evidence.evidence import Baseline, Evidence
from agents.runs.budget import Spending
from agents.runs.recorded_model import RecordedModel
from agents.runs.step_log import StepLog
from agents.runs.team import Team, TeamMember
from rooftree.git.commands import open_worktree
from rooftree.telemetry.events import EventLog
from tests.agents.change.teams import crew_of
from tests.models.connected import connected
from tests.support import git_repository
from tests.support.replies import Body, Failure, Reply, Text
from tests.support.scripted_model import ScriptedServer
from tests.tools.drafts.material import BEGIN, BODY, END, TOKEN, files, from_view
from tools.drafts.approval_view import ApprovalView, view_of
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot

SAID = {"verdict": "approve", "reasons": ["it is right"]}
PARSES = Evidence(parses=True)
OVERFLOW = {"error": {"code": 400, "type": "exceed_context_size_error", "message": "too long"}}


class Stand:
    """A reviewer whose model is scripted, before a change of one repository."""

    def __init__(self, team: Team, server: ScriptedServer, snapshot_of: Draft) -> None:
        self.team, self._server, self.base = team, server, snapshot_of

    def view(self, **changes: str) -> ApprovalView:
        told = {f"{name}.py": text.encode() for name, text in changes.items()}
        return view_of(Draft(self.base.snapshot, told))

    async def reviews(
        self, view: ApprovalView, context: int = 4096, evidence: Evidence = PARSES
    ) -> ReviewVerdict:
        member = TeamMember("scripted", context_tokens=context)
        team = replace(self.team, members={"reviewer": member})
        return await review(team, "do it", view, Baseline(), evidence)

    def asked(self) -> list[str]:
        """Return the prompts that were sent."""
        chats = [one for one in self._server.requests if one.path.endswith("/chat/completions")]
        return ["\n".join(m["content"] for m in json.loads(one.raw)["messages"]) for one in chats]


@asynccontextmanager
async def stand(tmp_path: Path, reply: Reply) -> AsyncIterator[Stand]:
    def script(body: Body) -> Reply:
        return reply

    (tmp_path / "blobs").mkdir()
    repo = git_repository(tmp_path, {"a.py": "a = 1\n"})
    snapshot = take_snapshot(open_worktree(repo), tmp_path / "blobs")
    memo = StepLog(tmp_path / "steps.jsonl")
    with ScriptedServer(script) as server:
        async with connected(server) as client:
            answers = RecordedModel(client, memo, Spending())
            team = Team(answers, {}, None, snapshot, memo, EventLog(lambda _: None))
            yield Stand(team, server, Draft(snapshot, {}))


def text(told: Any) -> Text:
    return Text(json.dumps(told))


async def test_a_change_that_is_seen_whole_may_be_approved(tmp_path: Path) -> None:
    async with stand(tmp_path, text(SAID)) as there:
        view = there.view(a="a = 2\nb = 3\n")
        verdict = await there.reviews(view)
    assert verdict == ReviewVerdict("approved", ("it is right",), False, 3, 3, view.digest)
    assert "+a = 2\n+b = 3\n" in there.asked()[0]


async def test_code_that_a_redaction_would_have_swallowed_is_in_the_prompt(tmp_path: Path) -> None:
    code = [f"steal({number})" for number in range(400)]
    between = "\n".join([f"# {BEGIN}", f"# {BODY}", *code, f"# {END}"])
    long = f"secret={'x1Y' * 120}"
    async with stand(tmp_path, text(SAID)) as there:
        verdict = await there.reviews(there.view(a=f"{between}\n{long}\n"), 100_000)
    assert verdict.approved
    (prompt,) = there.asked()
    for line in (*code, long, "a.py:2 adds what looks like a secret (private-key)"):
        assert line in prompt


async def test_every_byte_of_a_draft_that_hides_what_it_can_is_in_the_prompt(
    tmp_path: Path,
) -> None:
    """But for marks of chat templates, which nobody may send, and which are not in this one."""
    after = {"new.py": files(changed=True)["deep/mixed.py"]}
    async with stand(tmp_path, text(SAID)) as there:
        view = view_of(Draft(there.base.snapshot, after))
        verdict = await there.reviews(view, 10_000_000)
    assert (verdict.judgement, verdict.seen) == ("approved", view.added)
    diff = there.asked()[0].partition("diff\n")[2].rpartition("\n```")[0]
    assert from_view(f"{diff}\n", {}) == after


@pytest.mark.parametrize(
    ("verdict", "judgement"), [("approve", "unreviewed"), ("revise", "objects")]
)
async def test_who_saw_a_part_approves_nothing_and_may_object(
    tmp_path: Path, verdict: str, judgement: str
) -> None:
    lines = "".join(f"value_{number} = {number}\n" for number in range(2000))
    async with stand(tmp_path, text({"verdict": verdict, "reasons": ["so"]})) as there:
        told = await there.reviews(there.view(a=lines))
        again = await there.reviews(there.view(a=lines))
    assert (told.judgement, told.approved, told.lines) == (judgement, False, 2001)
    assert 50 < told.seen < 1000
    assert again == told
    (prompt, _) = there.asked()
    assert f"+value_{told.seen - 2} = " in prompt
    assert f"+value_{told.seen - 1} = " not in prompt
    assert f"{2001 - told.seen} more changed lines are not shown" in prompt
    if judgement == "unreviewed":
        assert told.reasons[0].startswith(f"saw {told.seen} of 2001 lines")


async def test_a_line_that_is_longer_than_the_context_is_not_sent_at_all(tmp_path: Path) -> None:
    async with stand(tmp_path, text(SAID)) as there:
        verdict = await there.reviews(there.view(b="x = '" + "word " * 20_000 + "'\n"))
    assert (verdict.judgement, verdict.seen) == ("unreviewed", 0)
    assert there.asked() == []


async def test_a_server_that_finds_the_prompt_too_long_leaves_the_change_unreviewed(
    tmp_path: Path,
) -> None:
    async with stand(tmp_path, Failure(400, json.dumps(OVERFLOW))) as there:
        verdict = await there.reviews(there.view(a="a = 2\n"))
    assert (verdict.judgement, verdict.seen) == ("unreviewed", 0)


@pytest.mark.parametrize(
    "said",
    ["Looks good to me!", "", '{"verdict": "approve"', '{"verdict": ["approve"]}', "[]", "{}"],
)
async def test_what_cannot_be_read_approves_nothing(tmp_path: Path, said: str) -> None:
    async with stand(tmp_path, Text(said)) as there:
        verdict = await there.reviews(there.view(a="a = 2\n"))
    assert (verdict.judgement, verdict.approved, verdict.objects) == ("unreviewed", False, False)
    assert verdict.as_json()["approved"] is False


async def test_what_was_measured_decides_before_any_model(tmp_path: Path) -> None:
    async with stand(tmp_path, text(SAID)) as there:
        broken = Evidence(parses=True, broken=("test_a",))
        verdict = await there.reviews(there.view(a="a = 2\n"), evidence=broken)
    assert (verdict.judgement, verdict.measured) == ("objects", True)
    assert there.asked() == []


async def test_secrets_that_the_reviewer_saw_are_in_no_log(tmp_path: Path) -> None:
    """It is shown what would be applied; what it says, and the log of the run, are redacted."""
    said = {"verdict": "revise", "reasons": [f"TOKEN = '{TOKEN}' is hard-coded"]}
    async with stand(tmp_path, text(said)) as there:
        verdict = await there.reviews(there.view(a=f"TOKEN = '{TOKEN}'\n"))
    assert f"+TOKEN = '{TOKEN}'" in there.asked()[0]
    assert "«redacted:github-token:" in verdict.reasons[0]
    assert TOKEN not in verdict.reasons[0]
    record = [json.loads(one) for one in (tmp_path / "steps.jsonl").read_text().splitlines()]
    (asked,) = (one["value"]["request"] for one in record if one["kind"] == "model")
    assert TOKEN not in json.dumps(asked)


@pytest.mark.parametrize(
    ("quoted", "shown"),
    [
        ("add up the prices", True),
        ("ADD  up\nthe prices", True),
        ("never use floats", False),
        ("add", False),
        ("", False),
    ],
)
async def test_a_capable_reviewer_sends_back_by_words_that_the_task_has(
    tmp_path: Path, quoted: str, shown: bool
) -> None:
    said = {"verdict": "revise", "reasons": ["line 3 takes off"], "contradicts": quoted}
    async with crew_of(tmp_path, lambda _: Text(json.dumps(said)), tier="capable") as crew:
        draft = crew.base.with_text("README.md", "# A shop\n")
        verdict = await review(
            crew.team, "Make total add up the prices.", view_of(draft), Baseline(), Evidence(True)
        )
        body = crew.server.requests[-1].body
    assert verdict.objects
    assert verdict.is_shown == shown
    assert body["max_tokens"] > 500
    assert "contradicts" in json.dumps(body["response_format"])
