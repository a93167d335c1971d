"""A team before a real repository, whose model is scripted; a sandbox where a test runs tests."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from agents.runs.recorded_model import RecordedModel
from agents.runs.step_log import StepLog
from agents.runs.team import Team, TeamMember
from models.client.unavailable_model import UnavailableModel
from models.probing.profile import ROLES, ModelTier
from rooftree.git.commands import open_worktree
from rooftree.telemetry.events import Event, EventLog
from tests.agents.change.test_verify import team_of
from tests.models.connected import connected
from tests.server.changing import SHOP
from tests.support import git_repository
from tests.support.replies import Body, Reply
from tests.support.scripted_model import ScriptedServer
from tools.drafts.draft import Draft
from tools.drafts.snapshot import take_snapshot

Files = Mapping[str, str | bytes]


@dataclass(frozen=True, slots=True)
class Crew:
    """A team, what its model was asked, and what was told."""

    team: Team
    server: ScriptedServer
    events: list[Event]

    @property
    def base(self) -> Draft:
        return Draft(self.team.snapshot, {})

    @property
    def temperatures(self) -> list[float]:
        """At which the model was asked, in order."""
        chats = [one for one in self.server.requests if one.path.endswith("/chat/completions")]
        return [one.body["temperature"] for one in chats]


@asynccontextmanager
async def crew_of(
    tmp_path: Path,
    script: Callable[[Body], Reply],
    *,
    files: Files = SHOP,
    tier: ModelTier = "small",
    sandbox: bool = False,
) -> AsyncIterator[Crew]:
    members = dict.fromkeys(ROLES, TeamMember("scripted", tier))
    events: list[Event] = []
    with ScriptedServer(script) as server:
        async with connected(server) as client, _team(tmp_path, files, sandbox=sandbox) as team:
            answers = RecordedModel(client, team.memo)
            log = EventLog(events.append)
            yield Crew(replace(team, answers=answers, members=members, events=log), server, events)


@asynccontextmanager
async def _team(tmp_path: Path, files: Files, *, sandbox: bool) -> AsyncIterator[Team]:
    if sandbox:
        async with team_of(tmp_path, files) as team:
            yield team
        return
    (tmp_path / "blobs").mkdir()
    folder = git_repository(tmp_path, files)
    snapshot = take_snapshot(open_worktree(folder), tmp_path / "blobs")
    memo = StepLog(tmp_path / "steps.jsonl")
    nobody = RecordedModel(UnavailableModel("nobody is asked"), memo)
    log = EventLog(lambda _: None)
    yield Team(nobody, {}, None, snapshot, memo, log, no_checks="there is no sandbox")
