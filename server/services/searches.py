"""What the services say of a search in one repository or in several.

An unindexed repository is indexed first; each answer is JSON and tells its coverage.
"""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from indexing.repository.full_index import index_first
from indexing.search.merge import merged
from indexing.search.search import SearchResult
from indexing.vectors.notes import wordless
from indexing.words.query import analyse
from rooftree.errors import IndexingError, RepositoryError, UsageError
from rooftree.telemetry.events import EventLog
from server.services.hosted_repository import Hosted

MOST_HITS = 100
LONGEST_QUERY = 20_000
"""Characters; room for a long traceback."""
AT_ONCE = max(2, os.cpu_count() or 1)
"""Searches that are computed at once: more only take the interpreter from each other.

Of eight clients on two cores this halves the 99th percentile."""
COULD_NOT_LOOK = "could_not_look"


_turns = threading.BoundedSemaphore(AT_ONCE)


def check_search(query: str, limit: int) -> None:
    """Refuse a search that makes no sense, before anything is opened for it."""
    if not query.strip():
        raise UsageError("the query is empty; give words or names to look for")
    if not analyse(query).terms:
        raise UsageError(wordless(query))
    if len(query) > LONGEST_QUERY:
        raise UsageError(f"the query has {len(query)} characters; at most {LONGEST_QUERY}")
    if not 1 <= limit <= MOST_HITS:
        raise UsageError(f"the number of hits must be 1 to {MOST_HITS}, not {limit}")


def search(hosted: Hosted, query: str, limit: int, events: EventLog) -> dict[str, Any]:
    """Search one repository."""
    result = _find(hosted, query, limit, events)
    root = _root(hosted)
    return {
        "query": query,
        "repo": root,
        "status": result.coverage.status(found=bool(result.hits)),
        "coverage": result.coverage.as_json(),
        "hits": [{"repo": root} | hit.as_json() for hit in result.hits],
    }


def search_several(
    open_one: Callable[[Path], Hosted],
    query: str,
    repos: Sequence[Path],
    limit: int,
    events: EventLog,
) -> dict[str, Any]:
    """Search several as one; each is told of, those too that could not be looked at."""
    found: dict[str, SearchResult] = {}
    looked: list[dict[str, Any]] = []
    for repo in dict.fromkeys(repos):
        try:
            hosted = open_one(repo)
            result = _find(hosted, query, limit, events)
        except (RepositoryError, IndexingError) as error:
            told = {"repo": str(repo), "status": COULD_NOT_LOOK, "reason": str(error)}
            looked.append(told)
            continue
        root = _root(hosted)
        if root not in found:
            found[root] = result
            found_here = result.coverage.status(found=bool(result.hits))
            coverage = result.coverage.as_json()
            looked.append(
                {"repo": root, "status": "looked", "found": found_here, "coverage": coverage}
            )
    hits = [
        {"repo": root} | hit.as_json() | {"score": round(score, 4)}
        for root, hit, score in merged(found, limit)
    ]
    return {"query": query, "repos": looked, "hits": hits}


def _find(hosted: Hosted, query: str, limit: int, events: EventLog) -> SearchResult:
    index_first(hosted.repository, events)
    repository, nearest = hosted.repository, hosted.nearest()
    with hosted.searched(), _turns, repository.searcher(nearest=nearest) as searcher:
        return searcher.search(query, limit)


def _root(hosted: Hosted) -> str:
    return str(hosted.repository.worktree.root)
