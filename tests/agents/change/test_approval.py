"""What is asked names exactly what will happen, and what was approved is applied once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from agents.change.approval import (
    ApplyStep,
    command_approval_request,
    plan_approval_request,
)
from agents.change.planning.plan import ChangePlan, EditTarget
from rooftree.git.commands import open_worktree
from rooftree.telemetry.events import Event, EventLog
from tests.server.changing import BUGGY, FIXED, SHOP
from tests.support import git_repository
from tools.approvals import ApprovalMode, ApprovalRequest, ApprovalResponse, Approvals
from tools.drafts.apply import undo
from tools.drafts.applying.journal import Journal
from tools.drafts.approval_view import view_of
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot
from tools.once import NoMemo
from tools.projects.operations import ProjectOperation

ABOUT = {"evidence": "nothing was measured", "review": None}
PYTEST = ProjectOperation(
    "pytest", "test", ("python", "-m", "pytest", "{tests}"), "pytest", selects=True
)


@dataclass
class Desk:
    """A draft of the shop before a person who always answers the same."""

    root: Path
    folder: Path
    draft: Draft
    answer: ApprovalResponse
    mode: ApprovalMode = "ask"
    asked: list[ApprovalRequest] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    async def person(self, asked: ApprovalRequest) -> ApprovalResponse:
        self.asked.append(asked)
        return self.answer

    @property
    def step(self) -> ApplyStep:
        approvals = Approvals(self.mode, self.person, NoMemo())
        return ApplyStep(approvals, self.folder, EventLog(self.events.append))

    def cart(self) -> str:
        return (self.root / "shop/cart.py").read_text()


@asynccontextmanager
async def desk(tmp_path: Path, answer: ApprovalResponse) -> AsyncIterator[Desk]:
    root = git_repository(tmp_path, SHOP)
    run = tmp_path / "run"
    (run / "blobs").mkdir(parents=True)
    snapshot = take_snapshot(open_worktree(root), run / "blobs")
    yield Desk(root, run, Draft(snapshot, {}).with_text("shop/cart.py", FIXED), answer)


async def test_what_a_person_refuses_leaves_the_tree_and_says_why(tmp_path: Path) -> None:
    async with desk(tmp_path, ApprovalResponse(False, "not today")) as there:
        done = await there.step.apply(there.draft, view_of(there.draft), ABOUT, "verified")
        assert (done.why_not, there.cart(), there.events) == ("not today", BUGGY, [])
    [asked] = there.asked
    assert asked.digest == there.draft.digest
    assert "+        result += price" in asked.shown["diff"]
    assert asked.shown["verified"] is True


async def test_what_was_applied_is_not_asked_for_again_and_what_was_undone_stays_undone(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, ApprovalResponse(True)) as there:
        view = view_of(there.draft)
        done = await there.step.apply(there.draft, view, ABOUT, "unverified")
        assert (done.why_not, there.cart()) == ("", FIXED)
        assert [event.kind for event in there.events] == ["edit.applied"]
        again = await there.step.apply(there.draft, view, ABOUT, "unverified")
        assert (again.why_not, len(there.asked)) == ("", 1)
        journal = Journal.load(there.folder)
        assert journal is not None
        undo(there.draft.snapshot, journal, there.folder)
        after = await there.step.apply(there.draft, view, ABOUT, "unverified")
        assert after.why_not.startswith("it was applied before and taken back")
        assert there.cart() == BUGGY


async def test_a_file_that_was_edited_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    async with desk(tmp_path, ApprovalResponse(True)) as there:
        (there.root / "shop/cart.py").write_text("mine = 1\n")
        done = await there.step.apply(there.draft, view_of(there.draft), ABOUT, "verified")
        assert "changed since" in done.why_not
        assert there.cart() == "mine = 1\n"


async def test_unasked_only_what_was_proved_is_applied(tmp_path: Path) -> None:
    async with desk(tmp_path, ApprovalResponse(True)) as there:
        there.mode = "all"
        view = view_of(there.draft)
        refused = await there.step.apply(there.draft, view, ABOUT, "unverified")
        assert (refused.why_not != "", there.cart()) == (True, BUGGY)
        done = await there.step.apply(there.draft, view, ABOUT, "verified_by_own_tests")
        assert (done.why_not, there.cart(), there.asked) == ("", FIXED, [])


def test_a_command_is_asked_for_with_its_arguments_and_bound_to_them() -> None:
    asked = command_approval_request(PYTEST, "bubblewrap")
    assert asked.shown["command"].startswith("python -m pytest")
    assert asked.shown["sandbox"] == "bubblewrap"
    assert "TESTS" in asked.shown["where"]
    other = replace(PYTEST, argv=("python", "-m", "nose"))
    assert asked.digest == command_approval_request(PYTEST, "podman").digest
    assert asked.digest != command_approval_request(other, "bubblewrap").digest


def test_a_plan_is_bound_to_its_places_and_tests() -> None:
    plan = ChangePlan.of("fix", [EditTarget("a.py", "f")], ["t.py::test"])
    moved = ChangePlan.of("fix", [EditTarget("a.py", "g")], ["t.py::test"])
    digests = {plan_approval_request(one, "mend it").digest for one in (plan, moved)}
    assert len(digests) == 2


RUFF = ProjectOperation(
    "ruff check", "lint", ("{python}", "-m", "ruff", "check", "."), needs_python=True
)


@pytest.mark.parametrize(
    ("mode", "before", "after"),
    [("ask", False, True), ("edits", True, True), ("all", True, True), ("never", True, True)],
)
async def test_whether_an_operation_may_run_is_known_without_asking_anybody(
    mode: ApprovalMode, before: bool, after: bool
) -> None:
    questions = []

    async def person(asked: ApprovalRequest) -> ApprovalResponse:
        questions.append(asked)
        return ApprovalResponse(True)

    approvals = Approvals(mode, person, NoMemo())
    asked = command_approval_request(RUFF, "bubblewrap")
    assert approvals.has_approved(asked) is before
    assert questions == []
    await approvals.decide(asked)
    assert approvals.has_approved(asked) is after


async def test_what_was_refused_may_not_run_later() -> None:
    async def person(_asked: ApprovalRequest) -> ApprovalResponse:
        return ApprovalResponse(False, "no")

    approvals = Approvals("ask", person, NoMemo())
    asked = command_approval_request(RUFF, "bubblewrap")
    await approvals.decide(asked)
    assert not approvals.has_approved(asked)


def test_who_approves_a_linter_is_told_that_it_may_look_at_single_files() -> None:
    shown = command_approval_request(RUFF, "bubblewrap").shown
    assert "files that are edited may be checked alone" in shown["where"]
    mypy = ProjectOperation("mypy", "lint", ("{python}", "-m", "mypy", "."), needs_python=True)
    assert "where" not in command_approval_request(mypy, "bubblewrap").shown
