"""JavaScript and TypeScript: imports by relative path or workspace package, exports, classes."""

import posixpath

from indexing.parsing.scopes.ecmascript import DEFAULT, WHOLE
from indexing.parsing.scopes.scope import EXPORT, STAR, ImportBinding
from indexing.symbols.resolution.entities import (
    OUTSIDE,
    UNKNOWN,
    DefinitionEntity,
    Entity,
    InstanceEntity,
    ModuleEntity,
)
from indexing.symbols.resolution.program import TYPES, ProgramFile
from indexing.symbols.resolution.rules import MAX_DEPTH, LanguageRules, scopes_of

ENDINGS = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
COMPILED = {".js": (".ts", ".tsx"), ".jsx": (".tsx",), ".mjs": (".mts",), ".cjs": (".cts",)}
"""What a path in TypeScript names by the file that it becomes."""
ENTRIES = ("src/index", "index", "src/main", "lib/index")
FUNCTIONS = frozenset({"function", "method"})
SCOPES = FUNCTIONS | {"module"}
"""What is defined inside these is seen inside them by its bare name."""


class EcmaScriptRules(LanguageRules):
    """The rules of JavaScript, TypeScript and TSX."""

    harmless_bases = frozenset({"Object"})

    def first(self, file: ProgramFile, within: str, name: str, depth: int) -> Entity | None:
        if name != "this":
            return self.bare(file, within, name, depth)
        # In a function inside a method, `this` is whatever that function is called on.
        owner = within.rpartition(".")[0]
        if file.kind(owner) == "class" and file.kind(within) == "method":
            return DefinitionEntity(file.document, owner)
        return UNKNOWN

    def bare(self, file: ProgramFile, within: str, name: str, depth: int) -> Entity | None:
        for scope in scopes_of(within):
            qualified = f"{scope}.{name}"
            if file.kind(scope) in SCOPES and file.kind(qualified) not in ("", "method"):
                if qualified in file.scope.attached:
                    return UNKNOWN
                return DefinitionEntity(file.document, qualified)
            if imported := self.brought_in(file, scope, name, depth):
                return self.one_of(imported)
        return self._top(file, name, depth)

    def _top(self, file: ProgramFile, name: str, depth: int) -> Entity | None:
        """Return what a file's own scope binds a name to."""
        found: list[Entity] = []
        rows = file.symbols.get(name, [])
        if rows and name not in file.scope.attached and rows[0].kind != "method":
            found.append(DefinitionEntity(file.document, name))
        found += self.brought_in(file, "", name, depth)
        value = self.variable(file, "", name)
        return self.one_of([*found, UNKNOWN if value and found else value])

    def imported(self, file: ProgramFile, item: ImportBinding, depth: int) -> Entity:
        if depth > MAX_DEPTH:
            return UNKNOWN
        if not item.module:
            return self._top(file, item.name, depth + 1) or UNKNOWN
        module = self.module(file, item.module)
        if not item.name or not isinstance(module, ModuleEntity):
            return module
        if item.name == WHOLE:
            return self._whole(module, depth) or module
        return self.exported(module, item.name, depth) or UNKNOWN

    def exported(self, module: ModuleEntity, name: str, depth: int) -> Entity | None:
        if depth > MAX_DEPTH:
            return UNKNOWN
        file = self.program.file(module.documents[0])
        found = self.brought_in(file, EXPORT, name, depth) + self._declared(file, name, depth)
        if found:
            return self.one_of(found)
        if name == DEFAULT:
            # A module of CommonJS that is imported by default is what it hands out.
            return self._whole(module, depth)
        return self._from_stars(file, name, depth) or self._of_whole(module, name, depth)

    def _declared(self, file: ProgramFile, name: str, depth: int) -> list[Entity]:
        """Return what a file exports where it defines it."""
        if name == DEFAULT:
            return [
                DefinitionEntity(file.document, qualified)
                for qualified, rows in file.symbols.items()
                if "." not in qualified and rows[0].signature.startswith("export default")
            ]
        of = file.scope.attached.get(name)
        if of is not None:
            own = of in ("exports", WHOLE)
            return [DefinitionEntity(file.document, name)] if own else []
        rows = file.symbols.get(name, [])
        if any(row.signature.startswith(("export ", "declare ")) for row in rows):
            return [self._top(file, name, depth) or UNKNOWN]
        return []

    def _from_stars(self, file: ProgramFile, name: str, depth: int) -> Entity | None:
        found: list[Entity] = []
        for star in file.imports.get((EXPORT, STAR), ()):
            module = self.module(file, star.module)
            if not isinstance(module, ModuleEntity):
                found.append(UNKNOWN)
            elif (entity := self.exported(module, name, depth + 1)) is not None:
                found.append(entity)
        sure = [entity for entity in found if entity != UNKNOWN]
        # A star from outside may hand out anything, but what we hand out under the name is ours.
        return self.one_of(sure) if sure else (UNKNOWN if found else None)

    def _whole(self, module: ModuleEntity, depth: int) -> Entity | None:
        """Return what `module.exports = name` hands out; None where nothing is assigned to it."""
        file = self.program.file(module.documents[0])
        return self.one_of(self.brought_in(file, EXPORT, WHOLE, depth))

    def _of_whole(self, module: ModuleEntity, name: str, depth: int) -> Entity | None:
        """Return a property of what `module.exports = name` hands out."""
        whole = self._whole(module, depth)
        return (
            self._member(whole, name, depth + 1) if isinstance(whole, DefinitionEntity) else whole
        )

    def member(self, owner: DefinitionEntity, name: str, depth: int) -> Entity | None:
        file = self.program.file(owner.document)
        kind = file.kind(owner.qualified)
        if kind in FUNCTIONS | {"constant"}:
            # What is written inside a function is no property of it.
            of = (owner.qualified, f"{owner.qualified}.prototype")
            if file.scope.attached.get(name) in of:
                return DefinitionEntity(file.document, name)
            qualified = f"{owner.qualified}.{name}"
            is_method = kind == "constant" and file.kind(qualified) == "method"
            return DefinitionEntity(owner.document, qualified) if is_method else UNKNOWN
        if kind in ("class", "interface", "module", "enum"):
            return super().member(owner, name, depth)
        return UNKNOWN

    def type_of(self, instance: InstanceEntity, depth: int) -> Entity:
        entity = super().type_of(instance, depth)
        if isinstance(entity, DefinitionEntity):
            kind = self.program.file(entity.document).kind(entity.qualified)
            return entity if kind in TYPES - {"type"} else UNKNOWN
        return UNKNOWN

    def module(self, file: ProgramFile, text: str) -> Entity:
        """Return the module that an import names from a file."""
        if text.startswith("."):
            path = posixpath.normpath(f"{file.folder}/{text}" if file.folder else text)
            return self._at(path) or UNKNOWN
        packages = self.program.node_packages
        name = text
        while name and name not in packages:
            name = name.rpartition("/")[0]
        if not name:
            # Paths that a configuration maps begin like this.
            return UNKNOWN if text.startswith(("@/", "~", "#", "/")) else self._outside(text)
        rest = text[len(name) + 1 :]
        folder = packages[name]
        for entry in (rest,) if rest else ENTRIES:
            found = self._at(f"{folder}/{entry}" if folder else entry)
            if found is not None:
                return found
        return UNKNOWN

    def _outside(self, text: str) -> Entity:
        top = text.partition("/")[0]
        mapped = any(folder.rpartition("/")[2] == top for folder in self.program.folders)
        return UNKNOWN if mapped else OUTSIDE

    def _at(self, path: str) -> ModuleEntity | None:
        """Return the module at a path, with or without its ending."""
        stem, dot, ending = path.rpartition(".")
        names = [path]
        if dot:
            names += [stem + other for other in COMPILED.get(f".{ending}", ())]
        names += [path + ending for ending in ENDINGS]
        names += [f"{path}/index{ending}" for ending in ENDINGS]
        for name in names:
            document = self.program.documents.get(name.removeprefix("./"))
            if document is not None:
                return ModuleEntity((document,), name)
        return None
