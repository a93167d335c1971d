"""Java: imports, packages, nested classes, members of classes and what they extend."""

from collections import defaultdict
from functools import cached_property
from itertools import pairwise

from indexing.parsing.scopes.scope import STAR, ImportBinding
from indexing.symbols.resolution.entities import (
    OUTSIDE,
    UNKNOWN,
    DefinitionEntity,
    Entity,
    InstanceEntity,
    ModuleEntity,
)
from indexing.symbols.resolution.program import TYPES, ProgramFile
from indexing.symbols.resolution.rules import LanguageRules, scopes_of

MEMBERS = frozenset({"method", "function", "constant"})


class JavaRules(LanguageRules):
    """The rules of Java. Overloads of a method are one definition."""

    harmless_bases = frozenset({"Object", "Serializable", "Cloneable"})

    def refer(self, file: ProgramFile, within: str, receiver: str, name: str) -> Entity:
        is_own = receiver in ("", "this", "super") and not name[:1].isupper()
        if is_own and self._in_unnamed_class(file, within):
            return UNKNOWN
        return super().refer(file, within, receiver, name)

    def first(self, file: ProgramFile, within: str, name: str, depth: int) -> Entity | None:
        if name == "this":
            return self.class_around(file, within)
        for scope in scopes_of(within):
            if (value := self.variable(file, scope, name)) is not None:
                return value
        found = self._type(file, within, name, depth)
        # A field that is inherited looks like a class that is not there.
        return found if found is not None and name[:1].isupper() else UNKNOWN

    def bare(self, file: ProgramFile, within: str, name: str, depth: int) -> Entity | None:
        if name[:1].isupper():
            return self._type(file, within, name, depth)
        for scope in scopes_of(within):
            if file.kind(scope) in TYPES:
                found = self.member(DefinitionEntity(file.document, scope), name, depth)
                if found is not None:
                    return found
        for item in file.imports.get(("", name), ()):
            return self.imported(file, item, depth)
        return UNKNOWN

    def _type(self, file: ProgramFile, within: str, name: str, depth: int) -> Entity | None:
        for scope in scopes_of(within):
            if file.kind(f"{scope}.{name}") in TYPES:
                return DefinitionEntity(file.document, f"{scope}.{name}")
        if file.kind(name) in TYPES:
            return DefinitionEntity(file.document, name)
        for item in file.imports.get(("", name), ()):
            return self.imported(file, item, depth)
        module = ModuleEntity(self._packages.get(file.scope.package, ()), file.scope.package)
        found = self.exported(module, name, depth)
        if found is not None:
            return found
        stars = [self.exported(self._module(item), name, depth) for item in file.stars]
        return self.one_of(stars)

    def imported(self, file: ProgramFile, item: ImportBinding, depth: int) -> Entity:  # noqa: ARG002 - as in Rules
        package = self._packages.get(item.module)
        if package is not None:
            return self.exported(ModuleEntity(package, item.module), item.name, depth) or UNKNOWN
        owner = self._class(item.module)
        if owner is not None:
            return self.member(owner, item.name, depth) or UNKNOWN
        top = ".".join(item.module.split(".")[:2])
        ours = any(package.startswith(top) for package in self._packages)
        return UNKNOWN if ours else OUTSIDE

    def exported(self, module: ModuleEntity, name: str, depth: int) -> Entity | None:  # noqa: ARG002 - as in Rules
        return self.one_of(
            [
                DefinitionEntity(document, name)
                for document in module.documents
                if self.program.file(document).kind(name) in TYPES
            ]
        )

    def own_member(self, owner: DefinitionEntity, name: str) -> Entity | None:
        file = self.program.file(owner.document)
        defined = self.defined(file, f"{owner.qualified}.{name}")
        return defined or self.variable(file, owner.qualified, name)

    def type_of(self, instance: InstanceEntity, depth: int) -> Entity:
        entity = super().type_of(instance, depth)
        return entity if isinstance(entity, DefinitionEntity) else UNKNOWN

    def _module(self, item: ImportBinding) -> ModuleEntity:
        documents = self._packages.get(item.module, ()) if item.name == STAR else ()
        return ModuleEntity(documents, item.module)

    def _class(self, text: str) -> DefinitionEntity | None:
        """Return the class with this full name, nested or not."""
        package, names = text, list[str]()
        while package and package not in self._packages:
            package, _, name = package.rpartition(".")
            names.insert(0, name)
        qualified = ".".join(names)
        for document in self._packages.get(package, ()) if names else ():
            if self.program.file(document).kind(qualified) in TYPES:
                return DefinitionEntity(document, qualified)
        return None

    def _in_unnamed_class(self, file: ProgramFile, within: str) -> bool:
        """Say whether a member stands inside another member: a class without a name is between."""
        scopes = list(scopes_of(within))
        pairs = pairwise(scopes)
        return any(
            file.kind(inner) in MEMBERS and file.kind(outer) in MEMBERS for inner, outer in pairs
        )

    @cached_property
    def _packages(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, list[int]] = defaultdict(list)
        for document, language in self.program.languages.items():
            if language == "java":
                found[self.program.file(document).scope.package].append(document)
        return {package: tuple(documents) for package, documents in found.items()}
