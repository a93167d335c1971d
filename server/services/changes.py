"""Changes and their runs, as every face offers them: start, resume, apply, undo, list, replay."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.change.flow import Settings
from agents.change.outcome import Outcome
from agents.change.planning.plan import Plan, plan_of
from agents.change.start import Change, members_json, members_of
from agents.runs.budget import Budget
from agents.runs.choice import chosen
from agents.runs.store import CHANGED, Record, RunFolder, RunStore, worded
from agents.runs.team import Member
from models.probing.profile import ROLES, Role
from rooftree.config import ChangeSection
from rooftree.errors import UsageError
from rooftree.git.commands import open_worktree
from rooftree.telemetry.events import Event, EventLog
from tools.approvals import Approver, Mode, nobody
from tools.drafts.apply import Journal, apply, finish, load_draft, undo
from tools.drafts.applying.journal import DONE
from tools.drafts.approval_view import ApprovalView, view_of
from tools.drafts.draft import Draft
from tools.drafts.kept_draft import DRAFT

if TYPE_CHECKING:
    from server.base.thread_relay import Listener
    from server.services.services import Services

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
    """The id of the key that asked over HTTP; others do not see the run."""


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
                owner=wish.owner,
                repo_id=worktree.repo_id,
            )
        )
        return await self._run(folder, wish, listener)

    async def resume(
        self, name: str, approver: Approver, listener: "Listener", *, repo: Path | None = None
    ) -> Outcome:
        """Go on with a run that was cut off."""
        folder = await self._folder(name, repo)
        record = _of_change(folder)
        if record.status in CHANGED:
            ended = worded(record.status, record.summary)
            raise UsageError(
                f"run {record.id} of {record.repo!r} has ended ({ended}); start a new one"
            )
        wish = Wish(
            record.task,
            Path(record.repo),
            record.settings["mode"],
            approver,
            record.settings["allowed"],
        )
        return await self._run(folder, wish, listener)

    async def meant(self, name: str, repo: Path) -> Record:
        """Return the run of a repository that a name means."""
        return (await self._folder(name, repo)).record()

    async def view(self, name: str) -> ApprovalView:
        """Show the change of a run as it would be applied now."""
        folder = await self._folder(name, None)
        return await asyncio.to_thread(lambda: view_of(_draft(folder)))

    async def apply(self, name: str, digest: str = "", *, repo: Path | None = None) -> Record:
        """Apply the change with this digest; without one, that which the run's outcome shows."""
        return await asyncio.to_thread(self._apply, await self._folder(name, repo), digest)

    async def undo(self, name: str, *, repo: Path | None = None) -> Record:
        """Take back what a run applied."""
        return await asyncio.to_thread(self._undo, await self._folder(name, repo))

    async def replay(
        self, name: str, model: str, listener: "Listener", *, repo: Path | None = None
    ) -> dict[str, Any]:
        """Do a recorded change again with another model, from the same files, applying nothing."""
        from agents.runs.replay import compare

        before = await self._folder(name, repo)
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
                repo_id=record.repo_id,
            )
        )
        await asyncio.to_thread(_share, before, folder)
        wish = Wish(record.task, Path(record.repo), "never", replay_of=record.id)
        outcome = await self._run(folder, wish, listener)
        return {"repo": record.repo} | compare(before.outcome(), outcome.as_json())

    async def members(self, model: str = "") -> dict[Role, Member]:
        """Return who plays which role: an alias of the role's name, else whoever answers chat."""
        access = self._services.models
        await access.client()
        found: dict[Role, Member] = {}
        for role in ROLES:
            name = model or (role if role in access.routes else access.model)
            found[role] = await self._member(name, role)
        return found

    async def _folder(self, name: str, repo: Path | None) -> RunFolder:
        """Return the run of a repository that a name means; without one, by its id alone."""
        if repo is None:
            return self.store.open(name)
        return await asyncio.to_thread(chosen, self.store, name, repo, "change")

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

    def _apply(self, folder: RunFolder, digest: str) -> Record:
        record = folder.record()
        begun = Journal.load(folder.path)
        if record.applied and (begun is None or begun.state in DONE):
            raise UsageError(f"run {record.id} is applied to {record.repo!r} already")
        with folder.held():
            draft = _draft(folder)
            if draft.digest != (digest or _shown_digest(folder)):
                raise UsageError(
                    f"run {record.id} has another diff than the one approved; read it again"
                )
            journal = Journal.load(folder.path)
            if journal is not None and journal.digest == draft.digest and journal.state != "undone":
                # It was begun, or its undoing was, by somebody who was cut off.
                done = finish(draft.snapshot, journal, folder.path)
            else:
                done = apply(draft, draft.digest, folder.path)
            return _recorded(folder, done)

    def _undo(self, folder: RunFolder) -> Record:
        record = folder.record()
        snapshot = folder.snapshot()
        if Journal.load(folder.path) is None or snapshot is None:
            raise UsageError(
                f"run {record.id} applied nothing to {record.repo!r}, so there is nothing to undo"
            )
        with folder.held():
            journal = Journal.load(folder.path)
            assert journal is not None  # noqa: S101 - a journal is never removed
            return _recorded(folder, undo(snapshot, journal, folder.path))


def _recorded(folder: RunFolder, journal: Journal) -> Record:
    """Write down in a run's record what became of its change in the user's tree."""
    applied = journal.state != "undone"
    return folder.save(replace(folder.record(), applied=applied, notes=list(journal.notes)))


def _of_change(folder: RunFolder) -> Record:
    record = folder.record()
    if record.kind != "change":
        raise UsageError(f"run {record.id} is a {record.kind}; only changes go on or are replayed")
    return record


def _draft(folder: RunFolder) -> Draft:
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


def _shown_digest(folder: RunFolder) -> str:
    """Return the digest of the change that a run ended with, and whose diff it showed."""
    digest = folder.outcome().get("digest")
    if not isinstance(digest, str) or not digest:
        raise UsageError(
            f"run {folder.id} of {folder.record().repo!r} has shown no change yet; "
            f"`rooftree change --resume {folder.id}` there goes on"
        )
    return digest


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
