"""The team at work on one change: planner, coder, reviewer, and back to the coder if need be.

It depends only on what models, tests and users answered; all of that is in the run's log, so a
run that was cut off goes the same way again. Nothing touches the user's tree before the diff that a
person (or the mode) approved is applied.
"""

import asyncio
from dataclasses import dataclass, field, replace
from pathlib import Path

from agents.change.approval import (
    ApplyStep,
    command_approval_request,
    plan_approval_request,
)
from agents.change.coding.coder import Coder
from agents.change.coding.mechanical import mechanical_draft
from agents.change.coding.reproduce import Reproduction, reproduce, scope_of_plan
from agents.change.outcome import ChangeOutcome
from agents.change.planning.plan import ChangePlan, plan_of
from agents.change.planning.planner import PlaceFinder, make_plan
from agents.change.reviewer import ReviewVerdict, review
from agents.change.settling import failed_outcome, settled_outcome
from agents.change.state import ChangeState
from agents.change.tool_reviewer import review_with_tools
from agents.evidence.baseline import measure_baseline
from agents.evidence.evidence import Evidence, MeasuredDraft
from agents.loop.settings import uses_tools
from agents.runs.shell_approval import shell_approval_request
from agents.runs.team import Team
from agents.runtime.roles import RoleEdge, run_roles
from indexing.secrets.redact import redact
from rooftree.errors import BudgetSpentError, ToolRefusedError, WallClockError
from rooftree.telemetry.progress import DraftReviewed
from tools.approvals import Approvals
from tools.drafts.approval_view import ApprovalView, view_of
from tools.drafts.draft import Draft, save_draft
from tools.projects.operations import ProjectOperation
from tools.upgrading.request import MisspelledDependencyError, UnlistedDependencyError

CODING_SHARE = 0.75
"""Of a change's time, for the coder's work with tools: what it made has still to be measured."""
PLANNED, REFUSED, DRAFTED = "planned", "refused", "drafted"
NOTHING, SETTLED, REVISE = "nothing", "settled", "revise"
EDGES = (
    RoleEdge("planner", PLANNED, "coder"),
    RoleEdge("coder", DRAFTED, "reviewer"),
    RoleEdge("reviewer", REVISE, "coder"),
    RoleEdge("planner", REFUSED, "end"),
    RoleEdge("coder", NOTHING, "end"),
    RoleEdge("reviewer", SETTLED, "end"),
)


_WHY_UNREVIEWED = {
    "rename": "a rename is judged by what resolves and by tests, and by no model",
    "move": "a move is judged by what resolves and by tests, and by no model",
    "upgrade": "an upgrade by rules is judged by tests, and by no model",
}


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """How a change is made."""

    rounds: int = 2
    candidates: int = 3
    wall_seconds: float = 3600.0


@dataclass(slots=True)
class ChangeFlow:
    """One change, from the task to what was applied."""

    team: Team
    base: Draft
    task: str
    find: PlaceFinder
    approvals: Approvals
    folder: Path
    settings: ChangeSettings = field(default_factory=ChangeSettings)
    given: ChangePlan | None = None
    """A plan that a person gave."""
    state: ChangeState = field(default_factory=ChangeState, init=False)
    """What the last step returned: whatever ends the team, this is what there is by then."""
    coder: Coder | None = field(default=None, init=False)
    """Who codes, once it is known what to code; it keeps what a repair has tried."""

    async def run(self) -> ChangeOutcome:
        """Do the whole change; what it may spend ends it with what there is by then."""
        self.team.may_run = self._may_run
        self.team.has_approved = self._has_approved
        self.team.may_shell = self._may_shell
        self.state = ChangeState(plan=self.given)
        outcome = await self._made()
        while outcome.wish:
            self.state = self.state.wishing(outcome.wish)
            outcome = await self._made()
        return outcome

    async def _made(self) -> ChangeOutcome:
        """Have the roles work until none goes on, and ask whether what they made is applied."""
        roles = {
            "planner": self._as_planner,
            "coder": self._as_coder,
            "reviewer": self._as_reviewer,
            "end": _end,
        }
        try:
            await run_roles(
                roles,
                EDGES,
                task=self.task,
                most_turns=3 + 2 * self.settings.rounds,
                wall_seconds=self.settings.wall_seconds,
                events=self.team.events,
            )
        except (BudgetSpentError, WallClockError) as error:
            # What was verified by then is useful, and is reported.
            told = self._over_time if isinstance(error, WallClockError) else str(error)
            self.state = self._with_best(self.state.noting(told))
        except asyncio.CancelledError:
            self._keep_draft()
            raise
        return await self._settle()

    @property
    def _over_time(self) -> str:
        seconds = self.settings.wall_seconds
        return (
            f"the change took longer than {seconds:g} s; raise change.wall_seconds, or ask for less"
        )

    def _keep_draft(self) -> None:
        """Keep what was drafted by now, for whoever looks at the run and does not go on with it."""
        drafted = self._with_best(self.state).drafted
        if drafted is not None and drafted.draft.changes:
            save_draft(drafted.draft, self.folder)

    async def _as_planner(self) -> str:
        if self.coder is None:  # else a person wants another draft, by the same plan
            self.state = await self._planned(self.state)
        return REFUSED if self.state.not_planned else PLANNED

    async def _as_coder(self) -> str:
        plan = self.state.plan
        assert plan is not None  # noqa: S101 - the planner speaks first
        if self.coder is None:
            seen = await self._reproduced(plan)
            self.state = replace(self.state, reproduced=seen)
            self.coder = Coder(
                self.team,
                self._task_of(self.state),
                plan,
                seen,
                self.state.mechanical,
                self.settings.candidates,
                self.settings.wall_seconds * CODING_SHARE,
            )
        self.state = await self._coded(self.state, self.coder)
        drafted = self.state.drafted
        refused = drafted is not None and drafted.draft.digest == self.state.refused
        return NOTHING if drafted is None or refused else DRAFTED

    async def _as_reviewer(self) -> str:
        self.state = await self._reviewed(self.state)
        verdict, evidence = self.state.verdict, _drafted(self.state).evidence
        if self.state.is_by_rules or verdict is None or not verdict.objects:
            return SETTLED
        # A model that cannot be relied on is heard, and has no vote against tests that ran. What
        # nobody has judged cannot be made better by what was said of it.
        # One that can be sends a change back by a measured fact or by words of the task; what it
        # thinks besides is told with the change.
        capable = self.team.members["reviewer"].tier == "capable"
        outvoted = not verdict.is_shown if capable else evidence.verified
        return SETTLED if outvoted or self.state.reviews >= self.settings.rounds else REVISE

    async def _planned(self, state: ChangeState) -> ChangeState:
        """Plan, unless a person did, and have the plan approved."""
        plan = self.given
        try:
            if plan is None:
                state = await self._done_by_rules(state)
                plan = state.mechanical.plan if state.mechanical is not None else None
            plan = plan or await make_plan(self.team, self._task_of(state), self.find)
        except ToolRefusedError as error:
            return replace(state, not_planned=str(error))
        decision = await self.approvals.decide(plan_approval_request(plan, self.task))
        if not decision.approved:
            reason = decision.reason or "refused"
            return replace(state, not_planned=f"the plan was not approved: {reason}")
        if decision.changed:
            plan = plan_of(dict(decision.changed), plan)
        if self.team.checks is not None:
            tests = (test.partition("::")[0] for test in plan.tests)
            self.team.checks.restrict_to([*(one.path for one in plan.targets), *tests])
        self.team.events.emit("plan.updated", **plan.as_json())
        return replace(state, plan=plan)

    async def _done_by_rules(self, state: ChangeState) -> ChangeState:
        """Rename, move or upgrade, where the task asks for that alone.

        Where it is refused, one who can be relied on goes on, and is told what stood in the way.
        """
        try:
            done = await mechanical_draft(self.team, self.base, self.task)
        except UnlistedDependencyError as error:
            return state.noting(f"{error}, so this is no upgrade of one")
        except MisspelledDependencyError:
            raise  # a person has to say what is meant
        except ToolRefusedError as error:
            if not uses_tools(self.team.members["coder"]):
                raise
            note = f"not done by rules, so a model did it and its uses are not resolved: {error}"
            return replace(state, not_by_rules=str(error)).noting(note)
        return replace(state, mechanical=done)

    def _task_of(self, state: ChangeState) -> str:
        """Return the task as it is told to models, with what is known of it."""
        if not state.not_by_rules:
            return self.task
        return f"{self.task}\n\nIt cannot be done by rules, which say: {state.not_by_rules}"

    async def _reproduced(self, plan: ChangePlan) -> Reproduction:
        """Measure what the tests say before the change; for a bug, see one fail."""
        if not await self._may_execute():
            self.state = self.state.noting(self.team.no_checks)
        if plan.playbook == "fix":
            seen = await reproduce(self.team, self.base, self.task, plan.tests, plan.targets)
        else:
            scope = scope_of_plan(self.team, (), plan.targets)
            baseline = await measure_baseline(self.team, self.base, (), scope)
            # What failed before is not part of the task: it is reported, and need not be fixed.
            others = baseline.also_failing | set(baseline.failing)
            seen = Reproduction(self.base, replace(baseline, failing=(), also_failing=others))
        checks, problem = self.team.checks, seen.baseline.problem
        notes = [*checks.notes, *checks.gaps] if checks is not None else []
        notes += [f"nothing was executed: {problem}"] if problem else []
        self.state = self.state.noting(*notes, *self.team.notes)
        return seen

    async def _coded(self, state: ChangeState, coder: Coder) -> ChangeState:
        """Draft the change, or take the best that was tried; then see what its tests prove."""
        before = state.drafted.draft if state.drafted is not None else None
        result = await coder.draft(before, state.doubts)
        state = replace(state, no_edit=result.no_edit or state.no_edit).noting(*result.notes)
        if result.drafted is None:
            return self._with_best(state)
        # It is there from now on, whatever becomes of looking at its tests.
        state = self.state = replace(state, drafted=result.drafted)
        result = await coder.with_own_tests(result.drafted)
        state = replace(state, drafted=result.drafted).noting(*result.notes)
        view = await self._viewed(state)
        # Events are kept and sent on: secrets are in the outcome alone.
        self.team.events.emit(
            "edit.proposed",
            diff=redact(view.diff),
            digest=view.digest,
            added=view.added,
            removed=view.removed,
            warnings=[one.as_json() for one in view.warnings],
            evidence=_drafted(state).evidence.as_json(),
        )
        return replace(state, view=view)

    async def _reviewed(self, state: ChangeState) -> ChangeState:
        assert state.reproduced is not None  # noqa: S101 - what is drafted was looked at before
        baseline = state.reproduced.baseline
        state = self.state = replace(state, reviews=state.reviews + 1)
        view = await self._viewed(state)
        if state.mechanical is not None and state.is_by_rules:
            why = _WHY_UNREVIEWED[state.mechanical.plan.playbook]
            lines = view.added + view.removed
            verdict = ReviewVerdict("unreviewed", (why,), True, 0, lines, view.digest)
        else:
            evidence = _drafted(state).evidence
            task = "\n\n".join((self.task, *(f"Then: {wish}" for wish in state.wishes)))
            if uses_tools(self.team.members["reviewer"]):
                draft = _drafted(state).draft
                verdict = await review_with_tools(self.team, task, draft, view, baseline, evidence)
            else:
                verdict = await review(self.team, task, view, baseline, evidence)
        self.team.events.progress(DraftReviewed(**verdict.as_json()))
        return replace(state, view=view, verdict=verdict)

    async def _settle(self) -> ChangeOutcome:
        """Say what came of it, and apply what was approved."""
        drafted = self.state.drafted
        if drafted is None or not drafted.draft.changes:
            return failed_outcome(self.state)
        applying = ApplyStep(self.approvals, self.folder, self.team.events)
        return await settled_outcome(self.state, drafted, await self._viewed(self.state), applying)

    async def _viewed(self, state: ChangeState) -> ApprovalView:
        draft = _drafted(state).draft
        if state.view is not None and state.view.digest == draft.digest:
            return state.view
        return await asyncio.to_thread(view_of, draft)

    def _with_best(self, state: ChangeState) -> ChangeState:
        """Fall back to the best that was tried, where nothing was drafted and it breaks nothing."""
        if state.drafted is not None or self.coder is None:
            return state
        best = self.coder.repairs.best
        if best is not None and best.evidence.breaks_nothing:
            return replace(state, drafted=best)
        worker = self.coder.worker
        if worker is not None and worker.working.draft.changes:
            unmeasured = Evidence(True, problem="the run ended before it was measured")
            return replace(state, drafted=MeasuredDraft(worker.working.draft, unmeasured))
        return state

    async def _may_execute(self) -> bool:
        """Ask once whether the project's tests may be run; without them nothing is verified."""
        checks = self.team.checks
        if checks is None:
            return False
        if all([await self._may_run(one) for one in await checks.operations()]):
            return True
        self.team.checks = None
        self.team.no_checks = "running the tests was not approved"
        return False

    async def _may_run(self, operation: ProjectOperation) -> bool:
        """Ask for one operation; each is asked for once, by its command."""
        assert self.team.checks is not None  # noqa: S101 - else there is no operation
        asked = command_approval_request(operation, self.team.checks.executor.name)
        return (await self.approvals.decide(asked)).approved

    def _has_approved(self, operation: ProjectOperation) -> bool:
        """Say whether an operation may run as things stand; nobody is asked."""
        if self.team.checks is None:
            return False
        asked = command_approval_request(operation, self.team.checks.executor.name)
        return self.approvals.has_approved(asked)

    async def _may_shell(self, command: str) -> bool:
        """Ask for a command that a model wrote; each is asked for once, by what it is."""
        assert self.team.checks is not None  # noqa: S101 - else there is no tool that runs it
        asked = shell_approval_request(command, self.team.checks.executor.name)
        return (await self.approvals.decide(asked)).approved


def _drafted(state: ChangeState) -> MeasuredDraft:
    assert state.drafted is not None  # noqa: S101 - the coder has drafted
    return state.drafted


async def _end() -> str:
    """Do nothing: AutoGen's graphs need a common end node."""
    return "ended"
