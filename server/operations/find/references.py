"""Find every use of a definition: resolved where that can be told, else matched by its name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from server.operations.find.coverage import Coverage, Status, TextMatch
from server.operations.find.symbols import EXACT, MAX_SYMBOLS, Definition, Name
from server.operations.operation import Call, Operation, RepositoryRequest, Response, in_thread

if TYPE_CHECKING:
    from indexing.symbols.symbol_index import ReferenceCertainty, Symbol, SymbolIndex, SymbolUses

MAX_DEFINITIONS = 20
"""Of how many definitions of one name the uses are grouped."""
MAX_USES = 2_000
"""How many uses an answer lists; it says how many there are."""


class ReferencesRequest(RepositoryRequest):
    """A name, a qualified one such as Queue.get, or path:line."""

    name: Name


class UseOfName(Response):
    """One use of a name; `within` is the symbol that it stands in, `text` its redacted line."""

    path: str
    line: int
    kind: str
    within: str
    certainty: Literal["resolved", "name-match"]
    text: str


class UsesOfName(Response):
    """The first uses, and how many there are."""

    uses: tuple[UseOfName, ...]
    total: int


class UsedDefinition(Definition, UsesOfName):
    """A definition with the uses that certainly mean it."""


class ReferencesResponse(Response):
    """Every use of a definition, grouped where a name has several."""

    name: str
    repo: str
    status: Status
    by_text: tuple[TextMatch, ...]
    definitions: tuple[UsedDefinition, ...]
    more_definitions: int
    by_name: UsesOfName
    elsewhere: int
    """How many uses of the name certainly mean something else."""
    coverage: Coverage


def run(call: Call, request: ReferencesRequest) -> ReferencesResponse:
    name = request.name
    repository = call.host.indexed(request.repo, call.events())
    with repository.symbols() as (found, coverage):
        symbols = _defined(found, name)
        definitions = list(symbols)[:MAX_DEFINITIONS]
        uses = found.uses(definitions) if definitions else _of_nothing_known(found, name)
        by_name = _listed(found, uses.unresolved, "name-match")
        used = {(use.path, use.line) for use in by_name.uses}
        by_text = [one for one in found.by_text(name) if (one.path, one.line) not in used]
        total = len(uses.unresolved) + sum(len(each) for each in uses.resolved.values())
        if not total:
            found.check_absence(name)
        return ReferencesResponse(
            name=name,
            repo=str(repository.worktree.root),
            status=coverage.status(found=bool(total or by_text)),
            by_text=TextMatch.each(by_text),
            definitions=UsedDefinition.each(
                symbols[one].as_json()
                | _listed(found, uses.resolved.get(one, []), "resolved").model_dump()
                for one in definitions
            ),
            more_definitions=len(symbols) - len(definitions),
            by_name=by_name,
            elsewhere=uses.elsewhere,
            coverage=Coverage.model_validate(coverage),
        )


REFERENCES = Operation(
    "references", ReferencesRequest, ReferencesResponse, "search", in_thread(run)
)


def _defined(found: "SymbolIndex", name: str) -> "dict[Any, Symbol]":
    """Return the definitions that have the name, each with its first symbol."""
    match = found.find(name, None, MAX_SYMBOLS)
    symbols: dict[Any, Symbol] = {}
    for symbol in match.symbols if match.how in EXACT else ():
        symbols.setdefault(symbol.definition, symbol)
    return symbols


def _of_nothing_known(found: "SymbolIndex", name: str) -> "SymbolUses":
    """Return the uses of a name that nothing here defines."""
    from indexing.symbols.symbol_index import SymbolUses

    last = name.strip().rpartition(".")[2]
    return SymbolUses(unresolved=[use for use, _ in found.named(last)])


def _listed(
    found: "SymbolIndex", uses: Sequence[Any], certainty: "ReferenceCertainty"
) -> UsesOfName:
    shown = [found.edge(use, certainty) for use in found.sorted(uses)[:MAX_USES]]
    return UsesOfName(uses=UseOfName.each(shown), total=len(uses))
