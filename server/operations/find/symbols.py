"""Find definitions by name, with their signatures and how often they are used."""

from typing import TYPE_CHECKING, Annotated

from server.operations.find.coverage import Coverage, Status, TextMatch
from server.operations.operation import (
    Between,
    Call,
    Operation,
    RepositoryRequest,
    Response,
    Text,
    in_thread,
    not_empty,
)

if TYPE_CHECKING:
    from indexing.symbols.symbol_index import Symbol, SymbolIndex

MAX_SYMBOLS = 200
MAX_NAME_LENGTH = 1_000
EXACT = ("exact", "place", "any case")
"""How a match says that a definition has the very name that was asked for."""

Name = Annotated[
    Text,
    not_empty("the name", "give a name such as `Queue.get`, or `path:line`", MAX_NAME_LENGTH),
]


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


def run(call: Call, request: SymbolsRequest) -> SymbolsResponse:
    repository = call.host.indexed(request.repo, call.events())
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
            by_text=TextMatch.each(by_text),
            total=match.total,
            symbols=tuple(_counted(found, symbol) for symbol in match.symbols),
            coverage=Coverage.model_validate(coverage),
        )


SYMBOLS = Operation("symbols", SymbolsRequest, SymbolsResponse, "search", in_thread(run))


def _counted(found: "SymbolIndex", symbol: "Symbol") -> CountedDefinition:
    uses = found.uses([symbol.definition])
    resolved = len(uses.resolved.get(symbol.definition, []))
    counts = UseCounts(resolved=resolved, name_match=len(uses.unresolved))
    return CountedDefinition.from_fields(symbol.as_json() | {"references": counts})
