"""Who calls a definition, and which definitions a name has."""

from collections.abc import Sequence
from dataclasses import dataclass

from indexing.store import checksums as seals
from indexing.store.manifest import Generation, Manifest
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


@dataclass(frozen=True, slots=True)
class DefinitionSite:
    """One definition of a name."""

    path: str
    start: int
    end: int
    qualified: str
    kind: str
    signature: str
    doc: str


def callers(symbols: SymbolIndex, definition: DefinitionEntity, limit: int) -> list[CallSite]:
    """Return live calls of a definition: resolved ones first, those outside tests before others.

    Calls that certainly mean something else are left out.
    """
    found = symbols.uses([definition])
    sure, unsure = found.resolved.get(definition, []), found.unresolved
    both = [(use, True) for use in symbols.sorted(sure)]
    both += [(use, False) for use in symbols.sorted(unsure)]
    paths = symbols.program.paths
    calls = [
        CallSite(paths[use.document], use.line, use.within, resolved)
        for use, resolved in both
        if use.kind == "call"
    ]
    return calls[:limit]


def definitions(
    manifest: Manifest, generation: Generation, names: Sequence[str], limit: int
) -> list[DefinitionSite]:
    """Return live definitions of any of `names`, in any case."""
    found: list[DefinitionSite] = []
    for name in names:
        rows = manifest.database.execute(
            "SELECT path, start, end, qualified, kind, signature, doc, document.id FROM symbol"
            " JOIN member ON member.document = symbol.document AND member.generation = ?"
            " JOIN document ON document.id = symbol.document"
            " WHERE name = ? ORDER BY path LIKE '%test%', path, start LIMIT ?",
            (generation.id, name, limit),
        ).fetchall()
        seals.check_names(manifest.database, (row[-1] for row in rows))
        found += [DefinitionSite(*row[:-1]) for row in rows]
    return found[:limit]
