"""The team at work on one change: planner, coder, reviewer, and back to the coder if need be.

It depends only on what models, tests and users answered; all of that is in the run's log, so a
run that was cut off goes the same way again. Nothing touches the user's tree before the diff that a
person (or the mode) approved is applied.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from agents.change.approval import ApplyStep, command_approval_request, plan_approval_request
from agents.change.coding.editor import NamedPlaceEditor
from agents.change.coding.named_suspects import named_suspects
from agents.change.coding.rename import RenamedDraft, rename_draft
from agents.change.coding.repair import CandidatePatch, RepairGenerator
from agents.change.coding.reproduce import Reproduction, reproduce, scope_of_plan
from agents.change.coding.tool_coder import work_with_tools
from agents.change.coding.written_test import changed_function, with_written_test
from agents.change.outcome import ChangeOutcome
from agents.change.planning.plan import ChangePlan, plan_of
from agents.change.planning.planner import PlaceFinder, make_plan
from agents.change.reviewer import ReviewVerdict, review
from agents.evidence.evidence import failing_test_excerpt, failure_excerpt
from agents.evidence.fault_localization import find_suspects
from agents.evidence.named_tests import rename_of
from agents.evidence.own_tests import ProofRequirements, prove_by_own_tests
from agents.evidence.verifier import Evidence, measure_baseline, verify
from agents.runs.store import RunStatus
from agents.runs.team import Team
from agents.runtime.roles import RoleEdge, run_roles
from indexing.secrets.redact import redact
from rooftree.errors import BudgetSpentError, ToolRefusedError, WallClockError
from tools.approvals import Approvals
from tools.drafts.apply import save_draft
from tools.drafts.approval_view import ApprovalView, view_of
from tools.drafts.draft import Draft
from tools.projects.operations import ProjectOperation

PLANNED, REFUSED, DRAFTED, NOTHING, SETTLED, REVISE = (
    *("planned", "refused", "drafted", "nothing", "settled", "revise"),
)
PATIENCE = 10
"""Further candidates that are looked at where one is verified, but tests beside it still fail."""
EDGES = (
    RoleEdge("planner", PLANNED, "coder"),
    RoleEdge("coder", DRAFTED, "reviewer"),
    RoleEdge("reviewer", REVISE, "coder"),
    RoleEdge("planner", REFUSED, "end"),
    RoleEdge("coder", NOTHING, "end"),
    RoleEdge("reviewer", SETTLED, "end"),
)


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
    plan: ChangePlan | None = None
    _seen: Reproduction | None = None
    _renamed: RenamedDraft | None = None
    _draft: Draft | None = None
    _evidence: Evidence = field(default_factory=Evidence)
    _verdict: ReviewVerdict | None = None
    _view: ApprovalView | None = None
    _stream: AsyncIterator[CandidatePatch] | None = None
    _best: tuple[Draft, Evidence] | None = None
    _reviews: int = 0
    _notes: list[str] = field(default_factory=list)
    _reason: str = ""
    _why: list[str] = field(default_factory=list)
    """Why there is no edit."""

    async def run(self) -> ChangeOutcome:
        """Do the whole change; what it may spend ends it with what there is by then."""
        self.team.may_run = self._may_run
        roles = {
            "planner": self._make_plan,
            "coder": self._code,
            "reviewer": self._review,
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
            self._notes.append(str(error))
            self._take_best()
        return await self._settle()

    async def _make_plan(self) -> str:
        try:
            plan = self.plan or await self._planned()
        except ToolRefusedError as error:
            self._reason = str(error)
            return REFUSED
        decision = await self.approvals.decide(plan_approval_request(plan, self.task))
        if not decision.approved:
            self._reason = f"the plan was not approved: {decision.reason or 'refused'}"
            return REFUSED
        self.plan = plan_of(dict(decision.changed), plan) if decision.changed else plan
        if self.team.checks is not None:
            tests = (test.partition("::")[0] for test in self.plan.tests)
            self.team.checks.focus([*(one.path for one in self.plan.targets), *tests])
        self.team.events.emit("plan.updated", **self.plan.as_json())
        return PLANNED

    async def _planned(self) -> ChangePlan:
        wish = rename_of(self.task)
        if wish is None:
            return await make_plan(self.team, self.task, self.find)
        self._renamed = await rename_draft(self.team, self.base, wish)
        return self._renamed.plan

    async def _code(self) -> str:
        assert self.plan is not None  # noqa: S101 - the planner speaks first
        if self._seen is None:
            if not await self._may_execute():
                self._notes.append(self.team.no_checks)
            self._seen = await self._look(self.plan)
            checks = self.team.checks
            self._notes += [*checks.notes, *checks.gaps] if checks is not None else []
        seen = self._seen
        if not seen.baseline.measured:
            self._notes.append(f"nothing was executed: {seen.baseline.problem}")
        drafted = await self._drafted(self.plan, seen)
        if drafted is None:
            self._take_best()
            return DRAFTED if self._draft is not None else NOTHING
        self._draft, self._evidence = drafted
        self._draft, self._evidence = await self._with_own_tests(*drafted, seen)
        await self._tell_draft(self._draft)
        return DRAFTED

    async def _drafted(self, plan: ChangePlan, seen: Reproduction) -> tuple[Draft, Evidence] | None:
        """Edit in the way that plan and model are made for."""
        if plan.playbook == "rename":
            return await self._rename(seen)
        if self.team.members["coder"].tier == "capable":
            return await self._with_tools(seen)
        if plan.playbook == "fix" and seen.baseline.failing:
            return await self._repair(seen)
        if plan.playbook == "test":
            return await self._test(seen)
        return await self._edit(seen)

    async def _with_own_tests(
        self, draft: Draft, evidence: Evidence, seen: Reproduction
    ) -> tuple[Draft, Evidence]:
        """Look at what new tests of a draft prove, where nothing proves it that was there.

        Where it has none, the coder is asked for one; one that proves nothing is not taken.
        """
        proved = (
            evidence.own is not None
            or bool(evidence.rename)
            or (evidence.verified and not seen.own_test)
        )
        if not evidence.harmless or proved:
            return draft, evidence
        own = await prove_by_own_tests(self.team, draft, self._wanted(seen))
        target = changed_function(draft) if own is None else None
        if target is not None:
            wanted = self._wanted(seen)
            draft, said = await with_written_test(self.team, draft, self.task, target, wanted)
            if said.proves:
                own = said
            else:
                self._notes.append(f"no test of {target} was found that proves it: {said.why_not}")
        return draft, replace(evidence, own=own)

    def _wanted(self, seen: Reproduction) -> ProofRequirements:
        targets = self.plan.targets if self.plan is not None else ()
        of = tuple((one.path, one.symbol) for one in targets)
        return ProofRequirements(seen.baseline.passing, seen.baseline.scope, of)

    async def _tell_draft(self, draft: Draft) -> None:
        """Tell what is drafted. Events are kept and sent on: secrets are in the outcome alone."""
        view = await self._viewed(draft)
        self.team.events.emit(
            "edit.proposed",
            diff=redact(view.diff),
            digest=view.digest,
            added=view.added,
            removed=view.removed,
            warnings=[one.as_json() for one in view.warnings],
            evidence=self._evidence.as_json(),
        )

    async def _viewed(self, draft: Draft) -> ApprovalView:
        if self._view is None or self._view.digest != draft.digest:
            self._view = await asyncio.to_thread(view_of, draft)
        return self._view

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

    async def _look(self, plan: ChangePlan) -> Reproduction:
        if plan.playbook == "fix":
            return await reproduce(self.team, self.base, self.task, plan.tests, plan.targets)
        scope = scope_of_plan(self.team, (), plan.targets)
        baseline = await measure_baseline(self.team, self.base, (), scope)
        # What failed before is not part of the task: it is reported, and need not be fixed.
        others = baseline.also_failing | set(baseline.failing)
        return Reproduction(self.base, replace(baseline, failing=(), also_failing=others))

    async def _repair(self, seen: Reproduction) -> tuple[Draft, Evidence] | None:
        """Take candidates until one is verified; later calls go on where the last one stopped."""
        if self._stream is None:
            self._stream = await self._candidates(seen)
        patience, tried = PATIENCE, 0
        async for candidate in self._stream:
            evidence = await verify(self.team, seen.baseline, candidate.draft)
            tried += 1
            self.team.say("tried", origin=candidate.origin, evidence=evidence.describe())
            if self._best is None or evidence.rank > self._best[1].rank:
                self._best = (candidate.draft, evidence)
            patience -= self._best[1].verified
            if self._best[1].verified and (not self._best[1].left or patience <= 0):
                return self._taken()
            spent = self.team.answers.spending.spent
            if spent:
                self._notes.append(f"the budget is spent: {spent}")
                break
        if self._best is not None and self._best[1].verified:
            return self._taken()
        if self._best is not None:
            best = self._best[1].describe()
            self._why.append(f"{tried} edits were tried and none holds; of the best: {best}")
        return None

    def _taken(self) -> tuple[Draft, Evidence] | None:
        best, self._best = self._best, None
        return best

    async def _candidates(self, seen: Reproduction) -> AsyncIterator[CandidatePatch]:
        assert self.plan is not None  # noqa: S101 - the planner speaks first
        failing = seen.baseline.failing
        suspects = await find_suspects(
            self.team, seen.draft, failing, seen.baseline.output, self.task
        )
        suspects = suspects or named_suspects(seen.draft, failing, self.plan.targets)
        if not suspects:
            said = failure_excerpt(seen.baseline.output).strip().rpartition("\n")[2] or "nothing"
            self._why.append(
                "neither a trace of the failing test, its traceback nor its words name a function "
                f"of the project, so there is no place to edit; the test says: {said}"
            )
        self.team.say("suspects", places=[f"{one.path}::{one.symbol}" for one in suspects])
        repairs = RepairGenerator(
            self.team,
            seen.draft,
            self.task,
            failure_excerpt(seen.baseline.output),
            suspects,
            failing_test_excerpt(seen.draft, failing, seen.baseline.output),
        )
        return repairs.stream()

    async def _edit(self, seen: Reproduction) -> tuple[Draft, Evidence] | None:
        assert self.plan is not None  # noqa: S101 - the planner speaks first
        edits = NamedPlaceEditor(
            self.team, self.task, self.plan, seen.baseline, self.settings.candidates
        )
        draft, evidence = await edits.draft(seen.draft, self._doubts())
        self._notes += edits.problems[:3]
        if not self.plan.targets:
            self._why.append(
                "no place to edit is known: nothing that was found fits the task; name a "
                "definition, with the file that it is in"
            )
        self._why += edits.problems[:1]
        return (draft, evidence) if draft.changes else None

    async def _rename(self, seen: Reproduction) -> tuple[Draft, Evidence] | None:
        """Take what was renamed while planning; a plan that a person gave says no new name."""
        if self._renamed is None:
            self._why.append("a rename is asked for by the task alone: rename `old` to `new`")
            return None
        self._notes += self._renamed.notes
        evidence = await verify(self.team, seen.baseline, self._renamed.draft)
        return self._renamed.draft, replace(evidence, rename=self._renamed.said)

    async def _test(self, seen: Reproduction) -> tuple[Draft, Evidence] | None:
        """Have a test written for the first place of the plan."""
        assert self.plan is not None  # noqa: S101 - the planner speaks first
        if not self.plan.targets or not seen.baseline.measured:
            self._why.append("a test that cannot be run shows nothing")
            return None
        target, wanted = self.plan.targets[0], self._wanted(seen)
        draft, said = await with_written_test(self.team, seen.draft, self.task, target, wanted)
        if not said.proves:
            self._why.append(f"no test of {target} was written that tests it: {said.why_not}")
            return None
        return draft, replace(await verify(self.team, seen.baseline, draft), own=said)

    async def _with_tools(self, seen: Reproduction) -> tuple[Draft, Evidence] | None:
        assert self.plan is not None  # noqa: S101 - the planner speaks first
        draft = await work_with_tools(
            self.team,
            self._draft or seen.draft,
            self.task,
            self.plan,
            evidence=failure_excerpt(seen.baseline.output) if seen.baseline.failing else "",
            doubts=self._doubts(),
        )
        if not draft.changes:
            self._why.append("the coder ended without an edit")
            return None
        return draft, await verify(self.team, seen.baseline, draft)

    async def _review(self) -> str:
        assert self._draft is not None  # noqa: S101 - the coder has drafted
        assert self._seen is not None  # noqa: S101 - and looked before that
        self._reviews += 1
        view = await self._viewed(self._draft)
        if self._renamed is not None:
            return self._not_asked(view)
        verdict = await review(self.team, self.task, view, self._seen.baseline, self._evidence)
        self._verdict = verdict
        self.team.say("reviewed", **verdict.as_json())
        # A model that cannot be relied on is heard, and has no vote against tests that ran. What
        # nobody has judged cannot be made better by what was said of it.
        outvoted = self._evidence.verified and self.team.members["reviewer"].tier != "capable"
        if not verdict.objects or outvoted or self._reviews >= self.settings.rounds:
            return SETTLED
        return REVISE

    def _not_asked(self, view: ApprovalView) -> str:
        why = "a rename is judged by what resolves and by tests, and by no model"
        lines = view.added + view.removed
        self._verdict = ReviewVerdict("unreviewed", (why,), True, 0, lines, view.digest)
        self.team.say("reviewed", **self._verdict.as_json())
        return SETTLED

    def _doubts(self) -> str:
        if self._verdict is None or not self._verdict.objects:
            return ""
        return "; ".join(self._verdict.reasons)

    def _take_best(self) -> None:
        """Fall back to what was verified before the reviewer sent it back, if anything was."""
        if self._draft is None and self._best is not None and self._best[1].harmless:
            self._draft, self._evidence = self._best

    async def _settle(self) -> ChangeOutcome:
        """Say what came of it, and apply what was approved."""
        draft, plan = self._draft, self.plan
        if draft is None or not draft.changes:
            return self._failed()
        status, summary = self._judged()
        save_draft(draft, self.folder)
        view = await self._viewed(draft)
        reviewed = self._verdict is not None and self._verdict.digest == draft.digest
        verdict = self._verdict if reviewed else None
        about = {"evidence": summary, "review": verdict.as_json() if verdict else None}
        applying = ApplyStep(self.approvals, self.folder, self.team.events, self._notes)
        applied, why_not = await applying.apply(draft, view, about, status)
        return ChangeOutcome(
            status,
            summary,
            plan,
            view,
            self._evidence,
            verdict,
            applied,
            why_not,
            draft.paths,
            tuple(dict.fromkeys(self._notes)),
        )

    def _judged(self) -> tuple[RunStatus, str]:
        """Return what is proved of the draft, and by what."""
        own = bool(self._seen and self._seen.own_test)
        summary = self._evidence.describe()
        if self._evidence.verified and not own:
            return "verified", summary
        if self._evidence.by_own_tests:
            return "verified_by_own_tests", summary
        if self._evidence.as_rename:
            return "verified_as_rename", summary
        if own:
            summary += "; the test was written for this change, so nothing else proves it"
        return "unverified", summary

    def _failed(self) -> ChangeOutcome:
        reason = self._reason or self._nothing_to_repair() or self._no_edit()
        return ChangeOutcome("failed", reason, self.plan, notes=tuple(dict.fromkeys(self._notes)))

    def _no_edit(self) -> str:
        """Say why there is none, by the last thing that stood in the way."""
        why = self._why[-1:] or self._notes[-1:] or ["the run ended before any was tried"]
        return f"no edit was found: {why[0]}"

    def _nothing_to_repair(self) -> str:
        tests = self.plan.tests if self.plan is not None else ()
        if not tests or self._seen is None or not self._seen.baseline.measured:
            return ""
        if self._seen.baseline.failing:
            return ""
        return f"{tests[0]} does not fail here, so there is nothing to repair"


async def _end() -> str:
    """Do nothing: AutoGen's graphs need a common end node."""
    return "ended"
