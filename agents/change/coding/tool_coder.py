"""The coder as an agent that chooses its own tools, for models that can be trusted with them.

Its draft is there from the first edit on, whatever ends its loop. When the reviewer sends a change
back it goes on where it was, with what the reviewer said, and has not to read everything again.
"""

import asyncio
from dataclasses import dataclass, field, replace

from agents.change.planning.plan import ChangePlan
from agents.loop.asking import LoopModel
from agents.loop.finish_gate import FinishGate
from agents.loop.loop import AgentLoop
from agents.loop.prompt_size import PromptSize
from agents.loop.result import LoopResult
from agents.loop.scout import scout_tools
from agents.loop.settings import LoopSettings, for_attempt, settings_of_member
from agents.loop.summarising import WorkSoFar
from agents.loop.toolset import Toolset
from agents.loop.transcript import Transcript
from agents.runs.team import Team, text_for_model
from indexing.repository.refresh import refresh_index
from prompts.library import RenderedPrompt, render
from rooftree.errors import IndexingError
from rooftree.telemetry.progress import Counted, ToolsUsed
from tools.drafts.draft import Draft
from tools.model_tools.toolbox import Toolbox
from tools.model_tools.working_draft import WorkingDraft

MAX_TASK_SHARE = 1 / 5
"""Of the window, for the task; a longer one can be read as `log:task`."""


PARTS_FACTOR = 2
"""Steps of all parts of a task together, against those of a task that is made at once."""


@dataclass(frozen=True, slots=True)
class CoderTask:
    """What a coder is told to do, and what is known of it."""

    task: str
    plan: ChangePlan
    evidence: str = ""
    known_failing: frozenset[str] = frozenset()
    part: int = 0
    """Which part of the plan is made now, from 1 on; 0 is the whole task."""

    @property
    def share(self) -> float:
        """How much of the coder's time it may take."""
        return 1 / len(self.plan.parts) if self.part else 1.0


@dataclass(slots=True)
class ToolCoder:
    """One coder with tools; it keeps its conversation between two drafts of a change."""

    team: Team
    base: Draft
    told: CoderTask
    wall_seconds: float
    attempt: int = 0
    """A second coder begins anew, with other seeds and warmer."""
    working: WorkingDraft = field(init=False)
    loop: AgentLoop | None = field(default=None, init=False)
    toolbox: Toolbox = field(init=False)
    settings: LoopSettings = field(init=False)
    finished: bool = field(default=False, init=False)
    """Whether it ended its work itself, the last time it worked."""

    def __post_init__(self) -> None:
        member = self.team.members["coder"]
        settings = for_attempt(settings_of_member(member), self.attempt)
        if self.told.part:
            steps = round(PARTS_FACTOR * settings.steps * self.told.share)
            settings = replace(settings, steps=steps)
        self.settings = settings
        self.working = WorkingDraft(self.base, self.settings.limits)
        self.toolbox = Toolbox(
            self.working,
            self.team.checks,
            self.team.repository,
            self.team.memo,
            self.team.may_run,
            self.team.may_shell,
            known_failing=self.told.known_failing,
            is_small=self.settings.size == "S",
            edit_tool=member.edit_tool,
            has_approved=self.team.has_approved,
        )

    async def draft(self, doubts: str = "") -> LoopResult:
        """Work on the draft until the loop ends; it is in `working` then, and before."""
        try:
            if self.loop is not None and doubts:
                prompt = render("change/doubts", doubts=text_for_model(doubts, 4_000, keep="start"))
                result = await self.loop.go_on(prompt.messages[0]["content"], self.settings.steps)
            else:
                await asyncio.to_thread(_freshen, self.team)
                self.loop = self._loop()
                result = await self.loop.run()
        finally:
            await self.toolbox.close()
        result = replace(result, notes=self.toolbox.notes)
        self.finished = result.finished
        said = text_for_model(result.summary or str(result.exit), 600)
        self.team.events.progress(ToolsUsed(self.working.edits, said))
        return result

    def _loop(self) -> AgentLoop:
        member, team = self.team.members["coder"], self.team
        scouts = scout_tools(team, member, self.settings, self.working)
        tools = Toolset((*self.toolbox.for_change(), *scouts), team.memo, team.events)
        prompt = self._prompt()
        team.prompts[prompt.id] = prompt.sha
        size = PromptSize(tools.as_api())
        model = LoopModel(team.answers, member.model, self.settings, size)
        gate = FinishGate(self.working, self.base, self.told.task, self.toolbox.can_run)
        return AgentLoop(
            model,
            tools,
            Transcript.of(prompt),
            self.settings,
            gate,
            team.events,
            self._work_so_far,
            self.wall_seconds * self.told.share,
            before_finish=self.toolbox.before_finish,
        )

    def _work_so_far(self) -> WorkSoFar:
        return WorkSoFar(*self.toolbox.work_so_far())

    def _prompt(self) -> RenderedPrompt:
        plan, told = self.told.plan, self.told
        room = int(self.settings.window * MAX_TASK_SHARE * 3)
        if len(told.task) > room:
            self.working.task = told.task
        operations = self.team.checks.project.operations if self.team.checks is not None else ()
        return render(
            "change/work",
            task=text_for_model(told.task, room, keep="start"),
            is_cut=len(told.task) > room,
            steps=[*plan.steps, *(f"Look at {target} first." for target in plan.targets)],
            is_bug=plan.playbook == "fix",
            can_run=self.toolbox.can_run,
            commands=[one.name for one in operations],
            failing=plan.tests,
            evidence=told.evidence,
            part=bool(told.part),
            number=told.part,
            parts=plan.parts,
        )


def exit_note(result: LoopResult) -> tuple[str, ...]:
    """Return what a person has to know of how a loop ended, a sentence each."""
    notes = [] if result.finished else [f"the coder ended before it finished: {result.exit}"]
    notes += [f"the coder left open: {point}" for point in result.open_points if result.finished]
    notes += [f"the coder is not sure: {result.unsure}"] if result.unsure else []
    notes += result.notes
    return tuple(text_for_model(one, 400, keep="start") for one in notes)


def _freshen(team: Team) -> None:
    """Bring the index up to date for the tools that search; a plan that named tests needed none."""
    if team.repository is None:
        return

    def tell(stage: str, done: int, total: int) -> None:
        team.events.progress(Counted(stage, done, total))

    try:
        refresh_index(team.repository, tell)
    except IndexingError as error:
        team.events.emit("error", message=str(error))
