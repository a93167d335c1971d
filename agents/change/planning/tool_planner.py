"""A planner that reads before it plans, for models that can be trusted with tools.

It looks with the tools that only look, and says at the end which places, tests and steps. Places
that are not there are sent back once; a person may edit all of it as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pydantic import Field

from agents.change.planning.plan import (
    CHOSEN,
    MAX_PARTS,
    ChangePlan,
    EditTarget,
    PlaybookName,
    target_of,
)
from agents.loop.asking import LoopModel
from agents.loop.loop import AgentLoop
from agents.loop.prompt_size import PromptSize
from agents.loop.scout import scout_tools
from agents.loop.settings import LoopSettings, LoopSize, settings_of_member
from agents.loop.summarising import WorkSoFar
from agents.loop.toolset import EndArguments, FinishForm, Toolset
from agents.loop.transcript import Transcript
from agents.runs.team import Team, text_for_model
from prompts.library import render
from rooftree.errors import ToolError
from tools.drafts.draft import Draft
from tools.edits.whole_definitions import definition
from tools.model_tools.arguments import Texts
from tools.model_tools.toolbox import Toolbox
from tools.model_tools.working_draft import WorkingDraft

STEPS: dict[LoopSize, int] = {"S": 10, "M": 14, "L": 20}
WALL_SECONDS = 900.0
MAX_TARGETS = 8
MAX_PLAN_STEPS = 8
MAX_PART_LENGTH = 1_000
MAX_TASK_SHARE = 1 / 4


class PlanArguments(EndArguments):
    """What a planner says at the end."""

    playbook: PlaybookName = Field(
        description="fix: repair; change: new or other behaviour; test: tests alone; document: text"
    )
    places: Texts = Field(description="what to change, such as src/a.py::f, most important first")
    tests: Texts = Field(default=(), description="tests that fail now and have to pass")
    steps: Texts = Field(default=(), description="three to six steps, files and a test in them")
    parts: Texts = Field(
        default=(), description="of a large task only: 2 to 6 tasks in order, each with its tests"
    )


@dataclass(slots=True)
class PlanGate:
    """Sends a plan back, once, whose places are not there."""

    working: WorkingDraft
    can_run: bool = field(default=False, init=False)
    sent_back: int = field(default=0, init=False)

    def review(self, finish: EndArguments) -> tuple[str, tuple[str, ...]]:
        places = finish.places if isinstance(finish, PlanArguments) else ()
        points = tuple(self._problems(places))
        if not points or self.sent_back:
            return "", points
        self.sent_back += 1
        listed = "\n".join(f"- {point}" for point in points)
        return (
            f"not planned yet:\n{listed}\nName places as they are; new files go into steps.",
            points,
        )

    def _problems(self, places: Sequence[str]) -> list[str]:
        if not places:
            return ["no place is named"]
        return [problem for one in places if (problem := self.problem_of(target_of(one)))]

    def problem_of(self, target: EditTarget) -> str:
        """Say why a place is none; "" where it is one."""
        if not self.working.exists(target.path):
            return str(self.working.missing(target.path))
        if not target.symbol:
            return ""
        try:
            definition(target.path, self.working.draft.text(target.path), target.symbol)
        except ToolError as error:
            return str(error)
        return ""


async def plan_with_tools(team: Team, task: str) -> ChangePlan | None:
    """Let the planner look and plan; None where it came to no plan that can be followed."""
    member = team.members["planner"]
    settings = settings_of_member(member, steps=STEPS[member.size]).for_reading()
    working = WorkingDraft(Draft(team.snapshot, {}), settings.limits)
    gate = PlanGate(working)
    result = await _loop(team, task, settings, working, gate).run()
    finish = result.finish
    if not result.finished or not isinstance(finish, PlanArguments):
        team.events.emit("error", message=f"the planner came to no plan: {result.exit}")
        return None
    targets = [target_of(one) for one in finish.places]
    targets = [one for one in targets if not gate.problem_of(one)][:MAX_TARGETS]
    if not targets or finish.playbook not in CHOSEN:
        return None
    known = team.checks.project.test_files if team.checks is not None else ()
    tests = tuple(one for one in finish.tests if one.partition("::")[0] in known)
    steps = tuple(text_for_model(one, 400, keep="start") for one in finish.steps[:MAX_PLAN_STEPS])
    plan = ChangePlan.of(finish.playbook, targets, tests, text_for_model(finish.summary, 400))
    return replace(plan, steps=steps or plan.steps, parts=_parts(finish.parts))


def _parts(told: Sequence[str]) -> tuple[str, ...]:
    """Return the parts of a task; one alone is the task, and too many are no plan of it."""
    parts = [text_for_model(one, MAX_PART_LENGTH, keep="start") for one in told if one.strip()]
    return tuple(parts) if 1 < len(parts) <= MAX_PARTS else ()


def _loop(
    team: Team, task: str, settings: LoopSettings, working: WorkingDraft, gate: PlanGate
) -> AgentLoop:
    member = team.members["planner"]
    toolbox = Toolbox(working, None, team.repository, team.memo, is_small=settings.size == "S")
    form = FinishForm(PlanArguments, "Say how the task is to be done, once you have read enough.")
    scouts = scout_tools(team, member, settings, working)
    tools = Toolset((*toolbox.for_reading(), *scouts), team.memo, team.events, form)
    room = int(settings.window * MAX_TASK_SHARE * 3)
    if len(task) > room:
        working.task = task
    prompt = render(
        "change/plan_with_tools",
        task=text_for_model(task, room, keep="start"),
        is_cut=len(task) > room,
        can_run=team.checks is not None,
    )
    team.prompts[prompt.id] = prompt.sha
    size = PromptSize(tools.as_api())
    return AgentLoop(
        LoopModel(team.answers, member.model, settings, size),
        tools,
        Transcript.of(prompt),
        settings,
        gate,
        team.events,
        WorkSoFar,
        WALL_SECONDS,
        "planner",
    )
