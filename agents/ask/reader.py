"""Ask as an agent: a capable model looks by itself, step by step, and ends with claims.

It is begun with the places of the first search, reads and searches with tools, and changes nothing.
What it claims is checked against the files; claims that are not proven are sent back once. Whatever
ends it, what was looked into and why it ended are told.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from agents.ask.citations import CitationChecker
from agents.ask.claims import CheckedClaim, ClaimChecker, as_claims
from agents.ask.commits import CommitChecker
from agents.ask.found_places import FoundPlaces
from agents.ask.running import QuestionRuns
from agents.ask.thread import EarlierTurn, shown_turns
from agents.loop.asking import LoopModel
from agents.loop.loop import AgentLoop
from agents.loop.prompt_size import PromptSize
from agents.loop.result import LoopResult
from agents.loop.settings import LoopSettings, seconds_of_step, settings_of_member, uses_tools
from agents.loop.summarising import WorkSoFar
from agents.loop.toolset import EndArguments, FinishForm, Toolset
from agents.loop.transcript import Transcript
from agents.runs.budget import Budget, Spending
from agents.runs.recorded_model import RecordedModel
from agents.runs.team import TeamMember, text_for_model
from indexing.repository.repository import Repository
from models.client.client import Usage
from models.client.language_model import LanguageModel
from prompts.library import render
from rooftree.config import Config
from rooftree.errors import RepositoryError
from rooftree.telemetry.events import EventLog
from tools.approvals import Approver
from tools.drafts.draft import Draft
from tools.drafts.snapshot import Snapshot, take_snapshot
from tools.model_tools.arguments import Text
from tools.model_tools.toolbox import Toolbox
from tools.model_tools.working_draft import WorkingDraft
from tools.once import NoMemo

STEPS = 8
MAX_CALLS = 3 * STEPS
"""Of the model, with retries and summaries."""
MAX_OPEN = 8
PROMPT = "ask/look"


class AnswerArguments(EndArguments):
    """What a model says at the end."""

    summary: Text = Field(default="", description="what you looked at, in a few words")
    claims: Annotated[tuple[Text, ...], BeforeValidator(as_claims)] = Field(
        default=(),
        description="sentences that answer, each with marks such as [path:3-9] or [commit:1a2b3c4]",
    )
    unsure: Text = Field(default="", description="what you did not find, or are not sure of")


@dataclass(frozen=True, slots=True)
class LookedFor:
    """What is asked: the question, what it asks if it goes on from others, and these."""

    question: str
    standalone: str = ""
    earlier: tuple[EarlierTurn, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of looking: claims, why it ended without any, and what was looked into."""

    claims: tuple[CheckedClaim, ...]
    ended: str
    """Why there is no answer; empty where the model gave one."""
    unsure: str
    looked_into: int
    """Files of which the model has read lines."""
    files: int
    spending: Spending

    @property
    def usage(self) -> Usage:
        return Usage(self.spending.prompt_tokens, self.spending.completion_tokens)

    @property
    def proven(self) -> bool:
        return any(one.proven for one in self.claims)


@dataclass(slots=True)
class ClaimGate:
    """Sends claims that are not proven back, once."""

    working: WorkingDraft
    checker: ClaimChecker
    can_run: bool = field(default=False, init=False)
    sent_back: int = field(default=0, init=False)

    def review(self, finish: EndArguments) -> tuple[str, tuple[str, ...]]:
        """Return what the model is sent back with, if it is, and the claims that are not proven."""
        assert isinstance(finish, AnswerArguments)  # noqa: S101 - the form of its own tool
        checked = self.checker.check_all(finish.claims)
        points = tuple(str(one) for one in checked if not one.proven)[:MAX_OPEN]
        if not points or self.sent_back:
            return "", points
        self.sent_back += 1
        listed = "\n".join(f"- {text_for_model(one, 600, keep='start')}" for one in points)
        advice = (
            "Read the lines, and call finish once more with all claims: those that hold as they "
            "are, these with the right marks and names, or without them."
        )
        return f"not proven:\n{listed}\n{advice}", points


@dataclass(frozen=True, slots=True)
class Reader:
    """Lets one model look for the answer to one question."""

    repository: Repository
    member: TeamMember
    client: LanguageModel
    events: EventLog
    wall_seconds: float
    config: Config | None = None
    """By which commands are run; None where whoever asks may have nothing executed."""
    approver: Approver | None = None
    """Asks the person at the terminal for a command; None where nobody can be asked."""

    async def read(self, asked: LookedFor, found: FoundPlaces) -> Reading:
        """Look until the model ends, or may not go on."""
        # Bytes that git lacks are kept beside the index, in a folder that goes when this ends.
        with tempfile.TemporaryDirectory(prefix="ask-", dir=self.repository.folder) as folder:
            worktree = self.repository.worktree
            try:
                snapshot = await asyncio.to_thread(take_snapshot, worktree, Path(folder))
            except RepositoryError as error:
                return Reading((), f"the files could not be read: {error}", "", 0, 0, Spending())
            return await self._read(asked, found, snapshot, Path(folder))

    async def _read(
        self, asked: LookedFor, found: FoundPlaces, snapshot: Snapshot, folder: Path
    ) -> Reading:
        member = self.member
        settings = settings_of_member(member, steps=STEPS).for_reading()
        working = WorkingDraft(Draft(snapshot, {}), settings.limits)
        commits = CommitChecker(replace(self.repository.worktree, commit=snapshot.commit))
        checker = ClaimChecker(working, CitationChecker(self.repository, snapshot.commit), commits)
        gate = ClaimGate(working, checker)
        spending = Spending(self._budget(settings), section="ask")
        runs = self._runs(working, folder)
        loop = self._loop(asked, found, settings, gate, spending, runs)
        try:
            result = await loop.run()
        finally:
            if runs is not None:
                await runs.close()
        claims: tuple[CheckedClaim, ...] = ()
        if isinstance(result.finish, AnswerArguments):
            claims = await asyncio.to_thread(checker.check_all, result.finish.claims)
        return Reading(
            claims,
            _why_none(result, claims),
            text_for_model(result.unsure, 400, keep="start"),
            len(working.seen_paths()),
            len(working.paths()),
            spending,
        )

    def _loop(
        self,
        asked: LookedFor,
        found: FoundPlaces,
        settings: LoopSettings,
        gate: ClaimGate,
        spending: Spending,
        runs: QuestionRuns | None,
    ) -> AgentLoop:
        memo = NoMemo()
        form = FinishForm(AnswerArguments, "Answer, once you have read the lines that show it.")
        toolbox = Toolbox(gate.working, None, self.repository, memo)
        running = (runs.tool(),) if runs is not None else ()
        tools = Toolset((*toolbox.for_question(), *running), memo, self.events, form)
        places = [(one.citation.place, one.spot.best.symbol) for one in found.places]
        missing = found.verdict.missing
        prompt = render(
            PROMPT,
            question=asked.question,
            standalone=asked.standalone,
            turns=shown_turns(asked.earlier),
            steps=STEPS,
            places=places,
            missing=missing,
            can_run=runs is not None,
            can_ask=self.approver is not None,
        )
        size = PromptSize(tools.as_api())
        answers = RecordedModel(self.client, memo, spending)
        return AgentLoop(
            LoopModel(answers, self.member.model, settings, size),
            tools,
            Transcript.of(prompt),
            settings,
            gate,
            self.events,
            WorkSoFar,
            self.wall_seconds,
            "ask",
        )

    def _runs(self, working: WorkingDraft, folder: Path) -> QuestionRuns | None:
        if self.config is None or self.config.sandbox.backend == "none":
            return None
        repo_id = self.repository.worktree.repo_id
        return QuestionRuns(self.config, repo_id, working, folder, self.approver)

    def _budget(self, settings: LoopSettings) -> Budget:
        tokens = MAX_CALLS * (settings.window + settings.answer_tokens + settings.thinking_tokens)
        return Budget(MAX_CALLS, tokens, self.wall_seconds)


def can_look(member: TeamMember | None) -> bool:
    """Say whether a model is one that works with tools, by the measure that a change goes by."""
    return member is not None and uses_tools(member)


def wall_seconds_of(member: TeamMember) -> float:
    """Return how long all steps of a model may take, where nobody has set it."""
    return STEPS * seconds_of_step(member)


def _why_none(result: LoopResult, claims: Sequence[CheckedClaim]) -> str:
    """Say why nothing is claimed that is proven; empty where something is."""
    if any(one.proven for one in claims):
        return ""
    if not result.finished:
        # What it said in words instead is not checked, and is no reason.
        told = replace(result.exit, detail="") if result.exit.reason == "no calls" else result.exit
        return f"the model came to no answer: {told}"
    if claims:
        return "none of the model's claims could be proven"
    return "the model found nothing that answers the question"
