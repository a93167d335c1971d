"""Find definitions by name, with their signatures and how often they are used."""

from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator

from server.base.thread_relay import EventListener
from server.operations.find.coverage import Coverage, Status, TextMatch
from server.operations.operation import (
    Between,
    Caller,
    Operation,
    RepositoryRequest,
    Response,
    Text,
)

if TYPE_CHECKING:
    from indexing.repository.repository import Repository
    from indexing.symbols.symbol_index import Symbol, SymbolIndex
    from server.services.host import Host

MAX_SYMBOLS = 200
MAX_NAME_LENGTH = 1_000
EXACT = ("exact", "place", "any case")
"""How a match says that a definition has the very name that was asked for."""


def _checked(name: str) -> str:
    if not name.strip():
        raise ValueError("the name is empty; give a name such as `Queue.get`, or `path:line`")
    if len(name) > MAX_NAME_LENGTH:
        raise ValueError(f"the name has {len(name)} characters; at most {MAX_NAME_LENGTH}")
    return name


Name = Annotated[Text, AfterValidator(_checked)]


class SymbolsRequest(RepositoryRequest):
    """A name, a qualified one such as Queue.get, or path:line."""

    name: Name
    kind: str | None = None
    limit: Annotated[int, Between(1, MAX_SYMBOLS, "the number of symbols")] = 20


class Definition(Response):
    """A definition; lines are 1-based and inclusive."""

    path: str
    start: int
    end: int
    symbol: str
    kind: str
    signature: str
    doc: str


class UseCounts(Response):
    """How many uses certainly mean a definition, and how many have its name."""

    resolved: int
    name_match: int


class CountedDefinition(Definition):
    """A definition and how often it is used."""

    references: UseCounts


class SymbolsResponse(Response):
    """Definitions that a name fits, and lines that hold it in files without symbols."""

    name: str
    repo: str
    status: Status
    match: str
    """How the names match: exact, place, any case, a part of it, …"""
    by_text: tuple[TextMatch, ...]
    total: int
    symbols: tuple[CountedDefinition, ...]
    coverage: Coverage


async def run(
    host: "Host", request: SymbolsRequest, _: Caller, listener: EventListener
) -> SymbolsResponse:
    return await host.look_up(request.repo, lambda found: _find(found, request), listener)


SYMBOLS = Operation("symbols", SymbolsRequest, SymbolsResponse, "search", run)


def definition_of(symbol: "Symbol") -> Definition:
    return Definition.model_validate(symbol.as_json())


def _find(repository: "Repository", request: SymbolsRequest) -> SymbolsResponse:
    with repository.symbols() as (found, coverage):
        match = found.find(request.name, request.kind, request.limit)
        exact = match.how in EXACT
        if not exact:
            found.check_absence(request.name)
        by_text = [] if exact else found.by_text(request.name)
        return SymbolsResponse(
            name=request.name,
            repo=str(repository.worktree.root),
            status=coverage.status(found=bool(match.symbols or by_text)),
            match=match.how,
            by_text=tuple(TextMatch.model_validate(one) for one in by_text),
            total=match.total,
            symbols=tuple(_counted(found, symbol) for symbol in match.symbols),
            coverage=Coverage.model_validate(coverage),
        )


def _counted(found: "SymbolIndex", symbol: "Symbol") -> CountedDefinition:
    uses = found.uses([symbol.definition])
    resolved = len(uses.resolved.get(symbol.definition, []))
    counts = UseCounts(resolved=resolved, name_match=len(uses.unresolved))
    return CountedDefinition.model_validate(symbol.as_json() | {"references": counts})
