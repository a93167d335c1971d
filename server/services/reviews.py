"""Reviews of changes, as every face offers them."""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from agents.review.findings.outcome import Review
from agents.review.findings.ranking import Shown
from agents.review.flow import Settings
from agents.review.start import Proposes, Reviewing
from agents.runs.budget import Budget
from agents.runs.store import Record, RunStore
from models.client.protocol import Answers
from models.client.unavailable import Silent
from rooftree.config import ReviewSection
from rooftree.errors import ModelError, UsageError
from rooftree.git.commands import Worktree, open_worktree
from rooftree.telemetry.events import Event, EventLog
from tools.diffs.proposal import between, of_diff

if TYPE_CHECKING:
    from agents.runs.team import Member
    from models.probing.profile import Role
    from server.base.thread_relay import Listener
    from server.services.services import Services

LONGEST_PROSE = 20_000


@dataclass(frozen=True, slots=True)
class ReviewWish:
    """What is to be reviewed: two commits, or a diff."""

    repo: Path
    base: str = ""
    head: str = ""
    diff: str | None = None
    title: str = ""
    description: str = ""
    model: str = ""
    """The alias that reviews; empty means the one of that role."""
    ask_model: bool = True
    run_tests: bool = True
    known: frozenset[str] = field(default_factory=frozenset)
    """Fingerprints of findings that are not to be shown again."""
    owner: str = ""
    """The id of the key that asked over HTTP; others do not see the run."""
    untested: str = ""
    """Why no tests run although nobody declined them; the review says it."""


class Reviews:
    """The reviews of one process's services."""

    def __init__(self, services: "Services") -> None:
        self._services = services
        self.store = RunStore(services.config.paths)

    async def start(self, wish: ReviewWish, listener: "Listener") -> Review:
        """Review a change; UsageError where it cannot be told what the change is."""
        worktree = await asyncio.to_thread(open_worktree, wish.repo)
        proposes = _proposes(worktree, wish)
        answers, members = await self._model(wish)
        served = members["reviewer"].served if members else ""
        folder = self.store.create(
            Record(
                "review",
                wish.title or _named(wish),
                str(worktree.root),
                worktree.commit,
                served,
                owner=wish.owner,
                repo_id=worktree.repo_id,
            )
        )

        def listen(event: Event) -> None:
            folder.note(event)
            listener(event)

        section = self._services.config.review
        relay = self._services.relayed(listen)
        reviewing = Reviewing(
            self._services.config,
            proposes,
            answers,
            members,
            folder,
            EventLog(relay, folder.id),
            wish.title[:LONGEST_PROSE],
            wish.description[:LONGEST_PROSE],
            Budget(section.model_calls, section.tokens, section.seconds),
            _settings(section, wish),
        )
        try:
            return await reviewing.run()
        finally:
            relay.close()

    async def _model(self, wish: ReviewWish) -> "tuple[Answers, dict[Role, Member]]":
        """Return who is asked; without a model what is measured is told all the same."""
        if not wish.ask_model:
            return Silent("no model was wanted"), {}
        try:
            members = await self._services.changes.members(wish.model)
            return await self._services.models.client(), members
        except ModelError as error:
            from agents.runs.team import Member

            return Silent(str(error)), {"reviewer": Member("")}


def _settings(section: ReviewSection, wish: ReviewWish) -> Settings:
    return Settings(
        section.tests and wish.run_tests,
        wish.ask_model,
        section.places,
        section.instructions,
        section.wall_seconds,
        shown=Shown(section.inline, section.severity, section.confidence, wish.known),
        untested=wish.untested if section.tests else "",
    )


def _proposes(worktree: Worktree, wish: ReviewWish) -> Proposes:
    if wish.diff is not None:
        if wish.base or wish.head:
            raise UsageError("give a diff, or --base and --head, and not both")
        if not wish.diff.strip():
            raise UsageError("the diff is empty, so there is nothing to review")
        return partial(of_diff, worktree, wish.diff)
    if not wish.base:
        raise UsageError("say what is to be reviewed: --base REF [--head REF], or --diff FILE")
    return partial(between, worktree, wish.base, wish.head or "HEAD")


def _named(wish: ReviewWish) -> str:
    return "a diff" if wish.diff is not None else f"{wish.base}...{wish.head or 'HEAD'}"
