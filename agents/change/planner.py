"""The planner: what kind of task it is, which places it is about, and which tests show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agents.change.plan import PLAYBOOKS, Plan, Playbook, Target
from agents.change.task import tests_named
from agents.change.team import Team, json_of, shown
from prompts.library import render
from tools.projects.names import is_test_file

MOST_PLACES = 8
LONGEST_TASK = 2000
PLAN_TOKENS = 120


@dataclass(frozen=True, slots=True)
class Place:
    """A definition that a search found."""

    path: str
    symbol: str
    signature: str


class Finds(Protocol):
    """Finds places for words; a repository's index does."""

    async def __call__(self, task: str, limit: int) -> Sequence[Place]: ...


async def make_plan(team: Team, task: str, find: Finds) -> Plan:
    """Plan without a model where the task names a failing test, and with it otherwise."""
    tests = tests_named(task, team.checks.project.test_files) if team.checks is not None else ()
    if tests:
        return Plan.of("fix", tests=tests, reason="the task names a test")
    places = [place for place in await find(task, 2 * MOST_PLACES) if _editable(team, place)]
    places = places[:MOST_PLACES]
    prompt = render("change/plan", task=shown(task, LONGEST_TASK, keep="start"), places=places)
    told = json_of(
        await team.ask("planner", prompt, max_tokens=PLAN_TOKENS, schema=_schema(len(places)))
    )
    named = told.get("playbook")
    playbook: Playbook = next((one for one in PLAYBOOKS if one == named), "change")
    chosen = _chosen(told.get("places"), places) or places[:1]
    targets = [Target(place.path, place.symbol) for place in chosen]
    return Plan.of(playbook, targets, reason=f"{len(places)} places were found for the task")


def _editable(team: Team, place: Place) -> bool:
    return place.path in team.snapshot.files and not is_test_file(place.path)


def _chosen(told: Any, places: Sequence[Place]) -> list[Place]:
    numbers = told if isinstance(told, list) else []
    right = [one for one in numbers if isinstance(one, int) and 1 <= one <= len(places)]
    return [places[number - 1] for number in dict.fromkeys(right)][:3]


def _schema(places: int) -> dict[str, Any]:
    number = {"type": "integer", "enum": list(range(1, places + 1))} if places else {"type": "null"}
    return {
        "type": "object",
        "properties": {
            "playbook": {"type": "string", "enum": list(PLAYBOOKS)},
            "places": {"type": "array", "items": number, "maxItems": 3 if places else 0},
        },
        "required": ["playbook", "places"],
        "additionalProperties": False,
    }
