"""The Python files of a draft as a program whose names can be resolved, read as they are asked for.

The rules are the index's; the files are the draft's, so that what was resolved before a change and
what is resolved after it are asked in the same way.
"""

import re
from functools import cached_property

from indexing.parsing.extract import extract
from indexing.parsing.scopes.scope import unpacked
from indexing.parsing.syntax.types import Extraction
from indexing.symbols.resolution.entities import DefinitionEntity
from indexing.symbols.resolution.program import Program, ProgramFile, SymbolRow
from indexing.symbols.resolution.python import PythonRules
from rooftree.errors import ToolError
from tools.drafts.draft import Draft

ENDINGS = (".py", ".pyi")


class DraftProgram(Program):
    """Every Python file of a draft."""

    def __init__(self, draft: Draft) -> None:
        # The base class reads an index; all that it would read there is read here.
        self.draft = draft
        names = {*draft.snapshot.files, *draft.changes}
        there = sorted(one for one in names if draft.content(one) is not None)
        self.paths = dict(enumerate(there, 1))
        self.documents = {path: number for number, path in self.paths.items()}
        self.languages = {
            number: "python" if path.endswith(ENDINGS) else ""
            for number, path in self.paths.items()
        }
        self._files: dict[int, ProgramFile] = {}
        self._extracted: dict[int, Extraction] = {}

    @cached_property
    def rules(self) -> PythonRules:
        return PythonRules(self)

    @property
    def python(self) -> list[str]:
        return [path for path in self.documents if path.endswith(ENDINGS)]

    def holding(self, name: str) -> list[str]:
        """Return the Python files in which a name stands as a word."""
        word = re.compile(rb"(?<!\w)" + re.escape(name.encode()) + rb"(?!\w)")
        return [path for path in self.python if word.search(self.draft.content(path) or b"")]

    def named(self, name: str) -> list[DefinitionEntity]:
        """Return the definitions whose last part is this."""
        numbers = [self.documents[path] for path in self.holding(name)]
        return [
            DefinitionEntity(number, qualified)
            for number in numbers
            for qualified in self.file(number).symbols
            if qualified.rpartition(".")[2] == name
        ]

    def extracted(self, document: int) -> Extraction:
        """Return what is read out of a file; nothing where it is no text."""
        if document not in self._extracted:
            path = self.paths[document]
            try:
                self._extracted[document] = extract(path, self.draft.text(path))
            except ToolError:
                self._extracted[document] = Extraction("python")
        return self._extracted[document]

    def text(self, path: str) -> str:
        return self.draft.text(path)

    def _read(self, document: int) -> ProgramFile:
        found = self.extracted(document)
        symbols: dict[str, list[SymbolRow]] = {}
        for one in found.symbols:
            row = SymbolRow(one.kind, one.start, one.end, one.signature)
            symbols.setdefault(one.qualified, []).append(row)
        path, language = self.paths[document], self.languages[document]
        return ProgramFile(document, path, language, symbols, unpacked(found.scope))
