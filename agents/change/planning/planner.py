"""The planner: the kind of task, the places it concerns, and the tests that show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agents.change.planning.plan import CHOSEN, ChangePlan, EditTarget, PlaybookName
from agents.change.planning.tool_planner import plan_with_tools
from agents.change.planning.traceback import traceback_targets
from agents.evidence.named_tests import asks_for_test, names_of, tests_named
from agents.loop.settings import uses_tools
from agents.runs.team import Team, answer_schema, json_of, text_for_model
from prompts.library import render
from rooftree.errors import ToolRefusedError
from tools.projects.test_file_names import is_test_file

MAX_PLACES = 8
MAX_TASK_LENGTH = 2000
PLAN_TOKENS = 120


@dataclass(frozen=True, slots=True)
class PlaceCandidate:
    """A definition that a search found."""

    path: str
    symbol: str
    signature: str


class PlaceFinder(Protocol):
    """Finds places for words; a repository's index does."""

    async def __call__(self, task: str, limit: int) -> Sequence[PlaceCandidate]: ...


async def make_plan(team: Team, task: str, find: PlaceFinder) -> ChangePlan:
    """Plan without a model where the task names a failing test, and with it otherwise."""
    tests = tests_named(task, team.checks.project.test_files) if team.checks is not None else ()
    if tests:
        return ChangePlan.of("fix", tests=tests, reason="the task names a test")
    failed_at = traceback_targets(task, team.snapshot)
    if failed_at:
        return ChangePlan.of("fix", failed_at, reason="the task holds a traceback")
    if uses_tools(team.members["planner"]):
        plan = await plan_with_tools(team, task)
        if plan is not None:
            return plan
    places = [place for place in await find(task, 2 * MAX_PLACES) if _editable(team, place)]
    if asks_for_test(task) and team.members["coder"].tier != "capable":
        return ChangePlan.of("test", [_tested(task, places)], reason="the task asks for a test")
    places = places[:MAX_PLACES]
    prompt = render(
        "change/plan", task=text_for_model(task, MAX_TASK_LENGTH, keep="start"), places=places
    )
    told = json_of(
        await team.ask("planner", prompt, max_tokens=PLAN_TOKENS, schema=_schema(len(places)))
    )
    named = told.get("playbook")
    playbook: PlaybookName = next((one for one in CHOSEN if one == named), "change")
    chosen = _chosen(told.get("places"), places) or places[:1]
    targets = [EditTarget(place.path, place.symbol) for place in chosen]
    return ChangePlan.of(playbook, targets, reason=f"{len(places)} places were found for the task")


def _tested(task: str, places: Sequence[PlaceCandidate]) -> EditTarget:
    """Return the function that a test is asked for; ToolRefusedError where none is named."""
    names = names_of(task)
    named = [
        place
        for place in places
        if place.symbol and ({place.symbol, place.symbol.rpartition(".")[2]} & set(names))
    ]
    if not named:
        raise ToolRefusedError(
            "no test is written: the task names no function that was found; name it in backticks, "
            "such as `total`"
        )
    if not named[0].path.endswith(".py"):
        raise ToolRefusedError(
            f"no test is written: {named[0].path} is not Python, and no other test can be shown "
            "to test anything here"
        )
    exact = [place for place in named if place.symbol in names]
    return EditTarget((exact or named)[0].path, (exact or named)[0].symbol)


def _editable(team: Team, place: PlaceCandidate) -> bool:
    return place.path in team.snapshot.files and not is_test_file(place.path)


def _chosen(told: Any, places: Sequence[PlaceCandidate]) -> list[PlaceCandidate]:
    numbers = told if isinstance(told, list) else []
    right = [one for one in numbers if isinstance(one, int) and 1 <= one <= len(places)]
    return [places[number - 1] for number in dict.fromkeys(right)][:3]


def _schema(places: int) -> dict[str, Any]:
    number = {"type": "integer", "enum": list(range(1, places + 1))} if places else {"type": "null"}
    return answer_schema(
        {
            "playbook": {"type": "string", "enum": list(CHOSEN)},
            "places": {"type": "array", "items": number, "maxItems": 3 if places else 0},
        }
    )
