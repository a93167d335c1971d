"""Go: packages by import path, methods of types across a package's files, embedded types."""

import re
from collections import defaultdict
from functools import cached_property

from indexing.parsing.scopes.scope import ImportBinding
from indexing.symbols.resolution.entities import (
    OUTSIDE,
    UNKNOWN,
    DefinitionEntity,
    Entity,
    InstanceEntity,
    ModuleEntity,
)
from indexing.symbols.resolution.program import Program, ProgramFile
from indexing.symbols.resolution.rules import MAX_DEPTH, LanguageRules

UNIVERSE = frozenset(
    {
        *("any", "append", "bool", "byte", "cap", "clear", "close", "comparable", "complex"),
        *("complex128", "complex64", "copy", "delete", "error", "false", "float32", "float64"),
        *("imag", "int", "int16", "int32", "int64", "int8", "iota", "len", "make", "max", "min"),
        *("new", "nil", "panic", "print", "println", "real", "recover", "rune", "string", "true"),
        *("uint", "uint16", "uint32", "uint64", "uint8", "uintptr"),
    }
)
_VERSION = re.compile(r"v\d+")
_PLAIN = re.compile(r"\*?([A-Za-z_]\w*(?:\.\w+)?)")
CALL = "()"


class GoRules(LanguageRules):
    """The rules of Go."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self._locals: dict[int, dict[str, ImportBinding]] = {}

    def bare(self, file: ProgramFile, within: str, name: str, depth: int) -> Entity | None:  # noqa: ARG002 - as in Rules
        found = self._in_package(self._package(file), name)
        if found is not None:
            return found
        item = self._imports(file).get(name)
        if item is not None:
            return self.imported(file, item, depth)
        if file.stars:
            return UNKNOWN
        return OUTSIDE if name in UNIVERSE else None

    def imported(self, file: ProgramFile, item: ImportBinding, depth: int) -> Entity:  # noqa: ARG002 - as in Rules
        return self._imported(item.module)

    def exported(self, module: ModuleEntity, name: str, depth: int) -> Entity | None:  # noqa: ARG002 - as in Rules
        return self._in_package(module, name) if name[:1].isupper() else UNKNOWN

    def own_member(self, owner: DefinitionEntity, name: str) -> Entity | None:
        file = self.program.file(owner.document)
        detail = file.values.get((owner.qualified, name))
        if detail is not None:
            return InstanceEntity(owner.document, "", detail) if detail else UNKNOWN
        return self._in_package(self._package(file), f"{owner.qualified}.{name}")

    def type_of(self, instance: InstanceEntity, depth: int) -> Entity:
        """Return the type that is named, or the first result of the function that is called."""
        if depth > MAX_DEPTH:
            return UNKNOWN
        file = self.program.file(instance.document)
        called = instance.type.endswith(CALL)
        text = instance.type.removesuffix(CALL)
        entity = self.chain(file, instance.within, text, depth + 1)
        if not isinstance(entity, DefinitionEntity):
            return UNKNOWN
        row = self.program.rows(entity)[0]
        if not called or row.kind not in ("function", "method"):
            return entity
        result = first_result(row.signature)
        if not result:
            return UNKNOWN
        return self.type_of(InstanceEntity(entity.document, "", result), depth + 1)

    def _in_package(self, module: ModuleEntity, qualified: str) -> Entity | None:
        files = map(self.program.file, module.documents)
        return self.one_of(self.defined(file, qualified) for file in files)

    def _package(self, file: ProgramFile) -> ModuleEntity:
        return self._packages[file.folder, file.scope.package]

    @cached_property
    def _packages(self) -> dict[tuple[str, str], ModuleEntity]:
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for document, language in self.program.languages.items():
            if language == "go":
                file = self.program.file(document)
                found[file.folder, file.scope.package].append(document)
        return {key: ModuleEntity(tuple(documents), key[0]) for key, documents in found.items()}

    @cached_property
    def _importable(self) -> dict[str, list[tuple[str, ModuleEntity]]]:
        """By folder the packages that can be imported from it: (name, package)."""
        found: dict[str, list[tuple[str, ModuleEntity]]] = defaultdict(list)
        for (folder, name), module in self._packages.items():
            if not name.endswith("_test"):
                found[folder].append((name, module))
        return dict(found)

    def _imports(self, file: ProgramFile) -> dict[str, ImportBinding]:
        """Return a file's imports by the name that they have in it."""
        known = self._locals.get(file.document)
        if known is None:
            items = [item for item in file.scope.imports if item.local != "*"]
            known = {item.local or self._name(item.module): item for item in items}
            self._locals[file.document] = known
        return known

    def _name(self, path: str) -> str:
        """Return the name of a package: what its files say, else what its path suggests."""
        folder = self._folder(path)
        packages = self._importable.get(folder, []) if folder is not None else []
        if len(packages) == 1:
            return packages[0][0]
        parts = path.split("/")
        if len(parts) > 1 and _VERSION.fullmatch(parts[-1]):
            parts.pop()
        return parts[-1].partition(".")[0]

    def _imported(self, path: str) -> Entity:
        folder = self._folder(path)
        if folder is None:
            return OUTSIDE if self.program.go_modules else UNKNOWN
        packages = self._importable.get(folder, [])
        return packages[0][1] if len(packages) == 1 else UNKNOWN

    def _folder(self, path: str) -> str | None:
        """Return the folder of this repository that an import path names."""
        modules = self.program.go_modules
        name = path
        while name and name not in modules:
            name = name.rpartition("/")[0]
        if not name:
            return None
        return "/".join(part for part in (modules[name], path[len(name) + 1 :]) if part)


def first_result(signature: str) -> str:
    """Return the plain type of a function's first result, or nothing."""
    text = signature.removeprefix("func").strip()
    if text.startswith("("):  # the receiver
        text = text[_group(text) :].strip()
    opening = text.find("(")
    if opening < 0 or "[" in text[:opening]:
        return ""
    rest = text[opening:]
    result = rest[_group(rest) :].strip()
    if result.startswith("("):
        first = result[1:].partition(",")[0].rstrip(")").strip()
        result = first.rpartition(" ")[2]
    match = _PLAIN.fullmatch(result)
    return match[1] if match else ""


def _group(text: str) -> int:
    """Return where the parenthesis that a text begins with is closed."""
    depth = 0
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0:
            return place + 1
    return len(text)
