"""A whole review of one commit, by a scripted model, as tests of its parts need it."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from agents.review.findings.outcome import Review
from agents.review.flow import ReviewSettings
from agents.review.review_run import ReviewRun
from agents.runs.budget import Budget
from agents.runs.store import StoredRun
from agents.runs.team import TeamMember
from rooftree.git.commands import open_worktree
from rooftree.telemetry.events import Event, EventLog
from tests.server.changing import services_of
from tests.support import git, git_repository, write_files
from tests.support.replies import Body, Reply
from tests.support.scripted_model import ScriptedServer
from tools.diffs.proposal import between

CAPABLE = TeamMember("scripted", "capable")


async def review_of(
    tmp_path: Path,
    answer: Callable[[Body], Reply],
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    member: TeamMember = CAPABLE,
    budget: Budget | None = None,
    settings: ReviewSettings | None = None,
    title: str = "",
    message: str = "Tidy up",
    events: list[Event] | None = None,
) -> Review:
    """Return the review of a commit that writes files; `answer` is the model of all roles."""
    folder = git_repository(tmp_path, dict(before))
    git(folder, "checkout", "--quiet", "-b", "work")
    write_files(folder, dict(after))
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", message)
    worktree = open_worktree(folder)
    told: list[Event] = [] if events is None else events
    with ScriptedServer(answer) as model:
        async with services_of(tmp_path, model) as services:
            record = StoredRun("review", "x", str(folder), worktree.commit, "scripted")
            run = ReviewRun(
                services.config,
                partial(between, worktree, "main", "work"),
                await services.models.client(),
                {"reviewer": member},
                services.store.create(record),
                EventLog(told.append),
                title,
                budget=budget or Budget(),
                settings=settings or ReviewSettings(),
            )
            return await run.run()
