"""The end of a change: what is proved of it, what was applied, or why there is none."""

from agents.change.approval import Applied, ApplyStep
from agents.change.outcome import ChangeOutcome
from agents.change.state import ChangeState
from agents.evidence.evidence import Evidence, MeasuredDraft
from agents.runs.store import RunStatus
from tools.drafts.approval_view import ApprovalView
from tools.drafts.draft import save_draft

_REFACTORED: dict[str, RunStatus] = {
    "rename": "verified_as_rename",
    "move": "verified_as_move",
    "upgrade": "verified_as_upgrade",
}


async def settled_outcome(
    state: ChangeState, drafted: MeasuredDraft, view: ApprovalView, applying: ApplyStep
) -> ChangeOutcome:
    """Keep the draft, ask whether it is applied, and say what came of it."""
    draft, evidence = drafted.draft, drafted.evidence
    own_test = state.reproduced is not None and bool(state.reproduced.own_test)
    status, summary = proof_of(evidence, own_test=own_test)
    save_draft(draft, applying.folder)
    verdict = state.verdict
    if verdict is not None and verdict.digest != draft.digest:
        verdict = None
    about = {"evidence": summary, "review": verdict.as_json() if verdict else None}
    if draft.digest == state.refused:
        applied = Applied(f"refused: {state.wishes[-1]}; the coder came to no other change")
    else:
        applied = await applying.apply(draft, view, about, status)
    return ChangeOutcome(
        status,
        summary,
        state.plan,
        view,
        evidence,
        verdict,
        not applied.why_not,
        applied.why_not,
        draft.paths,
        _once(state.noting(*applied.notes)),
        wish=applied.wish,
    )


def failed_outcome(state: ChangeState) -> ChangeOutcome:
    """Say why there is no change."""
    reason = state.not_planned or _nothing_to_repair(state) or _no_edit(state)
    return ChangeOutcome("failed", reason, state.plan, notes=_once(state))


def proof_of(evidence: Evidence, *, own_test: bool) -> tuple[RunStatus, str]:
    """Return what is proved of a draft, and by what; `own_test`: its failing test is its own."""
    summary = evidence.describe()
    if evidence.verified and not own_test:
        return "verified", summary
    if evidence.by_own_tests:
        return "verified_by_own_tests", summary
    if evidence.as_refactoring:
        return _REFACTORED[evidence.refactoring], summary
    if own_test:
        summary += "; the test was written for this change, so nothing else proves it"
    return "unverified", summary


def _no_edit(state: ChangeState) -> str:
    """Say why there is none, by the last thing that stood in the way."""
    last = state.no_edit or "".join(state.notes[-1:]) or "the run ended before any was tried"
    return f"no edit was found: {last}"


def _nothing_to_repair(state: ChangeState) -> str:
    tests = state.plan.tests if state.plan is not None else ()
    if not tests or state.reproduced is None:
        return ""
    baseline = state.reproduced.baseline
    if not baseline.measured or baseline.failing:
        return ""
    return f"{tests[0]} does not fail here, so there is nothing to repair"


def _once(state: ChangeState) -> tuple[str, ...]:
    return tuple(dict.fromkeys(state.notes))
