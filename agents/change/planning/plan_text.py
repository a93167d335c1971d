"""A plan as text that a person reads and edits: a line a place, a test or a step."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from rooftree.errors import UsageError

LISTS = ("targets", "tests", "steps", "parts")
_HEADS = {"playbook": "playbook", "places": "targets", **{one: one for one in LISTS[1:]}}
_ITEM = re.compile(r"(?:[-*]|\d{1,3}[.)])\s{1,8}")
HELP = (
    "# Edit the plan: playbook is fix, change, test or document; a place is path::name.\n"
    "# Parts are made and tested one after another; without any the task is made at once.\n"
    "# Lines that begin with # are left out; an emptied list stays empty.\n"
)


def plan_text(plan: Mapping[str, Any]) -> str:
    """Return a plan, as `ChangePlan.as_json` gives it, as text."""
    lines = [f"playbook: {plan['playbook']}"]
    for head, name in _HEADS.items():
        if name in LISTS:
            numbered = name in ("steps", "parts")
            lines += ["", f"{head}:", *_items(plan.get(name, ()), numbered=numbered)]
    return "\n".join(lines) + "\n"


def plan_from_text(text: str) -> dict[str, Any]:
    """Read it back as JSON, which is taken as well; UsageError names the line that is neither."""
    if text.lstrip().startswith("{"):
        return _from_json(text)
    told: dict[str, Any] = {}
    current = ""
    for number, line in enumerate(text.split("\n"), 1):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        head, colon, rest = said.partition(":")
        if colon and head in _HEADS and not line[0].isspace() and not rest.startswith(":"):
            current = _HEADS[head]
            told[current] = rest.strip() if current == "playbook" else []
        elif current in LISTS:
            match = _ITEM.match(said)
            told[current].append(said[match.end() :] if match else said)
        else:
            raise UsageError(
                f"line {number} of the plan is in no part of it; its parts are "
                f"{', '.join(f'{one}:' for one in _HEADS)}"
            )
    return told


def _items(items: Sequence[str], *, numbered: bool) -> list[str]:
    return [f"  {f'{at}.' if numbered else '-'} {one}" for at, one in enumerate(items, 1)]


def _from_json(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise UsageError(f"the plan is no JSON any more: {error}") from error
    return dict(told)
