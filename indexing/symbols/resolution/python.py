"""Python: scopes, absolute and relative imports, re-exports, classes and their bases."""

import builtins
import re
import sys

from indexing.parsing.scopes.scope import ImportBinding
from indexing.symbols.resolution.entities import (
    OUTSIDE,
    UNKNOWN,
    DefinitionEntity,
    Entity,
    InstanceEntity,
    ModuleEntity,
    UnknownEntity,
)
from indexing.symbols.resolution.program import TYPES, ProgramFile
from indexing.symbols.resolution.rules import MAX_DEPTH, LanguageRules, scopes_of

BUILTINS = frozenset(dir(builtins))
_RETURNS = re.compile(r"->\s*[\"']?([A-Za-z_][\w.]*)[\"']?$")
PLAIN_TYPES = frozenset({"str", "bytes", "int", "float", "bool", "dict", "list", "set", "tuple"})
SOURCE_FOLDERS = ("", "src", "lib", "python")


class PythonRules(LanguageRules):
    """The rules of Python."""

    harmless_bases = frozenset({"object", "Generic", "Protocol", "ABC"})

    def first(self, file: ProgramFile, within: str, name: str, depth: int) -> Entity | None:
        if name in ("self", "cls"):
            around = self.class_around(file, within)
            # A function that has a parameter of this name and is in no class tells nothing.
            return around if around is not None and around.qualified != within else UNKNOWN
        return self.bare(file, within, name, depth)

    def bare(self, file: ProgramFile, within: str, name: str, depth: int) -> Entity | None:
        for scope in scopes_of(within):
            if file.kind(scope) in TYPES and scope != within:
                continue  # what a class defines is not seen in its methods
            found = self._bound(file, scope, name, depth)
            if found is not None:
                return found
        found = self._bound(file, "", name, depth)
        if found is not None:
            return found
        # The last star wins, but for what its `__all__` holds back: of several none is told.
        found = self._from_stars(file, name, depth)
        if found is not None:
            return found
        return OUTSIDE if name in BUILTINS else None

    def _bound(self, file: ProgramFile, scope: str, name: str, depth: int) -> Entity | None:
        """Return what one scope binds a name to; UNKNOWN where several things may be meant."""
        qualified = f"{scope}.{name}" if scope else name
        defined, value = self.defined(file, qualified), self.variable(file, scope, name)
        found = [defined, *self.brought_in(file, scope, name, depth)]
        if not (any(found) and file.kind(qualified) == "constant"):
            found.append(value)
        return self.one_of(found)

    def imported(self, file: ProgramFile, item: ImportBinding, depth: int) -> Entity:
        module = self.module(file, item.module)
        if not item.name or not isinstance(module, ModuleEntity):
            return module
        return self.exported(module, item.name, depth) or UNKNOWN

    def exported(self, module: ModuleEntity, name: str, depth: int) -> Entity | None:
        if depth > MAX_DEPTH:
            return UNKNOWN
        if module.documents:
            file = self.program.file(module.documents[0])
            found = self._bound(file, "", name, depth)
            if found is None and file.stars:
                found = self._from_stars(file, name, depth)
            below = self._beneath(module.path, name)
            if found is None or (isinstance(found, UnknownEntity) and below is not None):
                return below
            return found
        return self._beneath(module.path, name)

    def _from_stars(self, file: ProgramFile, name: str, depth: int) -> Entity | None:
        found: list[Entity | None] = []
        for star in file.stars:
            module = self.module(file, star.module)
            if not isinstance(module, ModuleEntity):
                return UNKNOWN
            found.append(self.exported(module, name, depth + 1))
        return self.one_of(found)

    def module(self, file: ProgramFile, text: str) -> Entity:
        """Return the module that an import statement in a file names."""
        relative = len(text) - len(text.lstrip("."))
        parts = [part for part in text[relative:].split(".") if part]
        if relative:
            folder = file.folder
            for _ in range(relative - 1):
                folder = folder.rpartition("/")[0]
            return self._at("/".join([*([folder] if folder else []), *parts])) or UNKNOWN
        found = [
            entity
            for root in self._roots(file)
            if (entity := self._at("/".join([*([root] if root else []), *parts]))) is not None
        ]
        with_files = [entity for entity in found if entity.documents]
        if with_files or found:
            return self.one_of(list(with_files or found)) or UNKNOWN
        return self._outside(parts[0] if parts else "")

    def _outside(self, top: str) -> Entity:
        """Say that a module is not of this repository, unless a part of it has that name."""
        if top in sys.stdlib_module_names:
            return OUTSIDE
        suffixes = (f"/{top}.py", f"/{top}/__init__.py")
        paths = self.program.documents
        return UNKNOWN if any(path.endswith(suffixes) for path in paths) else OUTSIDE

    def _roots(self, file: ProgramFile) -> list[str]:
        """Return where absolute imports of a file may start: its own root, and the usual ones."""
        own = file.folder
        while own and f"{own}/__init__.py" in self.program.documents:
            own = own.rpartition("/")[0]
        return list(dict.fromkeys([own, *SOURCE_FOLDERS]))

    def _at(self, path: str) -> ModuleEntity | None:
        """Return the module at a path without its ending: a file, a package, or a bare folder."""
        for name in (f"{path}/__init__.py", f"{path}.py", f"{path}/__init__.pyi", f"{path}.pyi"):
            document = self.program.documents.get(name.lstrip("/"))
            if document is not None:
                package = name.endswith(("__init__.py", "__init__.pyi"))
                return ModuleEntity((document,), path if package else "")
        return ModuleEntity((), path) if path and path in self.program.folders else None

    def _beneath(self, folder: str, name: str) -> Entity | None:
        return self._at(f"{folder}/{name}") if folder else None

    def member(self, owner: DefinitionEntity, name: str, depth: int) -> Entity | None:
        kind = self.program.file(owner.document).kind(owner.qualified)
        return super().member(owner, name, depth) if kind == "class" else UNKNOWN

    def type_of(self, instance: InstanceEntity, depth: int) -> Entity:
        """Return the class that an annotation names or a call makes; what a function returns."""
        if instance.type in PLAIN_TYPES:
            return OUTSIDE
        entity = super().type_of(instance, depth)
        if not isinstance(entity, DefinitionEntity):
            return UNKNOWN  # what has a type from outside may still hold one of ours
        rows = self.program.rows(entity)
        if rows[0].kind not in ("function", "method"):
            return entity
        match = _RETURNS.search(rows[0].signature)
        if match is None or len(rows) > 1 or rows[0].signature.startswith("async "):
            return UNKNOWN
        file = self.program.file(entity.document)
        return self.chain(file, entity.qualified.rpartition(".")[0], match[1], depth + 1)
