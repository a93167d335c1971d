"""A reviewer with tools, for models that can be trusted with them.

It sees task, diff and measurements, looks into the files as they would be, and may run their tests;
it sees nothing of how the diff was made. It sends a change back by a test that fails with the
change and passes without it, which we run again, or by words of the task; its opinion is told.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from agents.change.reviewer import (
    MAX_REASON_LENGTH,
    MAX_WARNINGS,
    ReviewVerdict,
    contradicted,
    measured_fault,
    saw,
)
from agents.evidence.evidence import Baseline, Evidence
from agents.loop.asking import LoopModel
from agents.loop.finish_gate import OpenGate
from agents.loop.loop import AgentLoop
from agents.loop.prompt_size import PromptSize
from agents.loop.settings import CHARACTERS_PER_TOKEN, LoopSettings, LoopSize, settings_of_member
from agents.loop.summarising import WorkSoFar
from agents.loop.toolset import EndArguments, FinishForm, Toolset
from agents.loop.transcript import Transcript
from agents.runs.team import Team, text_for_model
from indexing.secrets.redact import redact
from prompts.library import RenderedPrompt, render
from rooftree.errors import SandboxUnavailableError
from tools.drafts.approval_view import ApprovalView, warning_sentences
from tools.drafts.draft import Draft
from tools.model_tools.arguments import Text, Texts
from tools.model_tools.toolbox import Toolbox
from tools.model_tools.working_draft import WorkingDraft

STEPS: dict[LoopSize, int] = {"S": 8, "M": 12, "L": 16}
WALL_SECONDS = 900.0
PROMPT_SHARE = 1 / 2
"""Of the window, that the first prompt takes at most; the tool `diff` shows what it leaves out."""


class VerdictArguments(EndArguments):
    """What a reviewer says at the end."""

    verdict: Literal["approve", "revise"] = Field(description="whether the change may go on")
    reasons: Texts = Field(default=(), description="one or two, naming lines of the diff")
    contradicts: Text = Field(default="", description="words of the task, exact")
    failing_test: Text = Field(default="", description="one that passed before")


async def review_with_tools(
    team: Team, task: str, draft: Draft, view: ApprovalView, baseline: Baseline, evidence: Evidence
) -> ReviewVerdict:
    """Judge a change; one that came to no verdict has not reviewed it."""
    lines = view.added + view.removed
    fault = measured_fault(baseline, evidence)
    if fault:
        return ReviewVerdict("objects", (fault,), True, 0, lines, view.digest)
    member = team.members["reviewer"]
    settings = settings_of_member(member, steps=STEPS[member.size]).for_reading()
    working = WorkingDraft(draft, settings.limits)
    toolbox = Toolbox(
        working, team.checks, team.repository, team.memo, team.may_run, is_small=False
    )
    loop, seen = _loop(team, task, settings, toolbox, view, evidence)
    try:
        result = await loop.run()
    finally:
        await toolbox.close()
    finish = result.finish
    if not result.finished or not isinstance(finish, VerdictArguments):
        why = f"the reviewer came to no verdict: {result.exit}"
        return ReviewVerdict("unreviewed", (why[:MAX_REASON_LENGTH],), False, 0, lines, view.digest)
    seen = lines if seen == lines or _looked_at_all(loop, draft) else seen
    return await _judged(team, task, draft, view, finish, seen)


async def _judged(
    team: Team,
    task: str,
    draft: Draft,
    view: ApprovalView,
    finish: VerdictArguments,
    seen: int,
) -> ReviewVerdict:
    """Return what a verdict is worth: what it says of a test is looked at, and not believed."""
    lines = view.added + view.removed
    said = finish.reasons[:2] or (finish.summary,)
    reasons = tuple(redact(one)[:MAX_REASON_LENGTH] for one in said)
    if finish.verdict == "approve":
        if seen < lines:
            return ReviewVerdict("unreviewed", (saw(seen, lines),), False, seen, lines, view.digest)
        return ReviewVerdict("approved", reasons, False, seen, lines, view.digest)
    broken = await _broken_by(team, draft, finish.failing_test.strip())
    if broken:
        return ReviewVerdict("objects", (broken, *reasons), True, seen, lines, view.digest)
    words = contradicted(finish.contradicts, task)
    return ReviewVerdict("objects", reasons, False, seen, lines, view.digest, words)


async def _broken_by(team: Team, draft: Draft, test: str) -> str:
    """Say that a test fails with a draft and passes without it, where both are so."""
    if not test or test.startswith("-") or team.checks is None:
        return ""
    try:
        after = await team.checks.tests(draft, (test,))
        before = await team.checks.tests(Draft(draft.snapshot, {}), (test,))
    except SandboxUnavailableError:
        return ""
    fails = after.is_reliable and bool(after.failed)
    return f"{test} fails with the change and passes without it" if fails and before.passed else ""


def _looked_at_all(loop: AgentLoop, draft: Draft) -> bool:
    """Say whether the whole diff was shown by the tool `diff`, file by file or at once."""
    shown = {
        one.key
        for turn in loop.transcript.exchanges()
        for one in turn.outcomes
        if one.call.name == "diff" and "cut here" not in one.text
    }
    return "diff({})" in shown or all(f'diff({{"path": "{one}"}})' in shown for one in draft.paths)


def _loop(
    team: Team,
    task: str,
    settings: LoopSettings,
    toolbox: Toolbox,
    view: ApprovalView,
    evidence: Evidence,
) -> tuple[AgentLoop, int]:
    """Return the loop, and how many changed lines its first prompt shows."""
    member = team.members["reviewer"]
    form = FinishForm(VerdictArguments, "Say whether the change may go on, once you have looked.")
    tools = Toolset(toolbox.for_review(), team.memo, team.events, form)
    size = PromptSize(tools.as_api())
    told = {
        "task": text_for_model(task, int(settings.window / 8 * CHARACTERS_PER_TOKEN), keep="start"),
        "warnings": warning_sentences(view.warnings, MAX_WARNINGS),
        "evidence": evidence.describe(),
        "can_run": toolbox.can_run,
    }
    rows = len(view.rows)
    prompt, seen = _prompt(view, rows, told)
    room = int(settings.window * PROMPT_SHARE)
    while rows and (tokens := size.tokens(prompt.messages)) > room:
        rows = min(rows - 1, rows * room // tokens)
        prompt, seen = _prompt(view, rows, told)
    team.prompts[prompt.id] = prompt.sha
    loop = AgentLoop(
        LoopModel(team.answers, member.model, settings, size),
        tools,
        Transcript.of(prompt),
        settings,
        OpenGate(toolbox.working),
        team.events,
        lambda: WorkSoFar(*toolbox.work_so_far()),
        WALL_SECONDS,
        "reviewer",
    )
    return loop, seen


def _prompt(view: ApprovalView, rows: int, told: Mapping[str, Any]) -> tuple[RenderedPrompt, int]:
    """Return the first prompt with that many rows of the diff, and the changed lines among them."""
    diff, seen = view.first(rows)
    left_out = view.added + view.removed - seen
    diff = diff.removesuffix("\n")
    return render("change/review_with_tools", diff=diff, left_out=left_out, **told), seen
