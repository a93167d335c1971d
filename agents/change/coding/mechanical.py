"""A rename or a move that a task asks for, done by rules: no model is called, and it is whole.

Where the rules refuse, a model that may be relied on can still make the change as any other; what
they said goes with the task then, and is told with what comes of it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agents.change.planning.plan import ChangePlan, EditTarget
from agents.evidence.named_tests import move_of, rename_of
from agents.runs.team import Team
from rooftree.errors import ToolError, ToolRefusedError
from tools.drafts.draft import Draft
from tools.moving.move import move
from tools.moving.request import MoveRequest, rewritten
from tools.renaming.rename import Renaming, rename, written

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class MechanicalDraft:
    """A draft in which everything is renamed, or moved."""

    draft: Draft
    plan: ChangePlan
    said: str
    """What was seen of it."""
    notes: tuple[str, ...] = ()
    moved: tuple[str, str] | None = None
    """The file or the definition that was moved, and where it is now: tests are named by that."""


async def mechanical_draft(team: Team, draft: Draft, task: str) -> MechanicalDraft | None:
    """Rename or move what a task asks for; None where it asks for neither, or for more.

    ToolRefusedError, with the places, where it cannot be done whole.
    """
    moving = move_of(task)
    if moving is not None:
        return await _moved(team, draft, moving)
    renaming = rename_of(task)
    return None if renaming is None else await _renamed(team, draft, renaming)


async def _renamed(team: Team, draft: Draft, request: Renaming) -> MechanicalDraft:
    def work() -> Told:
        done = rename(draft, request)
        spots = {path: list(many) for path, many in done.spots.items()}
        return {"spots": spots, "path": done.path, "symbol": done.symbol, "notes": done.notes}

    told = await _once(team, "rename", f"{draft.digest} {request}", work)
    spots = {
        path: [(line, column) for line, column in told["spots"][path]] for path in told["spots"]
    }
    draft = written(draft, spots, request)
    said = (
        f"{sum(map(len, spots.values()))} places in {len(spots)} files, found by resolving names, "
        f"lead to {request.new} now, and none to {request.last}"
    )
    target = EditTarget(told["path"], told["symbol"])
    plan = ChangePlan.of("rename", [target], reason=f"rename {target} to {request.new}")
    return MechanicalDraft(draft, plan, said, tuple(told["notes"]))


async def _moved(team: Team, draft: Draft, request: MoveRequest) -> MechanicalDraft:
    def work() -> Told:
        done = move(draft, request)
        held = {name: getattr(done, name) for name in ("path", "symbol", "target", "count")}
        return held | {"texts": done.texts, "along": done.along, "notes": done.notes}

    told = await _once(team, "move", f"{draft.digest} {request}", work)
    path, symbol, target = told["path"], told["symbol"], told["target"]
    draft = rewritten(draft, told["texts"], {} if symbol else {target: path})
    along = f", with {', '.join(told['along'])}" if told["along"] else ""
    said = (
        f"{told['count']} uses in {len(told['texts'])} changed files, found by resolving names, "
        f"lead to {target} now, as they led to {path} before{along}"
    )
    place = EditTarget(path, symbol)
    plan = ChangePlan.of("move", [place], reason=f"move {place} to {target}")
    moved = (str(place), str(EditTarget(target, symbol)))
    return MechanicalDraft(draft, plan, said, tuple(told["notes"]), moved)


async def _once(team: Team, kind: str, key: str, work: Callable[[], Told]) -> Told:
    """Do it once: what it takes minutes to find is not sought again by a run that goes on."""

    def refusing() -> Told:
        try:
            return {"refused": "", **work()}
        except ToolError as error:
            return {"refused": str(error)}

    async def threaded() -> Any:
        return await asyncio.to_thread(refusing)

    told: Told = await team.memo.once(kind, key, threaded)
    if told["refused"]:
        raise ToolRefusedError(told["refused"])
    return told
