"""A change as it is made in its run's folder: begun, gone on with, or done again."""

import asyncio
from collections.abc import Awaitable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from agents.change.change_run import ChangeRun, members_of
from agents.change.flow import ChangeSettings
from agents.change.needs import needed_budget
from agents.change.outcome import ChangeOutcome
from agents.change.planning.plan import ChangePlan, plan_of
from agents.runs.budget import Budget
from agents.runs.store import RunFolder, StoredRun
from agents.runs.team import TeamMember
from models.gateway import LocatedModel
from models.pool.routes import CHAT
from models.probing.profile import ROLES, ModelProfile, ModelRole
from rooftree.config import ChangeSection
from rooftree.errors import ConfigError, ModelError, UsageError
from rooftree.git.commands import open_worktree
from rooftree.telemetry.events import Event, EventLog
from server.base.thread_relay import EventListener, ThreadRelay
from server.services.host import Host
from server.services.measuring import profile_for_run
from tools.approvals import Approver, refuse_without_person
from tools.drafts.applying.journal import Journal
from tools.drafts.draft import DRAFT, Draft, load_draft

WALL_SECONDS = 3600.0


def ignore(_: Event) -> None:
    """Hear nothing."""


async def members(
    host: Host, model: str = "", listener: EventListener = ignore
) -> dict[ModelRole, TeamMember]:
    """Return which model has which role: an alias of the role's name, else the chat model.

    A configured one that was never measured is measured first, by a few calls that `listener` hears
    of.
    """
    access = host.models
    await access.client()
    found: dict[ModelRole, TeamMember] = {}
    with closing(ThreadRelay(listener)) as relay:
        events = EventLog(relay)
        for role in ROLES:
            name = model or (role if role in access.routes else access.model)
            found[role] = await _member(host, name, role, events)
    return found


def budget_of(
    section: ChangeSection, playing: Mapping[ModelRole, TeamMember], rounds: int
) -> Budget:
    """Return what a change may spend: as configured, else as its models need."""
    return needed_budget(playing, rounds).unless_set(section)


async def run_change(
    host: Host, folder: RunFolder, approver: Approver | None, listener: EventListener
) -> ChangeOutcome:
    """Make the change of a run from where it stands; its events are kept and told."""
    record = folder.record()
    settings = record.settings
    repo = Path(record.repo)
    worktree = await asyncio.to_thread(open_worktree, repo)
    hosted = await asyncio.to_thread(host.open, repo)
    plan = settings.get("plan")
    budget = Budget(**settings["budget"])
    wall = host.config.change.wall_seconds or max(WALL_SECONDS, 2 * budget.seconds)
    pace = settings["rounds"], settings["candidates"], wall
    with recorded_events(folder, listener) as events:
        change = ChangeRun(
            host.config,
            worktree,
            await host.models.client(),
            members_of(settings["members"]),
            folder,
            record.task,
            events,
            approver or refuse_without_person,
            settings["mode"],
            hosted.repository,
            tuple(settings["allowed"]),
            None if plan is None else plan_of(plan, ChangePlan.of(plan["playbook"])),
            budget,
            ChangeSettings(*pace),
            tuple(settings.get("test_command", ())),
        )
        return await change.run()


@contextmanager
def recorded_events(folder: RunFolder, listener: EventListener) -> Iterator[EventLog]:
    """Yield the events of a run: each is kept in its folder, and told."""

    def listen(event: Event) -> None:
        folder.note(event)
        listener(event)

    with closing(ThreadRelay(listen)) as relay:
        yield EventLog(relay, folder.id)


def change_record(folder: RunFolder) -> StoredRun:
    """Return the record of a run; UsageError where it is no change."""
    record = folder.record()
    if record.kind != "change":
        what = {"ask": "a question"}.get(record.kind, f"a {record.kind}")
        raise UsageError(f"run {record.id} is {what}; only changes go on or are replayed")
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


def recorded(folder: RunFolder, journal: Journal) -> StoredRun:
    """Write down in a run's record what became of its change in the user's tree."""
    applied = journal.state != "undone"
    return folder.save(replace(folder.record(), applied=applied, notes=list(journal.notes)))


async def member_for_question(host: Host, ready: Awaitable[object]) -> TeamMember | None:
    """Return the chat model as a member of a team, by what is known of it; None if nothing is.

    One that is configured is known once it is `ready`, if a question measures it; the embedded
    ones are known before, and a question does not wait for them to start.
    """
    if not host.answers_embedded():
        with suppress(ModelError, ConfigError):
            await ready
    try:
        located = await host.models.locate(CHAT)
        profile = await host.profiler().known(located[0]) if located else None
    except (ModelError, ConfigError):  # what is wrong with it is told where it is asked
        return None
    if profile is None:
        return None
    return await _member_of(host, host.models.model, "coder", located[0], profile)


async def _member(host: Host, name: str, role: ModelRole, events: EventLog) -> TeamMember:
    located = await host.models.locate(name)
    profile = await profile_for_run(host, located[0], events) if located else None
    return await _member_of(host, name, role, located[0] if located else None, profile)


async def _member_of(
    host: Host,
    name: str,
    role: ModelRole,
    located: LocatedModel | None,
    profile: ModelProfile | None,
) -> TeamMember:
    access = host.models
    window = await access.window(name)
    served = located.model if located else name
    if profile is None:
        return TeamMember(
            name,
            context_tokens=window.tokens,
            served=served,
            window_source=window.source,
            sampling=access.sampling(name),
        )
    of_role = profile.roles[role]
    return TeamMember(
        name,
        of_role.tier,
        profile.edit_format or "unit",
        of_role.prompt_tokens,
        max(of_role.answer_tokens, TeamMember("").answer_tokens),
        window.tokens,
        served,
        profile.size,
        window.source,
        profile.edit_tool,
        profile.thinking.thinks,
        profile.step_seconds,
        # The smallest models send out no scouts, so their servers are not asked.
        await access.slots(name) if profile.size != "S" else 1,
        access.sampling(name, profile.server),
    )
