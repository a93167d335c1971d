"""Definitions asked for by name, and the uses of one: what `symbols` and `references` show.

A name matches as it is written, then in any case, then as a beginning, a part or the words of a
name; the first of these that finds anything is taken. A use is resolved where that can be told and
matched by name otherwise; one that certainly means something else is left out and counted.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from indexing.parsing.syntax.documentation import closed_up
from indexing.parsing.syntax.parse_coverage import ParseCoverage, extension_of, parse_coverage
from indexing.ranking.features import is_test
from indexing.store import checksums as seals
from indexing.store import occurrence_store as occurrences
from indexing.store.manifest import Generation, Manifest
from indexing.symbols.resolution.entities import DefinitionEntity
from indexing.symbols.resolution.program import Program
from indexing.symbols.resolution.resolver import ReferenceRow, Resolution, Resolver
from indexing.symbols.text_matches import MatchingLine, text_matches
from indexing.words.tokens import forms

ReferenceCertainty = Literal["resolved", "name-match"]
_PLACE = re.compile(r"(.+):(\d{1,9})")
PARTLY = "by text; the file is parsed in part"
_LIKE = "symbol.name LIKE ? ESCAPE '\\'"
_JOINTS = re.compile(r"::|[#/\\]")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One definition; lines are 1-based and inclusive."""

    path: str
    start: int
    end: int
    name: str
    kind: str
    signature: str
    doc: str
    document: int

    @property
    def definition(self) -> DefinitionEntity:
        return DefinitionEntity(self.document, self.name)

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "start": self.start,
            "end": self.end,
            "symbol": self.name,
            "kind": self.kind,
            "signature": closed_up(self.signature),
            "doc": self.doc,
        }


@dataclass(frozen=True, slots=True)
class SymbolReference:
    """One use of a name; `within` is the symbol that it stands in, `text` its redacted line."""

    path: str
    line: int
    kind: str
    within: str
    certainty: ReferenceCertainty
    text: str = ""


@dataclass(slots=True)
class SymbolUses:
    """Uses of some definitions, and those of which it cannot be told which one is meant."""

    resolved: dict[DefinitionEntity, list[ReferenceRow]] = field(
        default_factory=lambda: defaultdict(list)
    )
    unresolved: list[ReferenceRow] = field(default_factory=list)
    elsewhere: int = 0
    """How many uses of the name certainly mean something else."""


@dataclass(frozen=True, slots=True)
class SymbolMatches:
    """Symbols that were found, and how their names match; `total` counts those not shown too."""

    how: str
    symbols: tuple[Symbol, ...]
    total: int


class SymbolIndex:
    """The symbols of one generation; for one thread."""

    def __init__(self, manifest: Manifest, generation: Generation) -> None:
        self._manifest = manifest
        self._database = manifest.database
        self._generation = generation

    @cached_property
    def program(self) -> Program:
        return Program(self._database, self._generation)

    @cached_property
    def resolver(self) -> Resolver:
        return Resolver(self.program)

    def find(self, name: str, kind: str | None, limit: int) -> SymbolMatches:
        """Return the definitions that a name fits, those outside tests first."""
        wanted = _JOINTS.sub(".", name.strip()).strip(".")
        place = _PLACE.fullmatch(name.strip())
        if place is not None:
            return _match("place", self._at(place[1], int(place[2])), limit)
        for how, found in self._ways(wanted):
            if kind is not None:
                found = [symbol for symbol in found if symbol.kind == kind]  # noqa: PLW2901 - the same, fewer
            if found:
                return _match(how, found, limit)
        return SymbolMatches("none", (), 0)

    def uses(self, definitions: Sequence[DefinitionEntity]) -> SymbolUses:
        """Return all uses of the names of some definitions, sorted by what they mean."""
        found = SymbolUses()
        wanted = set(definitions)
        for name in dict.fromkeys(item.qualified.rpartition(".")[2] for item in definitions):
            for use, resolved in self.named(name):
                if resolved.definition in wanted and resolved.definition is not None:
                    found.resolved[resolved.definition].append(use)
                elif resolved.definition is not None or resolved.outside:
                    found.elsewhere += 1
                else:
                    found.unresolved.append(use)
        return found

    def named(self, name: str) -> Iterator[tuple[ReferenceRow, Resolution]]:
        """Yield every use of a name, also under other names that imports give it."""
        aliases: dict[int, set[str]] = defaultdict(set)
        for use in self._references(name):
            if use.kind == "import":
                file = self.program.file(use.document)
                aliases[use.document].update(
                    item.local for item in file.scope.imports if item.name == name
                )
            yield use, self.resolver.resolve(use)
        for document, locals_ in sorted(aliases.items()):
            for local in sorted(locals_ - {name, ""}):
                for use in self._references(local, document):
                    resolved = self.resolver.resolve(use)
                    if resolved.definition and resolved.definition.qualified.endswith(name):
                        yield use, resolved

    def by_text(self, name: str) -> list[MatchingLine]:
        """Return where a name stands in files that have no symbols, or not all of them."""
        files = dict.fromkeys(self.parsed.part, PARTLY)
        files |= {
            path: f"by text; no symbols in {extension_of(path)}" for path, _ in self.parsed.without
        }
        return text_matches(self._database, self._generation, _last_part(name), files)

    def check_absence(self, name: str) -> None:
        """Raise DatabaseError where a name is only missing because its rows are damaged.

        What is found is checked as it is read. Before nothing is said to be there, the rows of all
        files whose text holds the name are, since a changed row is not found by its name.
        """
        rows = self._database.execute(
            "SELECT DISTINCT occurrence.document FROM member"
            " JOIN occurrence ON occurrence.document = member.document"
            " JOIN unit ON unit.key = occurrence.unit"
            " WHERE member.generation = ? AND instr(text, ?) > 0",
            (self._generation.id, _last_part(name)),
        )
        seals.check_names(self._database, [document for (document,) in rows])

    @cached_property
    def parsed(self) -> ParseCoverage:
        """Which files of the generation have no symbols, or not all."""
        return parse_coverage(self._manifest.notes(self._generation))

    def edge(
        self, use: ReferenceRow, certainty: ReferenceCertainty, *, with_text: bool = True
    ) -> SymbolReference:
        text = self._line(use.document, use.line) if with_text else ""
        path = self.program.paths[use.document]
        return SymbolReference(path, use.line, use.kind, use.within, certainty, text)

    def sorted(self, uses: Sequence[ReferenceRow]) -> list[ReferenceRow]:
        """Return uses by path and line, those in tests last."""
        paths = self.program.paths

        def order(use: ReferenceRow) -> tuple[bool, str, int]:
            path = paths[use.document]
            return is_test(path), path, use.line

        return sorted(uses, key=order)

    def _ways(self, wanted: str) -> Iterator[tuple[str, list[Symbol]]]:
        last = wanted.rpartition(".")[2]
        same = self._rows("symbol.name = ?", last)
        yield "exact", [symbol for symbol in same if _ends_with(symbol.name, wanted)]
        lowered = wanted.lower()
        yield "any case", [symbol for symbol in same if _ends_with(symbol.name.lower(), lowered)]
        if len(last) < 2:
            return
        like = last.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        yield "beginning", self._rows(_LIKE, f"{like}%")
        yield "part", self._rows(_LIKE, f"%{like}%")
        words = [word for part in re.split(r"[\W_]+", wanted) if part for word in _words(part)]
        longest = max(words, key=len, default="")
        rows = self._rows(_LIKE, f"%{longest}%") if longest else []
        yield (
            "words",
            [symbol for symbol in rows if set(words) <= set(_words(_last_part(symbol.name)))],
        )

    def _rows(self, condition: str, value: object) -> list[Symbol]:
        rows = self._database.execute(
            "SELECT path, start, end, qualified, kind, signature, doc, document.id FROM symbol"  # noqa: S608 - a condition of ours
            " JOIN member ON member.document = symbol.document AND member.generation = ?"
            f" JOIN document ON document.id = symbol.document WHERE {condition}",
            (self._generation.id, value),
        )
        found = [Symbol(*row) for row in rows]
        seals.check_names(self._database, (symbol.document for symbol in found))
        return sorted(
            found, key=lambda item: (is_test(item.path), len(item.name), item.path, item.start)
        )

    def _at(self, path: str, line: int) -> list[Symbol]:
        """Return the innermost definition that holds a line of a file."""
        documents = self.program.documents
        number = documents.get(path)
        if number is None:
            fitting = [known for known in documents if known.endswith(f"/{path}")]
            number = documents[fitting[0]] if len(fitting) == 1 else -1
        found = self._rows("symbol.document = ?", number)
        around = [symbol for symbol in found if symbol.start <= line <= symbol.end]
        return sorted(around, key=lambda item: item.end - item.start)[:1]

    def _references(self, name: str, document: int | None = None) -> list[ReferenceRow]:
        rows = self._database.execute(
            "SELECT reference.document, name, kind, line, within, receiver FROM reference"
            " JOIN member ON member.document = reference.document AND generation = ?"
            " WHERE name = ? AND (? IS NULL OR reference.document = ?)",
            (self._generation.id, name, document, document),
        )
        found = [ReferenceRow(*row) for row in rows]
        seals.check_names(self._database, (use.document for use in found))
        return found

    def _line(self, document: int, line: int) -> str:
        """Return a line as the index holds it, redacted."""
        row = self._database.execute(
            "SELECT id FROM occurrence"
            " WHERE document = ? AND start <= ? AND ? <= end ORDER BY end - start LIMIT 1",
            (document, line, line),
        ).fetchone()
        found = occurrences.read(self._database, [row[0]]) if row else []
        if not found:
            return ""
        rows = found[0].text.split("\n")
        return rows[line - found[0].start].strip() if line - found[0].start < len(rows) else ""


def _match(how: str, found: Sequence[Symbol], limit: int) -> SymbolMatches:
    return SymbolMatches(how if found else "none", tuple(found[:limit]), len(found))


def _last_part(name: str) -> str:
    """Return the last part of a name, whatever joins its parts."""
    return _JOINTS.sub(".", name.strip()).rpartition(".")[2]


def _words(name: str) -> tuple[str, ...]:
    found = forms(name)
    return found[1:] or found


def _ends_with(qualified: str, wanted: str) -> bool:
    return qualified == wanted or qualified.endswith(f".{wanted}")
