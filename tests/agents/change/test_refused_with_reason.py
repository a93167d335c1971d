"""Who refuses a diff and says why: the coder goes on with that, and the next diff is asked for."""

import json
from pathlib import Path

from agents.change.flow import ChangeFlow
from agents.change.outcome import ChangeOutcome
from agents.change.planning.plan import ChangePlan, EditTarget
from tests.agents.change.teams import crew_of
from tests.agents.change.test_planner import find
from tests.agents.change.test_tool_planner import call, capable
from tests.server.changing import BUGGY, FIXED
from tests.support.replies import Body, Calls, Reply
from tools.approvals import ApprovalRequest, ApprovalResponse, Approvals

PLAN = ChangePlan.of("change", [EditTarget("shop/cart.py", "total")])
NOTED = FIXED.replace("    result = 0\n", "    result = 0  # a sum\n")
WISH = "say what result is"


class Person:
    """Wants one thing more, as often as it is not there."""

    def __init__(self, wanted: str, wish: str = WISH) -> None:
        self.wanted, self.wish = wanted, wish
        self.diffs: list[str] = []

    async def __call__(self, asked: ApprovalRequest) -> ApprovalResponse:
        if asked.kind != "diff":
            return ApprovalResponse(True)
        self.diffs.append(str(asked.shown["diff"]))
        if self.wanted in self.diffs[-1]:
            return ApprovalResponse(True)
        return ApprovalResponse(False, f"refused: {self.wish}", wish=self.wish)


class Coder:
    """Repairs the sum and, unless it is stubborn, does what is wished; its reviewer approves."""

    def __init__(self, *, stubborn: bool = False) -> None:
        self.stubborn = stubborn
        self.reviewed: list[str] = []
        self.bodies: list[Body] = []

    def __call__(self, body: Body) -> Reply:
        if "verdict" in json.dumps(body["tools"]):
            self.reviewed.append(body["messages"][1]["content"])
            return call("finish", verdict="approve", reasons=["fine"], summary="s")
        self.bodies.append(body)
        said = json.dumps(body["messages"])
        if "edited shop/cart.py" not in said:
            if "lines 1-" not in said:
                return call("read", path="shop/cart.py")
            return call("edit", path="shop/cart.py", old="-= price", new="+= price")
        if WISH in said and not self.stubborn and "# a sum" not in said:
            return call("edit", path="shop/cart.py", old="result = 0", new="result = 0  # a sum")
        return finish()


def finish() -> Calls:
    return call("finish", summary="done")


async def refused(tmp_path: Path, coder: Coder, person: Person) -> tuple[ChangeOutcome, str]:
    """Make the change; return its outcome, and the file as it is then."""
    async with crew_of(tmp_path, coder) as crew:
        team = capable(crew).team
        folder = tmp_path / "run"
        folder.mkdir()
        approvals = Approvals("ask", person, team.memo)
        flow = ChangeFlow(team, crew.base, "Make total add up.", find, approvals, folder)
        flow.given = PLAN
        outcome = await flow.run()
        return outcome, (crew.base.snapshot.root / "shop" / "cart.py").read_text("utf-8")


async def test_the_coder_goes_on_where_it_was_and_the_new_diff_is_approved(tmp_path: Path) -> None:
    person, coder = Person("# a sum"), Coder()
    outcome, text = await refused(tmp_path, coder, person)
    assert text == NOTED
    assert outcome.applied
    assert len(person.diffs) == 2
    last = coder.bodies[-1]["messages"]
    assert f"the person who asked for the change refused it: {WISH}" in str(last)
    assert sum("lines 1-" in str(one["content"]) for one in last) == 1, "it has not to read again"
    assert f"Then: {WISH}" in coder.reviewed[-1], "the reviewer knows what is wanted by now"


async def test_the_same_change_is_not_asked_for_again(tmp_path: Path) -> None:
    person, coder = Person("# a sum"), Coder(stubborn=True)
    outcome, text = await refused(tmp_path, coder, person)
    assert text == BUGGY
    assert not outcome.applied
    assert len(person.diffs) == 1
    assert outcome.why_not_applied == f"refused: {WISH}; the coder came to no other change"


async def test_a_plain_no_ends_it(tmp_path: Path) -> None:
    person, coder = Person("# a sum", wish=""), Coder()
    outcome, _ = await refused(tmp_path, coder, person)
    assert not outcome.applied
    assert len(person.diffs) == 1
