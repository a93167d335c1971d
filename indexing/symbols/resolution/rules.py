"""What the languages share: chains of names, members of classes and their bases, imports.

A lookup returns None where a name is certainly not there and UNKNOWN where that cannot be told:
the second ends the search, so that nothing found further out is taken for certain.
"""

from collections.abc import Iterable, Iterator

from indexing.parsing.scopes.receivers import OPAQUE, TYPED
from indexing.parsing.scopes.scope import ImportBinding
from indexing.symbols.resolution.entities import (
    OUTSIDE,
    UNKNOWN,
    DefinitionEntity,
    Entity,
    ExternalEntity,
    InstanceEntity,
    ModuleEntity,
)
from indexing.symbols.resolution.program import TYPES, Program, ProgramFile

MAX_DEPTH = 12
"""How many imports or base classes are followed."""


class LanguageRules:
    """The rules of one language over one program."""

    harmless_bases: frozenset[str] = frozenset()
    """Bases outside the repository that define nothing that is asked for by name."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def refer(self, file: ProgramFile, within: str, receiver: str, name: str) -> Entity:
        """Return what a use refers to, or UNKNOWN."""
        return self.seek(file, within, receiver, name) or UNKNOWN

    def seek(self, file: ProgramFile, within: str, receiver: str, name: str) -> Entity | None:
        """Return what a use refers to; None where that is certainly nothing."""
        if receiver == OPAQUE:
            return UNKNOWN
        if not receiver:
            return self.bare(file, within, name, 0)
        if receiver == "super":
            return self._inherited(file, within, name)
        return self._member(self.chain(file, within, receiver, 0), name, 0)

    def _inherited(self, file: ProgramFile, within: str, name: str) -> Entity:
        """Return what the class around has from its only base."""
        owner = self.class_around(file, within)
        bases = list(self.bases(owner, 0)) if owner is not None else []
        if len(bases) != 1 or not isinstance(bases[0], DefinitionEntity):
            return UNKNOWN
        return self.member(bases[0], name, 0) or UNKNOWN

    def chain(self, file: ProgramFile, within: str, text: str, depth: int) -> Entity:
        """Return what names joined by dots stand for."""
        if depth > MAX_DEPTH:
            return UNKNOWN
        if text.startswith(TYPED):
            detail, _, rest = text.removeprefix(TYPED).partition("/")
            entity: Entity = InstanceEntity(file.document, within, detail)
        else:
            first, _, rest = text.partition(".")
            entity = self.first(file, within, first, depth) or UNKNOWN
        for name in rest.split(".") if rest else ():
            entity = self._member(entity, name, depth + 1) or UNKNOWN
        return entity

    def first(self, file: ProgramFile, within: str, name: str, depth: int) -> Entity | None:
        """Return what the first name of a chain stands for."""
        return self.bare(file, within, name, depth)

    def bare(self, file: ProgramFile, within: str, name: str, depth: int) -> Entity | None:
        """Return what a name that stands alone refers to."""
        raise NotImplementedError

    def imported(self, file: ProgramFile, item: ImportBinding, depth: int) -> Entity:
        """Return what an import brings in."""
        raise NotImplementedError

    def exported(self, module: ModuleEntity, name: str, depth: int) -> Entity | None:
        """Return what a module hands out under a name."""
        raise NotImplementedError

    def type_of(self, instance: InstanceEntity, depth: int) -> Entity:
        """Return the class of a value."""
        file = self.program.file(instance.document)
        return self.chain(file, instance.within, instance.type, depth + 1)

    def _member(self, entity: Entity | None, name: str, depth: int) -> Entity | None:
        if depth > MAX_DEPTH:
            return UNKNOWN
        if isinstance(entity, InstanceEntity):
            entity = self.type_of(entity, depth)
        if isinstance(entity, DefinitionEntity):
            return self.member(entity, name, depth)
        if isinstance(entity, ModuleEntity):
            return self.exported(entity, name, depth + 1)
        return entity

    def member(self, owner: DefinitionEntity, name: str, depth: int) -> Entity | None:
        """Return what a class has under a name, its own or inherited."""
        if depth > MAX_DEPTH:
            return UNKNOWN
        own = self.own_member(owner, name)
        if own is not None:
            return own
        for base in self.bases(owner, depth):
            if isinstance(base, ExternalEntity):
                continue
            if not isinstance(base, DefinitionEntity):
                return UNKNOWN
            found = self.member(base, name, depth + 1)
            if found is not None:
                return found
        return None

    def own_member(self, owner: DefinitionEntity, name: str) -> Entity | None:
        """Return what a class defines itself under a name."""
        file = self.program.file(owner.document)
        value = self.variable(file, owner.qualified, name)
        defined = self.defined(file, f"{owner.qualified}.{name}")
        return UNKNOWN if value and defined else value or defined

    def defined(self, file: ProgramFile, qualified: str) -> DefinitionEntity | None:
        """Return what a file defines under a qualified name."""
        return DefinitionEntity(file.document, qualified) if qualified in file.symbols else None

    def variable(self, file: ProgramFile, scope: str, name: str) -> Entity | None:
        """Return a variable of a scope; UNKNOWN where its type is not told."""
        detail = file.values.get((scope, name))
        if detail is None:
            return None
        return InstanceEntity(file.document, scope, detail) if detail else UNKNOWN

    def brought_in(self, file: ProgramFile, scope: str, name: str, depth: int) -> list[Entity]:
        """Return what the imports of a scope bring in under a name."""
        imports = file.imports.get((scope, name), ())
        return [self.imported(file, item, depth + 1) for item in imports]

    def bases(self, owner: DefinitionEntity, depth: int) -> Iterator[Entity]:
        """Yield the base classes in order; OUTSIDE is one that defines nothing of interest."""
        file = self.program.file(owner.document)
        around = owner.qualified.rpartition(".")[0]
        for text in file.scope.bases.get(owner.qualified, ()):
            last = text.rpartition(".")[2]
            if last in self.harmless_bases:
                yield OUTSIDE
                continue
            entity = self.chain(file, around, text, depth + 1) if text else UNKNOWN
            yield UNKNOWN if isinstance(entity, ExternalEntity) else entity

    def class_around(self, file: ProgramFile, within: str) -> DefinitionEntity | None:
        """Return the innermost class that holds `within`."""
        while within:
            if file.kind(within) in TYPES:
                return DefinitionEntity(file.document, within)
            within = within.rpartition(".")[0]
        return None

    def one_of(self, found: Iterable[Entity | None]) -> Entity | None:
        """Return the only one, UNKNOWN where there are several, None where there is none."""
        distinct = [entity for entity in dict.fromkeys(found) if entity is not None]
        if not distinct:
            return None
        return distinct[0] if len(distinct) == 1 else UNKNOWN


def scopes_of(within: str) -> Iterator[str]:
    """Yield a qualified name and what is around it, the innermost first, never the file."""
    while within:
        yield within
        within = within.rpartition(".")[0]
