"""The search tool: ranked places of one repository."""

import asyncio
from dataclasses import dataclass, field

from indexing.repository.repository import Repository
from indexing.search.query_coverage import QueryCoverage, coverage_of
from indexing.search.search import FindNearest, SearchResult
from indexing.symbols.call_sites import CallSite
from rooftree.errors import IndexingError, ToolRetryError
from rooftree.telemetry.logs import logger
from rooftree.text.shortened import shortened

MAX_PLACES = 20
MAX_CALLERS = 3
MAX_OUTPUT_LENGTH = 6000
"""Characters of what one call of a tool tells a model."""


@dataclass(frozen=True, slots=True)
class RepositorySearch:
    """A search's hits, the evidence for them, and the callers of each by occurrence."""

    result: SearchResult
    evidence: QueryCoverage
    callers: dict[int, tuple[CallSite, ...]]


@dataclass(slots=True)
class SearchTool:
    """Searches one repository; `last` is what the latest call found."""

    repository: Repository
    nearest: FindNearest | None = None
    last: RepositorySearch | None = field(default=None, init=False)

    async def search(self, query: str, limit: int = 8) -> str:
        """Search the code base; returns numbered places as `path:start-end symbol signature`."""
        if not query.strip():
            raise ToolRetryError("query is empty; give words or names to look for")
        limit = max(1, min(limit, MAX_PLACES))
        try:
            self.last = await asyncio.to_thread(self._search, query, limit)
        except IndexingError:
            raise
        except Exception as error:
            # Here, because a framework shows the model a text of it, losing the reason.
            logger("search").exception("the search failed")
            raise IndexingError(
                f"the search failed with {type(error).__name__}: {error}; "
                "the trace is in logs/rooftree.log of the state folder"
            ) from error
        return shortened(describe(self.last.result), MAX_OUTPUT_LENGTH)

    def _search(self, query: str, limit: int) -> RepositorySearch:
        with self.repository.searcher(nearest=self.nearest) as searcher:
            result = searcher.search(query, limit)
            callers = {
                hit.occurrence: tuple(searcher.callers(hit, MAX_CALLERS)) for hit in result.hits
            }
            return RepositorySearch(result, coverage_of(searcher, result), callers)


def describe(result: SearchResult) -> str:
    """Return the hits as the lines that a model reads."""
    if not result.hits:
        missed = "; ".join(result.coverage.not_looked_at)
        named = f" in what was looked at; not looked at: {missed}" if missed else ""
        return f"no places found{named}"
    return "\n".join(
        f"[{number}] {hit.path}:{hit.start}-{hit.end} {hit.symbol} {hit.signature}".rstrip()
        for number, hit in enumerate(result.hits, 1)
    )
