"""The tool `scout`: another loop of the same model that reads, and says where something is.

It costs the one who sends it no more than the places that it returns. A scout has its own
transcript, few steps and a share of the budget; it can change and run nothing, and send no scout.
There are none where a server answers one call at a time: they would only push each other out of
its cache. What came of a scout is remembered as a whole, with what it spent, so that a run that is
resumed does not depend on which of several was done first.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import Field

from agents.loop.asking import LoopModel
from agents.loop.finish_gate import OpenGate
from agents.loop.loop import AgentLoop
from agents.loop.prompt_size import PromptSize
from agents.loop.result import LoopResult
from agents.loop.scouted_places import check_places
from agents.loop.settings import LoopSettings
from agents.loop.summarising import WorkSoFar
from agents.loop.toolset import EndArguments, FinishForm, Toolset
from agents.loop.transcript import Transcript
from agents.runs.budget import Budget, Spending
from agents.runs.recorded_model import RecordedModel
from agents.runs.team import Team, TeamMember
from prompts.library import render
from rooftree.errors import ToolRefusedError, ToolRetryError
from rooftree.telemetry.events import Event, EventLog
from rooftree.telemetry.progress import ScoutReturned
from tools.drafts.draft import Draft
from tools.model_tools.arguments import Arguments, Lines, Text
from tools.model_tools.tool import Tool
from tools.model_tools.toolbox import Toolbox
from tools.model_tools.working_draft import WorkingDraft
from tools.once import Memo, StepWork
from tools.projects.draft_runs import key_of

SCOUT_STEPS = 10
MAX_SCOUTS = 6
"""Of one loop: a model that sends more of them does not read what they say."""
MIN_SLOTS = 2
BUDGET_SHARE = 8
"""A scout may spend one part of so many of the whole budget."""
WALL_SECONDS = 300.0
MAX_QUESTION = 2_000
NAME = "scout"
SHOWN = frozenset({"tool.started", "tool.finished", "error"})
"""Events of a scout that are told of, under its name; its steps are not."""

ReadingTools = Callable[[WorkingDraft], tuple[Tool, ...]]


class ScoutArguments(Arguments):
    question: Text = Field(description="what to find, with the names that you know")


class ScoutFinishArguments(EndArguments):
    """What a scout says at the end."""

    places: Lines = Field(
        default=(), description="each as path:line or path:start-end, a blank, and why"
    )


@dataclass(slots=True)
class Scouts:
    """Sends out the scouts of one loop, over its draft as it is then."""

    answers: RecordedModel
    member: TeamMember
    settings: LoopSettings
    working: WorkingDraft
    reading_tools: ReadingTools
    events: EventLog
    prompts: dict[str, str]
    wall_seconds: float = WALL_SECONDS
    _sent: int = field(default=0, init=False)
    _together: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._together = asyncio.Semaphore(self.member.slots)

    def tool(self) -> Tool:
        return Tool(
            NAME,
            f"Send out a scout that reads for you, at most {SCOUT_STEPS} steps, and returns places "
            "as path:line with reasons. For wide questions; send several at once.",
            ScoutArguments,
            self.scout,
        )

    async def scout(self, arguments: ScoutArguments) -> str:
        """Send out a scout, and return the places that it names and that are there."""
        question = arguments.question.strip()[:MAX_QUESTION]
        if not question:
            raise ToolRetryError("the question is empty; say what to find")
        if self._sent >= MAX_SCOUTS:
            raise ToolRefusedError(
                f"{self._sent} scouts were sent out, which are all that there are; look yourself"
            )
        self._sent += 1
        number, draft = self._sent, self.working.draft

        async def work() -> dict[str, Any]:
            async with self._together:
                return await self._scouted(number, question, draft)

        key = key_of(draft, (str(number), question))
        told: Mapping[str, Any] = await self.answers.memo.once(NAME, key, work)
        self.answers.spending.include(told["spent"])
        self.events.progress(
            ScoutReturned(f"{NAME} {number}", told["steps"], told["places"], told["ended"])
        )
        return str(told["text"])

    async def _scouted(self, number: int, question: str, draft: Draft) -> dict[str, Any]:
        """Let a scout look, and return what came of it as it may be kept."""
        working = WorkingDraft(draft, self.settings.limits)
        spending = Spending(self._share(), section=self.answers.spending.section)
        try:
            result = await self._loop(f"{NAME} {number}", number, question, working, spending).run()
        except BaseException:
            # It is not remembered, and was spent all the same.
            self.answers.spending.include(spending.as_json())
            raise
        finish, places, ended = result.finish, 0, _why_ended(result)
        text = f"The scout came to no answer: {ended}; this says nothing of what is there."
        if result.finished and isinstance(finish, ScoutFinishArguments):
            checked = await asyncio.to_thread(check_places, working, finish.places)
            places, text = len(checked.places), checked.text(finish.summary, finish.unsure)
        return {
            "text": text,
            "places": places,
            "steps": result.steps,
            "ended": ended,
            "spent": spending.as_json(),
        }

    def _loop(
        self, name: str, number: int, question: str, working: WorkingDraft, spending: Spending
    ) -> AgentLoop:
        settings = replace(
            self.settings.for_reading(),
            steps=SCOUT_STEPS,
            seed=self.settings.seed + number * 100,
        )
        memo = ScoutMemo(self.answers.memo, name)
        answers = RecordedModel(self.answers.answers, memo, spending, self.answers.conversations)
        events = EventLog(self._forwarding(name), self.events.run)
        form = FinishForm(ScoutFinishArguments, "Say where it is, or that you did not find it.")
        tools = Toolset(self.reading_tools(working), memo, events, form)
        prompt = render("tools/scout", question=question, steps=SCOUT_STEPS)
        self.prompts[prompt.id] = prompt.sha
        size = PromptSize(tools.as_api())
        return AgentLoop(
            LoopModel(answers, self.member.model, settings, size),
            tools,
            Transcript.of(prompt),
            settings,
            OpenGate(working),
            events,
            WorkSoFar,
            self.wall_seconds,
            name,
        )

    def _share(self) -> Budget:
        """Return what one scout may spend: as many as look at once stay within what is left."""
        whole, left = self.answers.spending.budget, self.answers.spending.left()
        among = min(self.member.slots, MAX_SCOUTS)
        return Budget(
            min(2 * SCOUT_STEPS, left.model_calls // among),
            min(whole.tokens // BUDGET_SHARE, left.tokens // among),
            min(whole.seconds / BUDGET_SHARE, left.seconds / among),
        )

    def _forwarding(self, name: str) -> Callable[[Event], None]:
        def forward(event: Event) -> None:
            if event.kind in SHOWN:
                self.events.emit(event.kind, **event.data, agent=name)

        return forward


@dataclass(frozen=True, slots=True)
class ScoutMemo:
    """Remembers what a scout's tools said apart from what the same call says to others.

    Of a scout that is remembered as a whole its steps are not asked for again, and must not be
    taken for somebody else's. No answer of a model can be: its key is the whole request.
    """

    memo: Memo
    name: str

    async def once(self, kind: str, key: str, work: StepWork) -> Any:
        return await self.memo.once(kind, key if kind == "model" else f"{self.name}\0{key}", work)


def scout_tools(
    team: Team, member: TeamMember, settings: LoopSettings, working: WorkingDraft
) -> tuple[Tool, ...]:
    """Return the tool where scouts are worth it: for a larger model whose server has the places."""
    if settings.size == "S" or member.slots < MIN_SLOTS:
        return ()

    def reading_tools(own: WorkingDraft) -> tuple[Tool, ...]:
        return Toolbox(own, None, team.repository, team.memo).for_reading()

    scouts = Scouts(
        team.answers, member, settings, working, reading_tools, team.events, team.prompts
    )
    return (scouts.tool(),)


def _why_ended(result: LoopResult) -> str:
    """Say why there is no answer; "" where there is one."""
    return "" if result.finished else str(result.exit)
