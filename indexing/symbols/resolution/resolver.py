"""Answers for a use: the one definition it refers to, or that this cannot be established."""

from types import UnionType
from typing import NamedTuple

from indexing.symbols.resolution.ecmascript import EcmaScriptRules
from indexing.symbols.resolution.entities import DefinitionEntity, ExternalEntity, ModuleEntity
from indexing.symbols.resolution.go import GoRules
from indexing.symbols.resolution.java import JavaRules
from indexing.symbols.resolution.program import Program
from indexing.symbols.resolution.python import PythonRules
from indexing.symbols.resolution.rules import LanguageRules

RULES: dict[str, type[LanguageRules]] = {
    "python": PythonRules,
    "javascript": EcmaScriptRules,
    "typescript": EcmaScriptRules,
    "tsx": EcmaScriptRules,
    "go": GoRules,
    "java": JavaRules,
}


class ReferenceRow(NamedTuple):
    """A reference as the manifest keeps it."""

    document: int
    name: str
    kind: str
    line: int
    within: str
    receiver: str


class Resolution(NamedTuple):
    """What was established: the definition, that it is outside, or neither."""

    definition: DefinitionEntity | None
    outside: bool = False


class Resolver:
    """Resolves the uses of one program, remembering what it was asked."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._rules: dict[type[LanguageRules], LanguageRules] = {}
        self._known: dict[tuple[int, str, str, str], Resolution] = {}

    def resolve(self, use: ReferenceRow) -> Resolution:
        """Return what a use refers to."""
        key = (use.document, use.within, use.receiver, use.name)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._resolved(use)
        return found

    def _resolved(self, use: ReferenceRow) -> Resolution:
        rules = self._rules_of(use.document)
        if rules is None:
            return Resolution(None)
        file = self.program.file(use.document)
        outside: type | UnionType = ExternalEntity
        if use.kind == "import":
            named = [item for item in file.scope.imports if item.name == use.name]
            entities = {rules.imported(file, item, 0) for item in named}
            entity = entities.pop() if len(entities) == 1 else None
            outside = ExternalEntity | ModuleEntity  # a module is no definition
        else:
            entity = rules.refer(file, use.within, use.receiver, use.name)
        if isinstance(entity, DefinitionEntity):
            return Resolution(entity)
        return Resolution(None, outside=isinstance(entity, outside))

    def _rules_of(self, document: int) -> LanguageRules | None:
        kind = RULES.get(self.program.languages[document])
        if kind is None:
            return None
        if kind not in self._rules:
            self._rules[kind] = kind(self.program)
        return self._rules[kind]
