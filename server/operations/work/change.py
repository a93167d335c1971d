"""Change a repository: plan, edit, run its tests in the sandbox, review, ask, apply."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field

from rooftree.errors import UsageError
from server.base.thread_relay import EventListener
from server.operations.operation import Caller, Operation, RepositoryRequest, Response, Text
from server.operations.work.records import MAX_NAME_LENGTH

if TYPE_CHECKING:
    from server.services.host import Host

MAX_TASK_LENGTH = 20_000
ONLY_DRAFTED = "a change that is asked for over HTTP is not applied; read its diff, and apply that"


def _checked(task: str) -> str:
    if not task.strip():
        raise ValueError("the task is empty; say what is to be changed")
    if len(task) > MAX_TASK_LENGTH:
        raise ValueError(f"the task has {len(task)} characters; at most {MAX_TASK_LENGTH}")
    return task


class ChangeRequest(RepositoryRequest):
    """What is to be changed."""

    task: Annotated[Text, AfterValidator(_checked)]
    model: str = Field(default="", max_length=MAX_NAME_LENGTH)
    """The alias that plays every role; empty means each role its own."""
    allow: tuple[Text, ...] = Field(default=(), max_length=50)
    """Protected paths that may be changed, such as CI files."""
    approve: Literal["ask", "edits", "all", "never"] = "never"
    """What is asked before it happens; over HTTP nothing is applied."""
    plan: dict[str, Any] | None = None
    """The plan to follow, as a response shows one."""


class ChangePlanResponse(Response):
    """What is to be done."""

    playbook: str
    targets: tuple[str, ...]
    tests: tuple[str, ...]
    steps: tuple[str, ...]
    reason: str


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


async def run(
    host: "Host", request: ChangeRequest, caller: Caller, listener: EventListener
) -> ChangeResponse:
    from agents.change.change_run import members_json
    from agents.change.planning.plan import PLAYBOOKS, ChangePlan, PlaybookName, plan_of
    from agents.runs.budget import Budget
    from agents.runs.store import RunStore, StoredRun
    from rooftree.git.commands import open_worktree
    from server.services.changes import members, run_change

    if caller.over_http and request.approve != "never":
        raise UsageError(ONLY_DRAFTED)
    plan = None
    if request.plan is not None:
        named: PlaybookName = next(
            (one for one in PLAYBOOKS if one == request.plan.get("playbook")), "change"
        )
        plan = plan_of(request.plan, ChangePlan.of(named)).as_json()
    worktree = await asyncio.to_thread(open_worktree, host.place(request.repo))
    with host.room_for_a_run():
        playing = await members(host, request.model)
        section = host.config.change
        settings = {
            "members": members_json(playing),
            "mode": request.approve,
            "allowed": request.allow,
            "budget": asdict(Budget(section.model_calls, section.tokens, section.seconds)),
            "rounds": section.rounds,
            "candidates": section.candidates,
            "plan": plan,
        }
        record = StoredRun(
            "change",
            request.task,
            str(worktree.root),
            worktree.commit,
            playing["coder"].served,
            settings=settings,
            owner=caller.access.id,
            repo_id=worktree.repo_id,
        )
        folder = RunStore(host.config.paths).create(record)
        outcome = await run_change(host, folder, caller.approver, listener)
        return ChangeResponse.model_validate(outcome.as_json())


CHANGE = Operation("change", ChangeRequest, ChangeResponse, "execute", run, streams=True)
