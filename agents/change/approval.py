"""Approval requests of a change, and applying what was approved.

What is asked names exactly what will happen: the arguments of a command, each changed line of a
diff. The digest that an answer is bound to covers the same.
"""

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.change.planning.plan import ChangePlan
from agents.runs.step_log import key_of
from agents.runs.store import PROVED, RunStatus
from rooftree.errors import StorageError, ToolRefusedError
from rooftree.telemetry.events import EventLog
from tools.approvals import ApprovalRequest, Approvals
from tools.drafts.apply import apply, finish
from tools.drafts.applying.journal import Journal
from tools.drafts.approval_view import ApprovalView
from tools.drafts.draft import Draft
from tools.linters.project_linters import file_linter
from tools.projects.commands import readable, variants
from tools.projects.operations import ProjectOperation

TESTS = "TESTS"


def plan_approval_request(plan: ChangePlan, task: str) -> ApprovalRequest:
    return ApprovalRequest(
        "plan", f"{plan.playbook}: {task[:200]}", plan.as_json(), key_of(plan.digested())
    )


def command_approval_request(operation: ProjectOperation, sandbox: str) -> ApprovalRequest:
    """Ask for one operation: all commands that it may be run as."""
    what = "the project's tests" if operation.kind == "test" else operation.name
    first, *others = (shlex.join(readable(one)) for one in variants(operation, (TESTS,)))
    shown: dict[str, Any] = {"command": first, "sandbox": sandbox}
    if operation.selects:
        shown["where"] = f"{TESTS} stands for names of tests, or for nothing: then all are run"
    if operation.narrowing is not None:
        shown["where"] = "some of its tests may be run alone, by the runner's own options"
    if file_linter(operation) is not None:
        shown["where"] = "files that are edited may be checked alone, by the tool's own options"
    if others:
        shown["also"] = others
    ready = [shlex.join(one) for one in operation.before]
    if ready:
        shown["before"] = ready
    return ApprovalRequest(
        "command",
        f"run {what} in the sandbox ({operation.name})",
        shown,
        key_of(json.dumps([*ready, first, *others])),
    )


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of applying a draft."""

    why_not: str = ""
    """Why it was not applied; empty where it was."""
    notes: tuple[str, ...] = ()
    """What did not go as it should."""
    wish: str = ""
    """What the person who refused it wants instead."""


@dataclass(frozen=True, slots=True)
class ApplyStep:
    """The last step of a change: ask for its diff, and apply what was approved."""

    approvals: Approvals
    folder: Path
    events: EventLog

    async def apply(
        self, draft: Draft, view: ApprovalView, about: Mapping[str, Any], status: RunStatus
    ) -> Applied:
        """Apply a draft once that is approved; `status` is what proves it."""
        journal = Journal.load(self.folder)
        if journal is not None and journal.digest == draft.digest:
            return self._again(draft, journal)
        if view.refused:
            return Applied(view.refused)
        summary = f"apply {len(draft.paths)} files (+{view.added} -{view.removed}); "
        asked = ApprovalRequest(
            "diff",
            summary + str(about["evidence"]),
            {**view.as_json(), "verified": status == "verified", "status": status, **about},
            view.digest,
        )
        decision = await self.approvals.decide(asked, without=status in PROVED)
        if not decision.approved:
            return Applied(decision.reason or "the diff was not approved", wish=decision.wish)
        done = _applied(lambda: apply(draft, asked.digest, self.folder))
        if not done.why_not:
            self.events.emit("edit.applied", paths=list(draft.paths), digest=draft.digest)
        return done

    def _again(self, draft: Draft, journal: Journal) -> Applied:
        """Finish what a run that was cut off had begun to apply; what was undone stays undone."""
        if journal.state == "undone":
            return Applied(
                "it was applied before and taken back; `rooftree apply` applies it again"
            )
        return _applied(lambda: finish(draft.snapshot, journal, self.folder))


def _applied(work: Callable[[], Journal]) -> Applied:
    try:
        return Applied(notes=tuple(work().notes))
    except (ToolRefusedError, StorageError) as error:
        return Applied(str(error))
