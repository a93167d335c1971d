"""A rename, a move or an upgrade that a task asks for, done by rules: whole, and without a model.

Where the rules refuse, a model that may be relied on can still make the change as any other; what
they said goes with the task then, and is told with what comes of it.
"""

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from agents.change.coding.upgraded import Upgrade
from agents.change.planning.plan import ChangePlan, EditTarget
from agents.evidence.named_dependency import upgrade_of
from agents.evidence.named_tests import move_of, rename_of
from agents.runs.team import Team
from rooftree.errors import ToolError, ToolRefusedError
from tools.drafts.draft import Draft
from tools.moving.move import move
from tools.moving.request import MoveRequest, rewritten
from tools.renaming.rename import Renaming, rename, written
from tools.upgrading.request import (
    MisspelledDependencyError,
    UnlistedDependencyError,
    UpgradeRequest,
)
from tools.upgrading.upgrade import upgrade

Told = dict[str, Any]
_REFUSALS = {one.__name__: one for one in (MisspelledDependencyError, UnlistedDependencyError)}
"""Refusals after which something else is done than after others."""


@dataclass(frozen=True, slots=True)
class MechanicalDraft:
    """A draft in which everything is renamed or moved, or a dependency upgraded."""

    draft: Draft
    plan: ChangePlan
    said: str
    """What was seen of it."""
    notes: tuple[str, ...] = ()
    moved: tuple[str, str] | None = None
    """The file or the definition that was moved, and where it is now: tests are named by that."""
    upgrade: Upgrade | None = None


async def mechanical_draft(team: Team, draft: Draft, task: str) -> MechanicalDraft | None:
    """Do what a task asks for; None where it asks for none of this, or for more.

    ToolRefusedError, with the places, where it cannot be done whole.
    """
    moving = move_of(task)
    if moving is not None:
        return await _moved(team, draft, moving)
    upgrading = upgrade_of(task)
    if upgrading is not None:
        return await _upgraded(team, draft, upgrading)
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


async def _upgraded(team: Team, draft: Draft, request: UpgradeRequest) -> MechanicalDraft:
    told = await _once(
        team, "upgrade", f"{draft.digest} {request}", lambda: asdict(upgrade(draft, request))
    )
    for path, text in told["texts"].items():
        draft = draft.with_text(path, text)
    name, wanted, edits = told["name"], told["wanted"], tuple(told["edits"])
    done = Upgrade(name, wanted, told["ecosystem"], tuple(told["texts"]), edits)
    targets = [EditTarget(path) for path in told["texts"]]
    plan = ChangePlan.of("upgrade", targets, reason=f"upgrade {name} to {wanted}")
    notes = (*edits, *told["locks"], *told["notes"])
    return MechanicalDraft(draft, plan, "", notes, upgrade=done)


async def _once(team: Team, kind: str, key: str, work: Callable[[], Told]) -> Told:
    """Do it once: what it takes minutes to find is not sought again by a run that goes on."""

    def refusing() -> Told:
        try:
            return {"refused": "", **work()}
        except ToolError as error:
            return {"refused": str(error), "as": type(error).__name__}

    async def threaded() -> Any:
        return await asyncio.to_thread(refusing)

    told: Told = await team.memo.once(kind, key, threaded)
    if told["refused"]:
        raise _REFUSALS.get(told.get("as", ""), ToolRefusedError)(told["refused"])
    return told
