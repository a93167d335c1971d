"""One side of a change as a program whose names can be resolved, read file by file as it is asked.

Nothing is indexed for it: a review of a commit needs the few files that name what is gone.
"""

from indexing.decode import decode
from indexing.extract import extract
from indexing.extraction import Extraction
from indexing.languages import language_of
from indexing.resolution.ecmascript import EcmaScriptRules
from indexing.resolution.entities import Entity, Module
from indexing.resolution.program import File, Program, Row
from indexing.resolution.python import PythonRules
from indexing.scopes.scope import Import, unpacked
from tools.draft import Draft

RULES: dict[str, type[PythonRules] | type[EcmaScriptRules]] = {
    "python": PythonRules,
    "javascript": EcmaScriptRules,
    "typescript": EcmaScriptRules,
    "tsx": EcmaScriptRules,
}
"""Languages whose imports tell which file they mean, so that few files have to be read."""
LARGEST = 1 << 20
"""Bytes of a file that is parsed."""


class DraftProgram(Program):
    """The files of a draft; for one thread."""

    def __init__(self, draft: Draft) -> None:
        names = {*draft.snapshot.files, *draft.changes}
        kept = sorted(path for path in names if draft.changes.get(path, b"") is not None)
        self.draft = draft
        self.paths = dict(enumerate(kept))
        self.documents = {path: number for number, path in self.paths.items()}
        found = ((number, language_of(path)) for number, path in self.paths.items())
        self.languages = {number: one.name if one is not None else "" for number, one in found}
        self._files: dict[int, File] = {}
        self._extractions: dict[int, Extraction] = {}
        self._rules: dict[str, PythonRules | EcmaScriptRules] = {}

    def text(self, path: str) -> str:
        """Return a file's text; an empty one where it is none, or too long to be parsed."""
        data = self.draft.content(path) or b""  # kept by nobody: there may be a million lines
        decoded = decode(data) if len(data) <= LARGEST else None
        return decoded.text if decoded is not None else ""

    def extraction(self, document: int) -> Extraction:
        found = self._extractions.get(document)
        if found is None:
            path = self.paths[document]
            found = self._extractions[document] = extract(path, self.text(path))
        return found

    def rules(self, document: int) -> PythonRules | EcmaScriptRules | None:
        """Return the rules by which a file's names are resolved; None where there are none."""
        kind = RULES.get(self.languages[document])
        if kind is None:
            return None
        return self._rules.setdefault(kind.__name__, kind(self))

    def _read(self, document: int) -> File:
        found = self.extraction(document)
        symbols: dict[str, list[Row]] = {}
        for one in found.symbols:
            row = Row(one.kind, one.start, one.end, one.signature)
            symbols.setdefault(one.qualified, []).append(row)
        path, language = self.paths[document], self.languages[document]
        return File(document, path, language, symbols, unpacked(found.scope))


def brought(rules: PythonRules | EcmaScriptRules, file: File, item: Import) -> Entity | None:
    """Return what an import brings in; None where it certainly brings nothing.

    It is asked only of imports that meant a file of the repository before.
    """
    module = rules.module(file, item.module)
    if not isinstance(module, Module):
        return None
    return rules.exported(module, item.name, 0) if item.name else module
