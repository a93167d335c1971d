"""Index a repository whole: words and symbols at once, vectors behind."""

import time

from server.operations.index.status import StatusResponse
from server.operations.operation import Call, Operation, RepositoryRequest, in_thread


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


def run(call: Call, request: IndexRequest) -> IndexResponse:
    from indexing.repository.full_index import index_whole

    repository, events = call.host.open(request.repo).repository, call.events()
    started = time.monotonic()
    if notice := call.host.notice():
        events.emit("error", message=notice)
    done = index_whole(repository, events)
    return IndexResponse.from_fields(
        repository.status(look=False).as_json()
        | {
            "parsed": done.parsed,
            "embedded": done.embedded,
            "lexical_seconds": round(done.lexical_seconds, 3),
            "seconds": round(time.monotonic() - started, 3),
        }
    )


INDEX = Operation("index", IndexRequest, IndexResponse, "index", in_thread(run), streams=True)
