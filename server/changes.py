"""Changes and their runs, as every face offers them: start, resume, apply, undo, list, replay."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.change.flow import Settings
from agents.change.outcome import Outcome
from agents.change.plan import Plan, plan_of
from agents.change.start import Change, members_json, members_of
from agents.change.team import Member
from agents.runs.budget import Budget
from agents.runs.store import Record, RunFolder, RunStore
from indexing.git import open_worktree
from models.probing.profile import ROLES, Role
from rooftree.config import ChangeSection
from rooftree.errors import UsageError
from rooftree.events import Event, EventLog
from tools.apply import Journal, apply, finish, load_draft, undo
from tools.approvals import Approver, Mode, nobody

if TYPE_CHECKING:
    from server.relay import Listener
    from server.services import Services

LONGEST_TASK = 20_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for."""

    task: str
    repo: Path
    mode: Mode = "ask"
    approver: Approver = nobody
    allowed: Sequence[str] = ()
    plan: Plan | None = None
    model: str = ""
    """The alias that plays every role; empty means each role its own."""
    budget: Budget | None = None
    replay_of: str = field(default="")
    owner: str = ""
    """Who asked over HTTP; others do not see the run."""


class Changes:
    """The changes of one process's services."""

    def __init__(self, services: "Services") -> None:
        self._services = services
        self.store = RunStore(services.config.paths)

    async def start(self, wish: Wish, listener: "Listener") -> Outcome:
        """Make a change from the beginning."""
        _check_task(wish.task)
        worktree = await asyncio.to_thread(open_worktree, wish.repo)
        members = await self.members(wish.model)
        section = self._services.config.change
        settings = {
            "members": members_json(members),
            "mode": wish.mode,
            "allowed": list(wish.allowed),
            "budget": asdict(wish.budget or _budget(section)),
            "rounds": section.rounds,
            "candidates": section.candidates,
            "owner": wish.owner,
            "plan": wish.plan.as_json() if wish.plan is not None else None,
        }
        folder = self.store.create(
            Record(
                "change",
                wish.task,
                str(worktree.root),
                worktree.commit,
                members["coder"].served,
                settings=settings,
                replay_of=wish.replay_of,
            )
        )
        return await self._run(folder, wish, listener)

    async def resume(self, name: str, approver: Approver, listener: "Listener") -> Outcome:
        """Go on with a run that was cut off."""
        folder = self.store.open(name)
        record = _of_change(folder)
        if record.status in ("verified", "unverified", "failed"):
            raise UsageError(f"run {record.id} has ended ({record.status}); start a new one")
        wish = Wish(
            record.task,
            Path(record.repo),
            record.settings["mode"],
            approver,
            record.settings["allowed"],
        )
        return await self._run(folder, wish, listener)

    async def apply(self, name: str) -> Record:
        """Apply the change of a run that was not applied."""
        return await asyncio.to_thread(self._apply, self.store.open(name))

    async def undo(self, name: str) -> Record:
        """Take back what a run applied."""
        return await asyncio.to_thread(self._undo, self.store.open(name))

    async def replay(self, name: str, model: str, listener: "Listener") -> dict[str, Any]:
        """Do a recorded change again with another model, from the same files, applying nothing."""
        from agents.runs.replay import compare

        before = self.store.open(name)
        record = _of_change(before)
        snapshot = before.snapshot()
        if snapshot is None:
            raise UsageError(f"run {record.id} has no snapshot to start from")
        members = await self.members(model)
        folder = self.store.create(
            Record(
                "change",
                record.task,
                record.repo,
                record.commit,
                members["coder"].served,
                settings=record.settings | {"members": members_json(members), "mode": "never"},
                replay_of=record.id,
            )
        )
        await asyncio.to_thread(_share, before, folder)
        wish = Wish(record.task, Path(record.repo), "never", replay_of=record.id)
        outcome = await self._run(folder, wish, listener)
        return compare(before.outcome(), outcome.as_json())

    async def members(self, model: str = "") -> dict[Role, Member]:
        """Return who plays which role: an alias of the role's name, else whoever answers chat."""
        access = self._services.models
        await access.client()
        found: dict[Role, Member] = {}
        for role in ROLES:
            name = model or (role if role in access.routes else access.model)
            found[role] = await self._member(name, role)
        return found

    async def _member(self, name: str, role: Role) -> Member:
        access = self._services.models
        located = await access.located(name)
        profile = await self._services.profiler().known(located[0]) if located else None
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

    async def _run(self, folder: RunFolder, wish: Wish, listener: "Listener") -> Outcome:
        settings = folder.record().settings

        def listen(event: Event) -> None:
            folder.note(event)
            listener(event)

        services = self._services
        worktree = await asyncio.to_thread(open_worktree, wish.repo)
        hosted = await asyncio.to_thread(services.workplace.open, wish.repo)
        relay = services.relayed(listen)
        plan = settings.get("plan")
        change = Change(
            services.config,
            worktree,
            await services.models.client(),
            members_of(settings["members"]),
            folder,
            wish.task,
            EventLog(relay, folder.id),
            wish.approver,
            settings["mode"],
            hosted.repository,
            tuple(settings["allowed"]),
            None if plan is None else plan_of(plan, Plan.of(plan["playbook"])),
            Budget(**settings["budget"]),
            Settings(
                settings["rounds"], settings["candidates"], services.config.change.wall_seconds
            ),
        )
        try:
            return await change.run()
        finally:
            relay.close()

    def _apply(self, folder: RunFolder) -> Record:
        record = folder.record()
        snapshot = folder.snapshot()
        if snapshot is None or record.applied:
            state = "is applied already" if record.applied else "has nothing to apply"
            raise UsageError(f"run {record.id} {state}")
        with folder.held():
            draft = load_draft(snapshot, folder.path)
            journal = Journal.load(folder.path)
            if journal is not None and journal.digest == draft.digest and journal.state != "undone":
                finish(snapshot, journal, folder.path)  # it was begun by somebody who was cut off
            else:
                apply(draft, draft.digest, folder.path)
            return folder.save(replace(record, applied=True))

    def _undo(self, folder: RunFolder) -> Record:
        record = folder.record()
        journal = Journal.load(folder.path)
        snapshot = folder.snapshot()
        if journal is None or snapshot is None:
            raise UsageError(f"run {record.id} applied nothing, so there is nothing to undo")
        with folder.held():
            undo(snapshot, journal, folder.path)
            return folder.save(replace(record, applied=False))


def _of_change(folder: RunFolder) -> Record:
    record = folder.record()
    if record.kind != "change":
        raise UsageError(f"run {record.id} is a {record.kind}; only changes go on or are replayed")
    return record


def _check_task(task: str) -> None:
    if not task.strip():
        raise UsageError("the task is empty; say what is to be changed")
    if len(task) > LONGEST_TASK:
        raise UsageError(f"the task has {len(task)} characters; at most {LONGEST_TASK}")


def _budget(section: ChangeSection) -> Budget:
    return Budget(section.model_calls, section.tokens, section.seconds)


def _share(before: RunFolder, folder: RunFolder) -> None:
    """Give a replay the files of the run, and what its tests said of drafts they have in common."""
    from agents.runs.replay import share

    share(before, folder)
