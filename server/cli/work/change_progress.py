"""The lines that a change shows while it is made: budget, plan, steps of agents, what was tried."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rooftree.telemetry.progress import (
    AgentStep,
    CandidateMeasured,
    DraftReviewed,
    FinishSentBack,
    PartMeasured,
    PlaceEdited,
    Progress,
    RepairTried,
    ScoutReturned,
    SuspectsFound,
)
from rooftree.text.visible import escaped_line
from server.cli.terminal.tool_calls import call_line, result_line
from server.cli.work.terminal_approver import review_text

if TYPE_CHECKING:
    from rooftree.telemetry.events import Event

WAYS = {
    "lines": "line by line",
    "holes": "part by part",
    "gaps": "with lines put in",
    "whole": "as a whole",
}


def describe_change(event: "Event", progress: Progress | None) -> str:
    """Return the line that a step of a change is worth."""
    data = dict(event.data)
    if event.kind == "run.started" and data.get("budget"):
        return budget_text(data["budget"])
    if event.kind == "tool.started":
        return call_line(data)
    if event.kind == "tool.finished" and (data["failed"] or data["tool"] == "run"):
        return result_line(data)
    if event.kind == "plan.updated":
        return plan_text(data)
    if event.kind == "error":
        return "" if data.get("raised") else f"note: {data['message']}"
    if event.kind == "edit.applied":
        return f"applied to {', '.join(map(escaped_line, data['paths']))}"
    return _step(progress)


def budget_text(budget: Mapping[str, Any], section: str = "change") -> str:
    """Say what a run may take at most, before it takes any of it."""
    minutes = round(budget["seconds"] / 60)
    return (
        f"at most {budget['model_calls']} model calls, {budget['tokens']:,} tokens and {minutes} "
        f"minutes of the model's work ({section}.model_calls, .tokens, .seconds)"
    )


def plan_text(plan: Mapping[str, Any]) -> str:
    """Say what is to be done, where, and in how many parts."""
    targets = ", ".join(map(escaped_line, [*plan["tests"], *plan["targets"]]))
    parts = len(plan.get("parts") or ())
    told = (plan["playbook"], targets, f"in {parts} parts" if parts else "")
    return " ".join(["plan:", *filter(None, told)])


def _step(progress: Progress | None) -> str:
    match progress:
        case SuspectsFound(places):
            return f"suspects: {', '.join(map(escaped_line, places[:4]))}"
        case RepairTried(path, symbol, way):
            return f"editing {escaped_line(path)} {symbol} {WAYS.get(way, '')}".rstrip()
        case PlaceEdited(path, symbol):
            return f"editing {escaped_line(path)} {symbol}".rstrip()
        case CandidateMeasured(origin, evidence):
            return f"  {origin}: {evidence}"
        case DraftReviewed():
            return review_text(asdict(progress))
    return _agent_step(progress)


def _agent_step(progress: Progress | None) -> str:
    match progress:
        case AgentStep(role, step, most):
            return f"{role}: step {step} of {most}"
        case FinishSentBack(_, open_points):
            return f"  not finished yet: {'; '.join(map(escaped_line, open_points))}"
        case ScoutReturned(scout, steps, places, ended):
            counted = f"{places} place{'s' * (places != 1)} in {steps} steps"
            return f"    {scout}: {f'no answer: {escaped_line(ended)}' if ended else counted}"
        case PartMeasured(number, count, evidence):
            return f"part {number} of {count}: {escaped_line(evidence)}"
    return ""
