"""The coder as an agent that chooses its own tools, for models that can be trusted with them."""

from agents.change.plan import Plan
from agents.change.team import Team, shown
from agents.runtime.worker import run_worker
from prompts.library import render
from tools.draft import Draft
from tools.editing import EditingTools

MOST_TURNS = 24
WALL_SECONDS = 1800.0


async def work_with_tools(
    team: Team, draft: Draft, task: str, plan: Plan, *, evidence: str = "", doubts: str = ""
) -> Draft:
    """Let the coder edit a draft until it says that it is done; returns the draft."""
    member = team.members["coder"]
    tools = EditingTools(draft, team.checks, team.repository, member.edit_format)
    prompt = render(
        "change/work",
        task=shown(task, 6000, keep="start"),
        steps=[*plan.steps, *(f"Look at {target} first." for target in plan.targets)],
        evidence=evidence,
        doubts=doubts,
    )
    team.prompts[prompt.id] = prompt.sha
    said = await run_worker(
        "coder",
        prompt,
        answers=team.answers,
        model=member.model,
        context_tokens=member.context_tokens,
        answer_tokens=member.answer_tokens,
        tools=tools.all(),
        most_turns=MOST_TURNS,
        wall_seconds=WALL_SECONDS,
        events=team.events,
    )
    team.say("worked", edits=tools.edits, said=shown(said, 600))
    return tools.draft
