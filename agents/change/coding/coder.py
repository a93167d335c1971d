"""The coder: drafts a change in the way that its plan and its model are made for."""

from dataclasses import dataclass, field, replace

from agents.change.coding.editor import NamedPlaceEditor
from agents.change.coding.mechanical import MechanicalDraft
from agents.change.coding.repair_search import RepairSearch
from agents.change.coding.reproduce import Reproduction
from agents.change.coding.tool_coder import CoderTask, ToolCoder, exit_note
from agents.change.coding.upgraded import InstalledVersion, Upgrade, installed_version_of
from agents.change.coding.written_test import changed_function, with_written_test
from agents.change.planning.plan import ChangePlan
from agents.evidence.evidence import MeasuredDraft
from agents.evidence.failure_excerpts import failure_excerpt
from agents.evidence.own_tests import ProofRequirements, prove_by_own_tests
from agents.evidence.verifier import verify
from agents.loop.settings import uses_tools
from agents.runs.team import Team, text_for_model
from rooftree.telemetry.progress import PartMeasured
from tools.drafts.draft import Draft

ASKED_AS = {
    "rename": "a rename is asked for by the task alone: rename `old` to `new`",
    "move": "a move is asked for by the task alone: move `a.py::f` to `b.py`",
    "upgrade": "an upgrade is asked for by the task alone: upgrade `requests` to 2.32",
}
"""What is done by rules, and the words that ask for it."""


@dataclass(frozen=True, slots=True)
class CodingResult:
    """What the coder came to."""

    drafted: MeasuredDraft | None = None
    notes: tuple[str, ...] = ()
    no_edit: str = ""
    """What stands or stood in the way of an edit."""


@dataclass(slots=True)
class Coder:
    """Drafts one change; a repair that was sent back goes on where it stopped."""

    team: Team
    task: str
    plan: ChangePlan
    seen: Reproduction
    mechanical: MechanicalDraft | None
    candidates: int
    wall_seconds: float
    repairs: RepairSearch = field(init=False)
    installed: InstalledVersion | None = field(default=None, init=False)
    """What the tests run with of a dependency that is upgraded."""
    worker: ToolCoder | None = field(default=None, init=False)
    """The coder that chooses its own tools, once it has begun."""

    def __post_init__(self) -> None:
        self.repairs = RepairSearch(self.team, self.task, self.plan.targets, self.seen)

    async def draft(self, before: Draft | None, doubts: str) -> CodingResult:
        """Edit; `before` is the draft that was sent back, with these doubts."""
        if self.plan.playbook in ASKED_AS and self.worker is None:
            return await self._mechanical(self.plan.playbook)
        if uses_tools(self.team.members["coder"]):
            return await self._with_tools(before or self.seen.draft, doubts)
        if self.plan.parts:
            result = await self._in_fixed_order(doubts)
            note = "the parts of the plan were not made one by one: its coder has no tools"
            return replace(result, notes=(note, *result.notes))
        return await self._in_fixed_order(doubts)

    async def _in_fixed_order(self, doubts: str) -> CodingResult:
        """Draft with a model that is asked short questions."""
        if self.plan.playbook == "fix" and self.seen.baseline.failing:
            return await self._repair()
        if self.plan.playbook == "test":
            return await self._test()
        return await self._edit(doubts)

    async def with_own_tests(self, drafted: MeasuredDraft) -> CodingResult:
        """Look at what new tests of a draft prove, where nothing proves it that was there.

        Where it has none, the coder is asked for one; one that proves nothing is not taken.
        """
        draft, evidence = drafted.draft, drafted.evidence
        proved = (
            evidence.own is not None
            or bool(evidence.mechanical)
            or (evidence.verified and not self.seen.own_test)
        )
        if not evidence.breaks_nothing or proved:
            return CodingResult(drafted)
        notes: tuple[str, ...] = ()
        own = await prove_by_own_tests(self.team, draft, self._required())
        target = changed_function(draft) if own is None else None
        if target is not None:
            draft, written = await with_written_test(
                self.team, draft, self.task, target, self._required()
            )
            if written.proves:
                own = written
            else:
                notes = (f"no test of {target} was found that proves it: {written.why_not}",)
        return CodingResult(MeasuredDraft(draft, replace(evidence, own=own)), notes)

    def _required(self) -> ProofRequirements:
        baseline = self.seen.baseline
        functions = tuple((one.path, one.symbol) for one in self.plan.targets)
        return ProofRequirements(baseline.passing, baseline.scope, functions)

    async def _measured(self, draft: Draft) -> MeasuredDraft:
        evidence = await verify(self.team, self.seen.baseline, draft)
        done, installed = self.mechanical, self.installed
        if done is not None and installed is not None:
            ran = bool(evidence.kept or evidence.fixed or evidence.broken)
            by_rules = [one for one in evidence.judges if _is_same(draft, done.draft, one)]
            evidence = replace(
                evidence,
                upgrade=installed.told(ran=ran),
                ran_upgraded=installed.is_wanted,
                judges=tuple(one for one in evidence.judges if one not in by_rules),
            )
        return MeasuredDraft(draft, evidence)

    async def _repair(self) -> CodingResult:
        found = await self.repairs.next()
        spent = self.repairs.spent
        notes = (f"the budget is spent: {spent}",) if spent else ()
        return CodingResult(found, notes, self.repairs.no_edit)

    async def _edit(self, doubts: str) -> CodingResult:
        edits = NamedPlaceEditor(
            self.team, self.task, self.plan, self.seen.baseline, self.candidates
        )
        drafted = await edits.draft(self.seen.draft, doubts)
        no_edit = "".join(edits.problems[:1])
        if not self.plan.targets:
            no_edit = (
                "no place to edit is known: nothing that was found fits the task; name a "
                "definition, with the file that it is in"
            )
        found = drafted if drafted.draft.changes else None
        return CodingResult(found, tuple(edits.problems[:3]), no_edit)

    async def _mechanical(self, playbook: str) -> CodingResult:
        """Take what was made while planning; a plan that a person gave says no new name."""
        done = self.mechanical
        if done is None:
            return CodingResult(no_edit=ASKED_AS[playbook])
        if done.upgrade is not None:
            return await self._upgraded(done, done.upgrade)
        baseline = self.seen.baseline.moved(*done.moved) if done.moved else self.seen.baseline
        measured = MeasuredDraft(done.draft, await verify(self.team, baseline, done.draft))
        if playbook == "rename":
            evidence = replace(measured.evidence, rename=done.said)
        else:
            evidence = replace(measured.evidence, move=done.said)
        return CodingResult(MeasuredDraft(measured.draft, evidence), done.notes)

    async def _upgraded(self, done: MechanicalDraft, upgrade: Upgrade) -> CodingResult:
        """Take the edited manifests; have repaired what fails with the version that is wanted."""
        self.installed = await installed_version_of(self.team, upgrade)
        result = CodingResult(await self._measured(done.draft), done.notes)
        seen, failing = self.seen, tuple(sorted(self.seen.baseline.also_failing))
        capable = uses_tools(self.team.members["coder"])
        if not (self.installed.is_wanted and failing and capable):
            return result
        # They fail with it already: whether for it is not known, and a repair is seen by them.
        baseline = replace(
            seen.baseline, failing=failing, also_failing=frozenset(), met=frozenset(failing)
        )
        self.seen = replace(seen, draft=done.draft, baseline=baseline)
        self.plan = ChangePlan.of("fix", tests=failing)
        self.task += (
            f"\n\n{upgrade.name} {self.installed.versions[0]} is installed, and the manifests are "
            "edited: mend what fails with it."
        )
        repaired = await self._with_tools(done.draft, "")
        notes = (*done.notes, *repaired.notes)
        if repaired.drafted is None or not _ranks_above(repaired.drafted, result.drafted):
            return replace(result, notes=notes)
        return replace(repaired, notes=notes)

    async def _test(self) -> CodingResult:
        """Have a test written for the first place of the plan."""
        if not self.plan.targets or not self.seen.baseline.measured:
            return CodingResult(no_edit="a test that cannot be run shows nothing")
        target = self.plan.targets[0]
        draft, written = await with_written_test(
            self.team, self.seen.draft, self.task, target, self._required()
        )
        if not written.proves:
            return CodingResult(
                no_edit=f"no test of {target} was written that tests it: {written.why_not}"
            )
        measured = await self._measured(draft)
        return CodingResult(MeasuredDraft(draft, replace(measured.evidence, own=written)))

    async def _with_tools(self, before: Draft, doubts: str) -> CodingResult:
        """Let the coder work with tools; what it has made is measured, whatever ended it.

        Where a test that has to pass still fails, another coder tries from the beginning, warmer;
        what the tests say of both is what selects.
        """
        first = self.worker is None
        if first and self.plan.parts:
            return await self._in_parts(before)
        worker = self.worker or self._worker(before, 0)
        self.worker = worker
        result = await self._worked(worker, doubts)
        if not first or not self._wants_another(result):
            return result
        self.worker = self._worker(before, 1)
        other = await self._worked(self.worker, "")
        if other.drafted is not None and _ranks_above(other.drafted, result.drafted):
            return replace(other, notes=(*result.notes, *other.notes))
        self.worker = worker
        return replace(result, notes=(*result.notes, *other.notes))

    async def _in_parts(self, draft: Draft) -> CodingResult:
        """Make the parts of a large task in order, each in a conversation of its own.

        The tests are run after each. Where they tell that something broke, its coder goes on once
        with what they said; parts after one that did not come to its end are not begun.
        """
        count, notes = len(self.plan.parts), list[str]()
        result = CodingResult()
        for number in range(1, count + 1):
            self.worker = worker = self._worker(draft, 0, number)
            result = await self._worked(worker, "")
            broken = _broken(result)
            if broken and worker.finished:
                notes += result.notes
                result = await self._worked(worker, broken)
            draft = worker.working.draft
            evidence = result.drafted.evidence.describe() if result.drafted else result.no_edit
            self.team.events.progress(PartMeasured(number, count, evidence))
            notes += [*result.notes, f"part {number} of {count}: {evidence}"]
            if not worker.finished and number < count:
                notes.append(f"parts {number + 1} to {count} of the plan were not begun")
                break
        return replace(result, notes=tuple(notes))

    def _worker(self, before: Draft, attempt: int, part: int = 0) -> ToolCoder:
        baseline = self.seen.baseline
        evidence = failure_excerpt(baseline.output) if baseline.failing else ""
        known = baseline.also_failing | set(baseline.unread)
        told = CoderTask(self.task, self.plan, evidence, frozenset(known), part)
        return ToolCoder(self.team, before, told, self.wall_seconds, attempt)

    async def _worked(self, worker: ToolCoder, doubts: str) -> CodingResult:
        result = await worker.draft(doubts)
        draft, notes = worker.working.draft, exit_note(result)
        if not draft.changes and result.exit.error is not None:
            raise result.exit.error  # there is nothing to keep, and the run can go on from here
        if not draft.changes:
            said = f"; it said: {text_for_model(result.summary, 300)}" if result.summary else ""
            return CodingResult(
                None, notes, f"the coder ended without an edit: {result.exit}{said}"
            )
        return CodingResult(await self._measured(draft), notes)

    def _wants_another(self, result: CodingResult) -> bool:
        """Say whether a second try is worth it: only a test can tell which of two is better."""
        if self.candidates < 2 or not self.seen.baseline.failing or self.seen.own_test:
            return False
        if self.team.answers.spending.spent:
            return False
        return result.drafted is None or bool(result.drafted.evidence.still_failing)


def _is_same(one: Draft, other: Draft, path: str) -> bool:
    return one.content(path) == other.content(path)


def _broken(result: CodingResult) -> str:
    """Say what a draft breaks, with what the tests said of it; "" where nothing is known to."""
    evidence = result.drafted.evidence if result.drafted is not None else None
    if evidence is None or (evidence.parses and not evidence.broken):
        return ""
    said = failure_excerpt(evidence.output, *evidence.broken[:1])
    return f"{evidence.describe()}\n{said}".strip()


def _ranks_above(one: MeasuredDraft, other: MeasuredDraft | None) -> bool:
    return other is None or one.evidence.rank > other.evidence.rank
