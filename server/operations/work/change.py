"""Change a repository: plan, edit, run its tests in the sandbox, review, ask, apply."""

import asyncio
from dataclasses import asdict
from typing import Annotated, Any, Literal

from pydantic import Field

from rooftree.errors import UsageError
from server.operations.operation import (
    Call,
    Operation,
    RepositoryRequest,
    Response,
    Text,
    not_empty,
)
from server.operations.work.records import MAX_NAME_LENGTH, begin_run

MAX_TASK_LENGTH = 20_000
MAX_CHANGE_TASK_LENGTH = 500_000
"""A task may be a whole log or issue; what a prompt does not hold of it can be read by a tool."""
ONLY_DRAFTED = "a change that is asked for over HTTP is not applied; read its diff, and apply that"
ONLY_TYPED = (
    "the command that runs the tests cannot be named over HTTP; name it in [project] of "
    ".rooftree.toml, and confirm that at the machine (`rooftree project --confirm`)"
)
MAX_WORDS = 64
Task = Annotated[Text, not_empty("the task", "say what is to be changed", MAX_CHANGE_TASK_LENGTH)]


class ChangeRequest(RepositoryRequest):
    """What is to be changed."""

    task: Task
    model: str = Field(default="", max_length=MAX_NAME_LENGTH)
    """The alias that plays every role; empty means each role its own."""
    allow: tuple[Text, ...] = Field(default=(), max_length=50)
    """Protected paths that may be changed, such as CI files."""
    approve: Literal["ask", "edits", "all", "never"] = "never"
    """What is asked before it happens; over HTTP nothing is applied."""
    plan: dict[str, Any] | None = None
    """The plan to follow, as a response shows one."""
    test_command: tuple[Text, ...] = Field(default=(), max_length=MAX_WORDS)
    """What runs the tests, as an argument list; only who sits at this machine may say so."""


class ChangePlanResponse(Response):
    """What is to be done."""

    playbook: str
    targets: tuple[str, ...]
    tests: tuple[str, ...]
    steps: tuple[str, ...]
    reason: str
    parts: tuple[str, ...] = ()


class Warned(Response):
    """What whoever approves a diff should look at."""

    path: str
    line: int
    what: str


class OwnTestsResponse(Response):
    """What the change's own new tests prove."""

    proves: bool
    tests: tuple[str, ...]
    of: tuple[Any, ...]
    why_not: str


class ChangeEvidence(Response):
    """What the tests said with the change, against what they said before it."""

    verified: bool
    parses: bool
    fixed: tuple[str, ...]
    still_failing: tuple[str, ...]
    broken: tuple[str, ...]
    kept: int
    left: int
    same_cause: int
    whole: bool
    problem: str
    commands: tuple[str, ...]
    judges: tuple[str, ...]
    unread: tuple[str, ...]
    why_part: str
    rename: Any = None
    move: Any = None
    upgrade: Any = None
    own_tests: OwnTestsResponse | None = None


class Judgement(Response):
    """What the reviewer came to, and how many of the changed lines it saw."""

    judgement: str
    approved: bool
    reasons: tuple[str, ...]
    measured: bool
    seen: int
    lines: int


class Diff(Response):
    """A change as it would be applied: `diff` for programs, `view` for eyes."""

    digest: str
    """Of the bytes that would be applied; it is what applying has to name."""
    diff: str
    view: str
    warnings: tuple[Warned, ...]
    added: int
    removed: int


class ChangeResponse(Diff):
    """What came of a change."""

    run: str
    repo: str
    status: str
    summary: str
    plan: ChangePlanResponse | None
    paths: tuple[str, ...]
    evidence: ChangeEvidence | None
    review: Judgement | None
    applied: bool
    why_not_applied: str
    notes: tuple[str, ...]
    spending: dict[str, Any]


async def run(call: Call, request: ChangeRequest) -> ChangeResponse:
    from agents.change.change_run import members_json
    from rooftree.git.commands import open_worktree
    from server.services.changes import budget_of, members, run_change

    host = call.host
    if call.caller.over_http and request.approve != "never":
        raise UsageError(ONLY_DRAFTED)
    if call.caller.over_http and request.test_command:
        raise UsageError(ONLY_TYPED)
    test_command = _typed(request.test_command)
    plan = None if request.plan is None else _plan(request.plan)
    worktree = await asyncio.to_thread(open_worktree, host.place(request.repo))
    with host.room_for_a_run():
        playing = await members(host, request.model, call.listener)
        section = host.config.change
        folder = begin_run(
            call,
            "change",
            request.task,
            worktree,
            playing["coder"].served,
            members=members_json(playing),
            mode=request.approve,
            allowed=request.allow,
            budget=asdict(budget_of(section, playing, section.rounds)),
            rounds=section.rounds,
            candidates=section.candidates,
            plan=plan,
            test_command=test_command,
        )
        outcome = await run_change(host, folder, call.caller.approver, call.listener)
        return ChangeResponse.from_fields(outcome.as_json())


CHANGE = Operation("change", ChangeRequest, ChangeResponse, "execute", run, streams=True)


def _typed(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return the command that a person typed; UsageError where it is none."""
    from tools.projects.configuration.section import checked_argv

    try:
        return checked_argv(words) if words else ()
    except ValueError as error:
        raise UsageError(f"the command that runs the tests cannot be run: {error}") from error


def _plan(told: dict[str, Any]) -> dict[str, Any]:
    """Return a plan as it is kept; one of no playbook is that of a change."""
    from agents.change.planning.plan import PLAYBOOKS, ChangePlan, PlaybookName, plan_of

    playbook: PlaybookName = next(
        (one for one in PLAYBOOKS if one == told.get("playbook")), "change"
    )
    return plan_of(told, ChangePlan.of(playbook)).as_json()
