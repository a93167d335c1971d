"""Index a repository whole: words and symbols at once, vectors behind."""

import time
from typing import TYPE_CHECKING

from rooftree.telemetry.events import EventLog
from server.base.thread_relay import EventListener, in_thread
from server.operations.index.status import StatusResponse
from server.operations.operation import Caller, Operation, RepositoryRequest

if TYPE_CHECKING:
    from server.services.host import Host


class IndexRequest(RepositoryRequest):
    """What is to be indexed."""


class IndexResponse(StatusResponse):
    """The index as it is then, and what the run did for it."""

    parsed: int
    """Files that were cut anew."""
    embedded: int
    """Texts that got a vector."""
    lexical_seconds: float
    """Until what changed could be searched."""
    seconds: float


async def run(
    host: "Host", request: IndexRequest, _: Caller, listener: EventListener
) -> IndexResponse:
    return await in_thread(listener, lambda events: _index(host, request, events))


INDEX = Operation("index", IndexRequest, IndexResponse, "index", run, streams=True)


def _index(host: "Host", request: IndexRequest, events: EventLog) -> IndexResponse:
    from indexing.repository.full_index import index_whole

    repository = host.open(request.repo).repository
    started = time.monotonic()
    if notice := host.notice():
        events.emit("error", message=notice)
    done = index_whole(repository, events)
    return IndexResponse.model_validate(
        repository.status(look=False).as_json()
        | {
            "parsed": done.parsed,
            "embedded": done.embedded,
            "lexical_seconds": round(done.lexical_seconds, 3),
            "seconds": round(time.monotonic() - started, 3),
        }
    )
