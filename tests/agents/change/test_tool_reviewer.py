"""A capable reviewer looks by itself, and what it says of a test is looked at, not believed."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agents.change.reviewer import ReviewVerdict
from agents.change.tool_reviewer import review_with_tools
from agents.evidence.evidence import Baseline, Evidence
from agents.runs.team import TeamMember
from models.probing.profile import ROLES
from tests.agents.change.teams import crew_of
from tests.agents.loop.loops import check_legal
from tests.server.changing import BUGGY, FIXED
from tests.support.replies import Body, Call, Calls, Reply, Text
from tools.drafts.approval_view import view_of

BREAKS = "tests/test_cart.py::test_count"
FAILED = "tests/test_cart.py::test_total"


def finish(**arguments: object) -> Calls:
    return Calls((Call("finish", {"summary": "looked", **arguments}),))


async def reviewed(
    tmp_path: Path,
    script: Callable[[Body], Reply],
    text: str,
    *,
    sandbox: bool = False,
    window: int = 32_000,
) -> tuple[ReviewVerdict, list[Body]]:
    async with crew_of(tmp_path, script, sandbox=sandbox) as crew:
        member = TeamMember("scripted", "capable", context_tokens=window)
        crew.team.members = dict.fromkeys(ROLES, member)
        draft = crew.base.with_text("shop/cart.py", text)
        verdict = await review_with_tools(
            crew.team, "Make total add up the prices.", draft, view_of(draft), Baseline(), PARSES
        )
        bodies = [one.body for one in crew.server.requests if "chat" in one.path]
    for body in bodies:
        check_legal(body)
    return verdict, bodies


PARSES = Evidence(parses=True)


async def test_it_has_tools_that_look_and_none_that_edit(tmp_path: Path) -> None:
    verdict, bodies = await reviewed(
        tmp_path, lambda _: finish(verdict="approve", reasons=["it adds up"]), FIXED
    )
    assert verdict.approved
    assert verdict.reasons == ("it adds up",)
    names = [tool["function"]["name"] for tool in bodies[0]["tools"]]
    assert names == ["diff", "find", "read", "finish"]


@pytest.mark.parametrize(
    ("test", "measured"), [(BREAKS, True), (FAILED, False), ("-p evil", False), ("", False)]
)
async def test_a_test_sends_a_change_back_where_it_fails_with_it_and_passed_before(
    tmp_path: Path, test: str, measured: bool
) -> None:
    """The one fails in both; what is no test is none."""
    broken = BUGGY.replace("return len(prices)", "return 7")
    verdict, _ = await reviewed(
        tmp_path,
        lambda _: finish(verdict="revise", reasons=["it counts wrongly"], failing_test=test),
        broken,
        sandbox=True,
    )
    assert verdict.objects
    assert verdict.measured == measured
    assert verdict.is_shown == measured
    assert (f"{BREAKS} fails with the change" in verdict.reasons[0]) == measured


async def test_words_of_the_task_send_it_back_and_others_are_told(tmp_path: Path) -> None:
    told = finish(verdict="revise", reasons=["no"], contradicts="add up the prices")
    verdict, _ = await reviewed(tmp_path, lambda _: told, FIXED)
    assert verdict.is_shown


async def test_what_was_not_seen_whole_is_not_approved(tmp_path: Path) -> None:
    """The prompt has a part; only the tool shows the rest."""
    long = FIXED + "".join(f"# line {number} of many that were added\n" for number in range(2000))

    def approves(_: Body) -> Reply:
        return finish(verdict="approve", reasons=["fine"])

    verdict, bodies = await reviewed(tmp_path, approves, long, window=8_000)
    assert verdict.judgement == "unreviewed"
    assert 0 < verdict.seen < verdict.lines
    assert "more changed lines are not shown" in str(bodies[0]["messages"])


async def test_one_that_comes_to_no_verdict_has_not_reviewed(tmp_path: Path) -> None:
    verdict, _ = await reviewed(tmp_path, lambda _: Text("Looks good to me!"), FIXED)
    assert verdict.judgement == "unreviewed"
    assert "came to no verdict" in verdict.reasons[0]
