"""Who uses a name: references in the manifest, matched by name and said to be so."""

from collections.abc import Sequence
from dataclasses import dataclass

from indexing import seals
from indexing.manifest import Generation, Manifest


@dataclass(frozen=True, slots=True)
class Use:
    """One reference; `within` is the symbol that it stands in, empty at module level."""

    path: str
    line: int
    within: str


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition of a name."""

    path: str
    start: int
    end: int
    qualified: str
    kind: str
    signature: str
    doc: str


def callers(manifest: Manifest, generation: Generation, name: str, limit: int) -> list[Use]:
    """Return live calls of `name`, those outside tests first.

    Calls are matched by name: another function of the same name counts too.
    """
    rows = manifest.database.execute(
        "SELECT path, line, within, document.id FROM reference"
        " JOIN member ON member.document = reference.document AND member.generation = ?"
        " JOIN document ON document.id = reference.document"
        " WHERE name = ? AND kind = 'call' ORDER BY path LIKE '%test%', path, line LIMIT ?",
        (generation.id, name, limit),
    ).fetchall()
    seals.check_names(manifest.database, (row[-1] for row in rows))
    return [Use(*row[:-1]) for row in rows]


def definitions(
    manifest: Manifest, generation: Generation, names: Sequence[str], limit: int
) -> list[Definition]:
    """Return live definitions of any of `names`, in any case."""
    found: list[Definition] = []
    for name in names:
        rows = manifest.database.execute(
            "SELECT path, start, end, qualified, kind, signature, doc, document.id FROM symbol"
            " JOIN member ON member.document = symbol.document AND member.generation = ?"
            " JOIN document ON document.id = symbol.document"
            " WHERE name = ? ORDER BY path LIKE '%test%', path, start LIMIT ?",
            (generation.id, name, limit),
        ).fetchall()
        seals.check_names(manifest.database, (row[-1] for row in rows))
        found += [Definition(*row[:-1]) for row in rows]
    return found[:limit]
