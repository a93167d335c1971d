"""The coder as an agent that chooses its own tools, for models that can be trusted with them."""

import asyncio

from agents.change.planning.plan import ChangePlan
from agents.runs.team import Team, text_for_model
from agents.runtime.worker import run_worker
from indexing.repository.refresh import refresh_index
from prompts.library import RenderedPrompt, render
from rooftree.errors import IndexingError, WallClockError
from rooftree.telemetry.progress import Counted, ToolsUsed
from tools.drafts.draft import Draft
from tools.model_tools.editing import EditingTools

MAX_TURNS = 24
WALL_SECONDS = 1800.0


async def work_with_tools(
    team: Team, draft: Draft, task: str, plan: ChangePlan, *, evidence: str = "", doubts: str = ""
) -> Draft:
    """Let the coder edit a draft until it says that it is done; returns the draft."""
    member = team.members["coder"]
    await asyncio.to_thread(_freshen, team)
    tools = EditingTools(draft, team.checks, team.repository, member.edit_format, team.may_run)
    prompt = render(
        "change/work",
        task=text_for_model(task, 6000, keep="start"),
        steps=[*plan.steps, *(f"Look at {target} first." for target in plan.targets)],
        evidence=evidence,
        doubts=doubts,
    )
    team.prompts[prompt.id] = prompt.sha
    try:
        said = await _worked(team, tools, prompt)
    except WallClockError as error:
        said = str(error)  # what it has edited by then is measured like any other draft
    team.events.progress(ToolsUsed(tools.edits, text_for_model(said, 600)))
    return tools.draft


async def _worked(team: Team, tools: EditingTools, prompt: RenderedPrompt) -> str:
    member = team.members["coder"]
    return await run_worker(
        "coder",
        prompt,
        answers=team.answers,
        model=member.model,
        context_tokens=member.context_tokens,
        answer_tokens=member.answer_tokens + member.thinking_tokens,
        tools=tools.all(),
        most_turns=MAX_TURNS,
        wall_seconds=WALL_SECONDS,
        events=team.events,
    )


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
