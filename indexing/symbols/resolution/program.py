"""The files of a generation with their symbols and scopes, read when they are first asked for."""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from indexing.parsing.scopes.scope import STAR, FileScope, ImportBinding, unpacked
from indexing.store import checksums as seals
from indexing.store import occurrence_store as occurrences
from indexing.store.manifest import Generation
from indexing.symbols.resolution.entities import DefinitionEntity

_GO_MODULE = re.compile(r"^module\s+(\S+)", re.MULTILINE)
_PACKAGE_NAME = re.compile(r'"name"\s*:\s*"([^"]+)"')
TYPES = frozenset({"class", "interface", "struct", "enum", "trait", "type"})


class SymbolRow(NamedTuple):
    """A symbol as the manifest keeps it."""

    kind: str
    start: int
    end: int
    signature: str


@dataclass(frozen=True)
class ProgramFile:
    """One document: what it defines, by qualified name, and what it binds."""

    document: int
    path: str
    language: str
    symbols: dict[str, list[SymbolRow]]
    scope: FileScope

    @cached_property
    def imports(self) -> dict[tuple[str, str], list[ImportBinding]]:
        found: dict[tuple[str, str], list[ImportBinding]] = defaultdict(list)
        for item in self.scope.imports:
            found[item.scope, item.local].append(item)
        return dict(found)

    @cached_property
    def stars(self) -> tuple[ImportBinding, ...]:
        return tuple(item for item in self.scope.imports if item.local == STAR)

    @cached_property
    def values(self) -> dict[tuple[str, str], str]:
        return {(item.scope, item.local): item.type for item in self.scope.values}

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    def kind(self, qualified: str) -> str:
        """Return the kind of a definition, empty where there is none."""
        rows = self.symbols.get(qualified)
        return rows[0].kind if rows else ""


class Program:
    """Every file of a generation; for one thread."""

    def __init__(self, database: sqlite3.Connection, generation: Generation) -> None:
        self._database = database
        self.generation = generation
        rows = database.execute(
            "SELECT id, path, language FROM member JOIN document ON document.id = member.document"
            " WHERE generation = ? ORDER BY path",
            (generation.id,),
        ).fetchall()
        self.paths: dict[int, str] = {number: path for number, path, _ in rows}
        self.languages: dict[int, str] = {number: language for number, _, language in rows}
        self.documents: dict[str, int] = {path: number for number, path, _ in rows}
        self._files: dict[int, ProgramFile] = {}
        self._texts: dict[str, str] = {}

    def file(self, document: int) -> ProgramFile:
        file = self._files.get(document)
        if file is None:
            file = self._files[document] = self._read(document)
        return file

    def read_all(self) -> None:
        """Read all files at once, which is quicker where most are asked for."""
        seals.check_names(self._database, self.paths)
        symbols: dict[int, dict[str, list[SymbolRow]]] = defaultdict(dict)
        for document, qualified, *row in self._database.execute(
            "SELECT symbol.document, qualified, kind, start, end, signature FROM symbol"
            " JOIN member ON member.document = symbol.document WHERE generation = ?"
            " ORDER BY symbol.rowid",
            (self.generation.id,),
        ):
            symbols[document].setdefault(qualified, []).append(SymbolRow(*row))
        for document, packed in self._database.execute(
            "SELECT scope.document, packed FROM scope"
            " JOIN member ON member.document = scope.document WHERE generation = ?",
            (self.generation.id,),
        ).fetchall():
            self._files[document] = self._made(document, symbols[document], packed)

    def named(self, name: str) -> list[DefinitionEntity]:
        """Return the definitions whose last part is this, as it is written."""
        rows = self._database.execute(
            "SELECT DISTINCT symbol.document, qualified FROM symbol"
            " JOIN member ON member.document = symbol.document AND generation = ?"
            " WHERE name = ? AND name = ? COLLATE BINARY",
            (self.generation.id, name, name),
        )
        found = [DefinitionEntity(*row) for row in rows]
        return sorted(found, key=lambda item: (self.paths[item.document], item.qualified))

    def rows(self, definition: DefinitionEntity) -> list[SymbolRow]:
        return self.file(definition.document).symbols.get(definition.qualified, [])

    @cached_property
    def folders(self) -> dict[str, tuple[int, ...]]:
        """The documents that lie in each folder; a folder above others is there too."""
        found: dict[str, list[int]] = {"": []}
        for path, number in self.documents.items():
            folder = path.rpartition("/")[0]
            found.setdefault(folder, []).append(number)
            while folder:
                folder = folder.rpartition("/")[0]
                found.setdefault(folder, [])
        return {folder: tuple(numbers) for folder, numbers in found.items()}

    @cached_property
    def go_modules(self) -> dict[str, str]:
        """The folder of each `go.mod` by the module's name."""
        return dict(self._declared("go.mod", _GO_MODULE))

    @cached_property
    def node_packages(self) -> dict[str, str]:
        """The folder of each `package.json` by the package's name."""
        return dict(self._declared("package.json", _PACKAGE_NAME))

    def text(self, path: str) -> str:
        """Return what the index holds of a file's text: its units, in order."""
        if path not in self._texts:
            rows = self._database.execute(
                "SELECT id FROM occurrence WHERE document = ?", (self.documents[path],)
            )
            found = occurrences.read(self._database, [number for (number,) in rows])
            found.sort(key=lambda item: (item.start, item.id))
            self._texts[path] = "\n".join(item.text for item in found)
        return self._texts[path]

    def _declared(self, filename: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, str]]:
        # The shallowest comes last and wins: samples and fixtures lie deeper.
        called = [path for path in self.documents if path.rpartition("/")[2] == filename]
        for path in sorted(called, key=lambda path: (-path.count("/"), path)):
            match = pattern.search(self.text(path))
            if match is not None:
                yield match[1], path.rpartition("/")[0]

    def _read(self, document: int) -> ProgramFile:
        seals.check_names(self._database, [document])
        symbols: dict[str, list[SymbolRow]] = {}
        for qualified, *row in self._database.execute(
            "SELECT qualified, kind, start, end, signature FROM symbol WHERE document = ?"
            " ORDER BY rowid",
            (document,),
        ):
            symbols.setdefault(qualified, []).append(SymbolRow(*row))
        packed = self._database.execute(
            "SELECT packed FROM scope WHERE document = ?", (document,)
        ).fetchone()
        return self._made(document, symbols, packed[0] if packed else b"")

    def _made(
        self, document: int, symbols: dict[str, list[SymbolRow]], packed: bytes
    ) -> ProgramFile:
        path, language = self.paths[document], self.languages[document]
        return ProgramFile(document, path, language, symbols, unpacked(packed))
