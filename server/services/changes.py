"""A change as it is made in its run's folder: begun, gone on with, or done again."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from agents.change.flow import Settings
from agents.change.outcome import Outcome
from agents.change.planning.plan import Plan, plan_of
from agents.change.start import Change, members_of
from agents.runs.budget import Budget
from agents.runs.store import Record, RunFolder
from agents.runs.team import Member
from models.probing.profile import ROLES, Role
from rooftree.errors import UsageError
from rooftree.git.commands import open_worktree
from rooftree.telemetry.events import Event, EventLog
from server.base.thread_relay import Listener, Relay
from server.services.host import Host
from tools.approvals import Approver, nobody
from tools.drafts.apply import load_draft
from tools.drafts.applying.journal import Journal
from tools.drafts.draft import Draft
from tools.drafts.kept_draft import DRAFT

if TYPE_CHECKING:
    from models.gateway import ModelAccess


async def members(host: Host, model: str = "") -> dict[Role, Member]:
    """Return who plays which role: an alias of the role's name, else whoever answers chat."""
    access = host.models
    await access.client()
    found: dict[Role, Member] = {}
    for role in ROLES:
        name = model or (role if role in access.routes else access.model)
        found[role] = await _member(host, access, name, role)
    return found


async def run_change(
    host: Host, folder: RunFolder, approver: Approver | None, listener: Listener
) -> Outcome:
    """Make the change of a run from where it stands; its events are kept and told."""
    record = folder.record()
    settings = record.settings

    def listen(event: Event) -> None:
        folder.note(event)
        listener(event)

    repo = Path(record.repo)
    worktree = await asyncio.to_thread(open_worktree, repo)
    hosted = await asyncio.to_thread(host.open, repo)
    relay = Relay(listen)
    plan = settings.get("plan")
    change = Change(
        host.config,
        worktree,
        await host.models.client(),
        members_of(settings["members"]),
        folder,
        record.task,
        EventLog(relay, folder.id),
        approver or nobody,
        settings["mode"],
        hosted.repository,
        tuple(settings["allowed"]),
        None if plan is None else plan_of(plan, Plan.of(plan["playbook"])),
        Budget(**settings["budget"]),
        Settings(settings["rounds"], settings["candidates"], host.config.change.wall_seconds),
    )
    try:
        return await change.run()
    finally:
        relay.close()


def change_record(folder: RunFolder) -> Record:
    """Return the record of a run; UsageError where it is no change."""
    record = folder.record()
    if record.kind != "change":
        raise UsageError(f"run {record.id} is a {record.kind}; only changes go on or are replayed")
    return record


def draft_of(folder: RunFolder) -> Draft:
    """Return what a run would apply."""
    snapshot = folder.snapshot()
    if snapshot is None:
        raise UsageError(f"run {folder.id} has nothing to apply to {folder.record().repo!r}")
    if not (folder.path / DRAFT).exists():
        record = folder.record()
        raise UsageError(
            f"run {folder.id} has no change to apply to {record.repo!r}: it is {record.status}"
            f"{f' ({record.summary})' if record.summary else ''}"
        )
    return load_draft(snapshot, folder.path)


def recorded(folder: RunFolder, journal: Journal) -> Record:
    """Write down in a run's record what became of its change in the user's tree."""
    applied = journal.state != "undone"
    return folder.save(replace(folder.record(), applied=applied, notes=list(journal.notes)))


async def _member(host: Host, access: "ModelAccess", name: str, role: Role) -> Member:
    located = await access.located(name)
    profile = await host.profiler().known(located[0]) if located else None
    context = access.context_tokens(name) or 4096
    served = located[0].model if located else name
    if profile is None:
        return Member(name, context_tokens=context, served=served)
    of_role = profile.roles[role]
    return Member(
        name,
        of_role.tier,
        profile.edit_format or "unit",
        of_role.prompt_tokens,
        max(of_role.answer_tokens, Member("").answer_tokens),
        min(context, profile.context.measured),
        served,
    )
