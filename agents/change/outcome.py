"""The outcome of a change: what was done, what was measured, and what was applied."""

from dataclasses import dataclass, field
from typing import Any

from agents.change.planning.plan import ChangePlan
from agents.change.reviewer import ReviewVerdict
from agents.evidence.evidence import Evidence
from agents.runs.store import RunStatus
from tools.drafts.approval_view import ApprovalView


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """How a change ended.

    `verified`: a test that was there and failed passes now, and nothing that passed fails.
    `verified_by_own_tests`: new tests of the change run all of it, and fail without (`own_tests`).
    `verified_as_rename`, `verified_as_move`: all that was renamed or moved is resolved, and the
    tests that passed pass.
    `verified_as_upgrade`: rules edited manifests, and all tests pass with that version installed.
    `unverified`: there is a diff, and nothing proves it. `failed`: there is none.
    """

    status: RunStatus
    summary: str
    plan: ChangePlan | None = None
    view: ApprovalView | None = None
    """The diff as it is approved; its added and removed lines are those that are applied."""
    evidence: Evidence | None = None
    verdict: ReviewVerdict | None = None
    applied: bool = False
    why_not_applied: str = ""
    paths: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    run: str = ""
    repo: str = ""
    """The worktree that it is a change of."""
    spending: dict[str, Any] = field(default_factory=dict)
    wish: str = ""
    """What the person who refused the diff wants instead; the coder goes on with it."""

    @property
    def diff(self) -> str:
        return self.view.diff if self.view is not None else ""

    @property
    def digest(self) -> str:
        return self.view.digest if self.view is not None else ""

    def as_json(self) -> dict[str, Any]:
        return {
            "run": self.run,
            "repo": self.repo,
            "status": self.status,
            "summary": self.summary,
            "plan": self.plan.as_json() if self.plan else None,
            **(self.view or ApprovalView("")).as_json(),
            "paths": list(self.paths),
            "evidence": self.evidence.as_json() if self.evidence else None,
            "review": self.verdict.as_json() if self.verdict else None,
            "applied": self.applied,
            "why_not_applied": self.why_not_applied,
            "notes": list(self.notes),
            "spending": self.spending,
        }
