"""A rename that a task asks for, done by rules: no model is called, and it is never partial."""

import asyncio
from dataclasses import dataclass
from typing import Any

from agents.change.planning.plan import ChangePlan, EditTarget
from agents.runs.team import Team
from rooftree.errors import ToolError, ToolRefusedError
from tools.drafts.draft import Draft
from tools.renaming.rename import Renaming, rename, written


@dataclass(frozen=True, slots=True)
class RenamedDraft:
    """A draft with everything renamed."""

    draft: Draft
    plan: ChangePlan
    said: str
    notes: tuple[str, ...] = ()


async def rename_draft(team: Team, draft: Draft, wish: Renaming) -> RenamedDraft:
    """Rename in a draft; ToolRefusedError, with the places, where it cannot be done whole."""

    async def work() -> Any:
        return await asyncio.to_thread(_told, draft, wish)

    # What it takes minutes to find in a large repository is not sought again by a run that goes on.
    told = await team.memo.once("rename", f"{draft.digest} {wish}", work)
    if told["refused"]:
        raise ToolRefusedError(told["refused"])
    spots = {
        path: [(line, column) for line, column in told["spots"][path]] for path in told["spots"]
    }
    draft = written(draft, spots, wish)
    said = (
        f"{sum(map(len, spots.values()))} places in {len(spots)} files, found by resolving names, "
        f"lead to {wish.new} now, and none to {wish.last}"
    )
    target = EditTarget(told["path"], told["symbol"])
    plan = ChangePlan.of("rename", [target], reason=f"rename {target} to {wish.new}")
    return RenamedDraft(draft, plan, said, tuple(told["notes"]))


def _told(draft: Draft, wish: Renaming) -> dict[str, Any]:
    try:
        done = rename(draft, wish)
    except ToolError as error:
        return {"refused": str(error)}
    return {
        "refused": "",
        "spots": done.spots,
        "path": done.path,
        "symbol": done.symbol,
        "notes": done.notes,
    }
