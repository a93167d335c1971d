"""A reviewer with tools reads one part of a change, for models that can be trusted with them.

It is shown the changed lines of one definition, what the change says of itself and who names what
is changed; the files as they would be it looks into on its own. More of it at once makes reviews
worse (SWE-PRBench, arXiv 2603.26130). It runs nothing, since what is proposed may be anybody's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field

from agents.loop.asking import LoopModel
from agents.loop.finish_gate import OpenGate
from agents.loop.loop import AgentLoop
from agents.loop.prompt_size import PromptSize
from agents.loop.settings import LoopSettings, LoopSize, settings_of_member
from agents.loop.summarising import WorkSoFar
from agents.loop.toolset import EndArguments, FinishForm, Toolset
from agents.loop.transcript import Transcript
from agents.review.reading.change_context import ChangeContext
from agents.review.reading.hunk_packs import HunkPack
from agents.runs.team import Team
from prompts.library import RenderedPrompt, render
from rooftree.errors import ModelError
from tools.diffs.proposal import Proposal
from tools.model_tools.arguments import Text
from tools.model_tools.toolbox import Toolbox
from tools.model_tools.working_draft import WorkingDraft

STEPS: dict[LoopSize, int] = {"S": 4, "M": 8, "L": 8}
WALL_SECONDS = 600.0


class ClaimArguments(BaseModel):
    """One defect; what more a model says of it is not read."""

    quote: Text = Field(description="the faulty line, exact")
    claim: Text = Field(description="what is wrong, in a sentence")
    trigger: Text = Field(description="when it goes wrong")
    category: Text = Field(default="bug", description="bug, security or performance")
    severity: Text = Field(default="major", description="critical, major or minor")
    replacement: Text = Field(default="", description="lines that would mend it, if it is few")


class FindingsArguments(EndArguments):
    """What a reviewer says at the end; each finding is read and anchored afterwards."""

    findings: tuple[ClaimArguments, ...] = Field(
        default=(), description="what is wrong, if anything"
    )


async def claims_with_tools(
    team: Team, proposal: Proposal, pack: HunkPack, context: ChangeContext, users: Sequence[str]
) -> list[Mapping[str, Any]]:
    """Let the reviewer look into a part of a change; ModelError where it came to no end."""
    member = team.members["reviewer"]
    settings = settings_of_member(member, steps=STEPS[member.size]).for_reading()
    working = WorkingDraft(proposal.head, settings.limits)
    prompt = _prompt(pack, context, users)
    team.prompts[prompt.id] = prompt.sha
    result = await _loop(team, settings, working, prompt).run()
    if result.exit.error is not None:
        raise result.exit.error
    finish = result.finish
    if not result.finished or not isinstance(finish, FindingsArguments):
        raise ModelError(f"of {pack.diff.path} the reviewer came to no end: {result.exit}")
    return [one.model_dump() for one in finish.findings]


def _loop(
    team: Team, settings: LoopSettings, working: WorkingDraft, prompt: RenderedPrompt
) -> AgentLoop:
    toolbox = Toolbox(working, None, team.repository, team.memo, is_small=settings.size == "S")
    form = FinishForm(FindingsArguments, "Say what is wrong, or that nothing is: an empty list.")
    tools = Toolset(toolbox.for_reading(), team.memo, team.events, form)
    size = PromptSize(tools.as_api())
    return AgentLoop(
        LoopModel(team.answers, team.members["reviewer"].model, settings, size),
        tools,
        Transcript.of(prompt),
        settings,
        OpenGate(working),
        team.events,
        WorkSoFar,
        WALL_SECONDS,
        "reviewer",
    )


def _prompt(pack: HunkPack, context: ChangeContext, users: Sequence[str]) -> RenderedPrompt:
    return render(
        "review/find_with_tools",
        said=context.said,
        others=context.others,
        instructions=context.instructions,
        path=pack.diff.path,
        symbol=pack.symbol,
        diff=pack.text,
        context=pack.context,
        language=pack.language,
        users=users,
    )
