"""Answer a question about a repository, with citations that were checked."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from pydantic import AliasChoices, Field

from rooftree.errors import StorageError
from rooftree.telemetry.events import EventLog
from server.base.thread_relay import ThreadRelay
from server.operations.find.coverage import SearchCoverage
from server.operations.operation import Call, Operation, RepositoryRequest, Request, Response, Text

if TYPE_CHECKING:
    from agents.ask.thread import EarlierTurn
    from rooftree.git.commands import Worktree
    from server.services.asks import Asks

EXECUTE = "execute"
"""The scope of who may have a model run tests and reading commands for an answer."""


class EarlierTurnRequest(Request):
    """A question that was asked before in a conversation, and what was answered."""

    question: Text
    answer: Text = ""


class AskRequest(RepositoryRequest):
    """A question about the code."""

    question: Text
    earlier: tuple[EarlierTurnRequest, ...] = ()
    """What was asked before, the oldest first, where the question goes on from that."""
    continues: str = Field(
        default="", max_length=256, validation_alias=AliasChoices("continue", "continues")
    )
    """The id of a kept question of the caller's own that this goes on from, or `last`."""


class CitationResponse(Response):
    """A verified place: `commit` is null where no commit holds this blob at this path."""

    path: str
    start: int
    end: int
    commit: str | None
    blob: str
    quote: str
    verified: bool


class CommitResponse(Response):
    """A verified commit: it is in the history of what is checked out, and has that message."""

    commit: str
    date: str
    subject: str
    message: str
    verified: bool


class ModelIdentityResponse(Response):
    """Which model wrote the summary: the id it is served by, and its version where known."""

    name: str
    version: str | None


class AskResponse(Response):
    """What a question came to; `answer` is complete and readable on its own."""

    question: str
    status: Literal["answered", "not_found", "could_not_look"]
    answer: str
    citations: tuple[CitationResponse, ...]
    commits: tuple[CommitResponse, ...] = ()
    rejected: int
    """How many places were not cited because they did not hold."""
    model: ModelIdentityResponse | None
    coverage: SearchCoverage | None
    run: str = ""
    """Under which id the question is kept; empty where it is not."""


async def run(call: Call, request: AskRequest) -> AskResponse:
    from agents.ask.asker import Asker
    from agents.ask.thread import EarlierTurn
    from agents.runs.store import RunStore
    from server.services.asks import Asks
    from server.services.changes import member_for_question
    from server.services.measuring import measure_for_question

    host, access = call.host, call.caller.access
    hosted = await asyncio.to_thread(host.open, request.repo)
    worktree = hosted.repository.worktree
    asks = Asks(RunStore(host.config.paths), access.id, host.config.ask.keep)
    earlier = [EarlierTurn(one.question, one.answer) for one in request.earlier]
    if request.continues:
        kept = await asyncio.to_thread(asks.thread, worktree, request.continues)
        earlier = [*(EarlierTurn(*turn) for turn in kept), *earlier]
    asker = Asker(
        hosted.repository,
        host.models,
        host.config.ask,
        nearest=await asyncio.to_thread(hosted.nearest),
        model_version=host.model_version(),
        member=partial(member_for_question, host),
        executing=host.config if EXECUTE in access.scopes else None,
        approver=call.caller.approver if access.local else None,
        prepare=partial(measure_for_question, host),
    )
    with host.answering(), closing(ThreadRelay(call.listener)) as relay:
        events = EventLog(relay)
        answer = await asker.ask(request.question, events, host.notice(), earlier)
        # The question as it was asked: it may have been looked for together with the one before.
        told = answer.as_json()
        kept_as = told | {"question": request.question}
        name = await asyncio.to_thread(_kept, asks, worktree, kept_as, earlier, events)
    return AskResponse.from_fields(told | {"run": name})


def _kept(
    asks: "Asks",
    worktree: "Worktree",
    told: dict[str, Any],
    earlier: "Sequence[EarlierTurn]",
    events: EventLog,
) -> str:
    """Keep a question; where that fails, its answer is told all the same."""
    try:
        return asks.record(worktree, told, [(one.question, one.answer) for one in earlier])
    except (StorageError, OSError) as error:
        events.emit("error", message=f"the question could not be kept: {error}")
        return ""


ASK = Operation("ask", AskRequest, AskResponse, "search", run, streams=True)
