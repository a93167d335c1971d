"""Who calls a definition, and which definitions a name has."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from indexing.store import checksums as seals
from indexing.store.manifest import Generation
from indexing.symbols.resolution.entities import DefinitionEntity
from indexing.symbols.symbol_index import SymbolIndex


@dataclass(frozen=True, slots=True)
class CallSite:
    """One call; `within` is the symbol that it stands in, empty at module level.

    `resolved` says whether it is established that this definition is called; else it is a call of
    the same name that may mean another one.
    """

    path: str
    line: int
    within: str
    resolved: bool = False


def callers(symbols: SymbolIndex, definition: DefinitionEntity, limit: int) -> list[CallSite]:
    """Return live calls of a definition: resolved ones first, those outside tests before others.

    Calls that certainly mean something else are left out.
    """
    found, paths = symbols.uses([definition]), symbols.program.paths
    both = ((found.resolved.get(definition, []), True), (found.unresolved, False))
    calls = [
        CallSite(paths[use.document], use.line, use.within, resolved)
        for uses, resolved in both
        for use in symbols.sorted(uses)
        if use.kind == "call"
    ]
    return calls[:limit]


def defined_names(
    database: sqlite3.Connection, generation: Generation, names: Sequence[str]
) -> set[str]:
    """Return those of `names` that a live definition has, in any case."""
    found: dict[str, int] = {}
    for name in names:
        row = database.execute(
            "SELECT symbol.document FROM symbol"
            " JOIN member ON member.document = symbol.document AND member.generation = ?"
            " WHERE name = ? LIMIT 1",
            (generation.id, name),
        ).fetchone()
        if row is not None:
            found[name] = row[0]
    seals.check_names(database, found.values())
    return set(found)
