"""The files of a draft as a program whose names can be resolved, read file by file as it is asked.

Nothing is indexed for it: the rules are the index's and the files are the draft's, and most
questions need only the few files that hold a name.
"""

import re
from collections.abc import Collection
from functools import cached_property

from indexing.files.decode import decode
from indexing.parsing.extract import extract
from indexing.parsing.syntax.languages import language_of
from indexing.parsing.syntax.types import Extraction
from indexing.symbols.resolution.ecmascript import EcmaScriptRules
from indexing.symbols.resolution.entities import DefinitionEntity
from indexing.symbols.resolution.program import Program, ProgramFile, SymbolRow
from indexing.symbols.resolution.python import PythonRules
from tools.drafts.draft import Draft

PYTHON_ENDINGS = (".py", ".pyi")
RULES: dict[str, type[PythonRules] | type[EcmaScriptRules]] = {
    "python": PythonRules,
    "javascript": EcmaScriptRules,
    "typescript": EcmaScriptRules,
    "tsx": EcmaScriptRules,
}
"""Languages whose imports tell which file they mean, so that few files have to be read."""
MAX_FILE_BYTES = 1 << 20
"""Bytes of a file that is parsed, where nothing else is asked for."""


class DraftProgram(Program):
    """The files of a draft; for one thread.

    What stands the same `beside` it, in a draft of the same snapshot, is parsed once for both.
    """

    def __init__(
        self, draft: Draft, beside: "DraftProgram | None" = None, largest: int = MAX_FILE_BYTES
    ) -> None:
        # The base class reads an index; all that it would read there is read here.
        names = {*draft.snapshot.files, *draft.changes}
        kept = sorted(path for path in names if draft.changes.get(path, b"") is not None)
        self.draft, self.beside, self.largest = draft, beside, largest
        self.paths = dict(enumerate(kept))
        self.documents = {path: number for number, path in self.paths.items()}
        found = ((number, language_of(path)) for number, path in self.paths.items())
        self.languages = {number: one.name if one is not None else "" for number, one in found}
        self._files: dict[int, ProgramFile] = {}
        self._extractions: dict[int, Extraction] = {}
        self._rules: dict[str, PythonRules | EcmaScriptRules] = {}

    @cached_property
    def python_rules(self) -> PythonRules:
        return PythonRules(self)

    def text(self, path: str) -> str:
        """Return a file's text; an empty one where it is none, or too long to be parsed."""
        return self._decoded(self.draft.content(path) or b"")  # not cached: maybe a million lines

    def _decoded(self, data: bytes) -> str:
        decoded = decode(data) if len(data) <= self.largest else None
        return decoded.text if decoded is not None else ""

    def extraction(self, document: int) -> Extraction:
        found = self._extractions.get(document)
        if found is None:
            path = self.paths[document]
            if self.beside is not None and self._is_same(path, self.beside.draft):
                found = self.beside.extraction(self.beside.documents[path])
            else:
                found = extract(path, self.text(path))
            self._extractions[document] = found
        return found

    def _is_same(self, path: str, other: Draft) -> bool:
        """Say whether neither this draft nor another of the same snapshot changes a file."""
        same = self.draft.snapshot is other.snapshot
        return same and path not in self.draft.changes and path not in other.changes

    def names_in(self, path: str, names: Collection[str]) -> tuple[frozenset[str], str]:
        """Return which of some names stand as words in a file, and its text if any does.

        Most files hold none, which their bytes tell; only those that may are decoded.
        """
        data = self.draft.content(path) or b""
        plain = b"\0" not in data  # else UTF-16, where letters are not the bytes of their names
        if plain and not any(not one.isascii() or one.encode() in data for one in names):
            return frozenset(), ""
        text = self._decoded(data)
        found = frozenset(one for one in names if contains_word(text, one))
        return found, text if found else ""

    def python_files_with(self, name: str) -> list[str]:
        """Return the Python files in which a name stands as a word."""
        word = re.compile(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)")
        python = (path for path in self.documents if path.endswith(PYTHON_ENDINGS))
        return [path for path in python if word.search(self.draft.content(path) or b"")]

    def named(self, name: str) -> list[DefinitionEntity]:
        """Return the definitions of Python whose last part is this."""
        return [
            DefinitionEntity(number, qualified)
            for number in map(self.documents.__getitem__, self.python_files_with(name))
            for qualified in self.file(number).symbols
            if qualified.rpartition(".")[2] == name
        ]

    def rules(self, document: int) -> PythonRules | EcmaScriptRules | None:
        """Return the rules by which a file's names are resolved; None where there are none."""
        kind = RULES.get(self.languages[document])
        if kind is None:
            return None
        return self._rules.setdefault(kind.__name__, kind(self))

    def _read(self, document: int) -> ProgramFile:
        found = self.extraction(document)
        symbols: dict[str, list[SymbolRow]] = {}
        for one in found.symbols:
            row = SymbolRow(one.kind, one.start, one.end, one.signature)
            symbols.setdefault(one.qualified, []).append(row)
        return self._made(document, symbols, found.scope)


def contains_word(text: str, name: str) -> bool:
    """Say whether a name stands in a text as a word of its own."""
    at = text.find(name)
    while at >= 0:
        around = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        if not any(one.isalnum() or one == "_" for one in around):
            return True
        at = text.find(name, at + 1)
    return False
