"""Answer a question about a repository, with citations that were checked."""

import asyncio
from contextlib import closing
from functools import partial
from typing import Literal

from rooftree.telemetry.events import EventLog
from server.base.thread_relay import ThreadRelay
from server.operations.find.coverage import SearchCoverage
from server.operations.operation import Call, Operation, RepositoryRequest, Request, Response, Text

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


async def run(call: Call, request: AskRequest) -> AskResponse:
    from agents.ask.asker import Asker
    from agents.ask.thread import EarlierTurn
    from server.services.changes import member_for_question
    from server.services.measuring import measure_for_question

    host = call.host
    hosted = await asyncio.to_thread(host.open, request.repo)
    asker = Asker(
        hosted.repository,
        host.models,
        host.config.ask,
        nearest=await asyncio.to_thread(hosted.nearest),
        model_version=host.model_version(),
        member=partial(member_for_question, host),
        executing=host.config if EXECUTE in call.caller.access.scopes else None,
        prepare=partial(measure_for_question, host),
    )
    with host.answering(), closing(ThreadRelay(call.listener)) as relay:
        earlier = [EarlierTurn(one.question, one.answer) for one in request.earlier]
        answer = await asker.ask(request.question, EventLog(relay), host.notice(), earlier)
    return AskResponse.from_fields(answer.as_json())


ASK = Operation("ask", AskRequest, AskResponse, "search", run, streams=True)
