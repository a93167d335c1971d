"""A file's scope read from what its query captured, and what each use of a name stands on.

A variable of a function never leaves it, so it is not kept: a use of it gets its type, or nothing,
as its receiver. Where blocks or unnamed functions have scopes of their own, the definition around
them stands for all: what is hidden there is taken as hidden in all of it.
"""

from dataclasses import dataclass, field

from indexing.parsing.scopes import ecmascript, go, java, python
from indexing.parsing.scopes.nodes import BindingReader
from indexing.parsing.scopes.receivers import OPAQUE, TYPED, receiver
from indexing.parsing.scopes.scope import EXPORT, Binding, FileScope, ImportBinding, TypedVariable
from indexing.parsing.syntax.captures import Captures
from indexing.parsing.syntax.definitions import MEMBER_KINDS, Outline
from indexing.parsing.syntax.grammars import ParserSource

READERS: dict[str, BindingReader] = {
    "python": python.bound,
    "javascript": ecmascript.bound,
    "typescript": ecmascript.bound,
    "tsx": ecmascript.bound,
    "go": go.bound,
    "java": java.bound,
}
"""The languages whose names can be resolved."""
SELF = frozenset({"self", "cls", "this", "super"})


@dataclass(slots=True)
class ScopeReader:
    """Reads one file."""

    language: str
    outline: Outline
    source: ParserSource
    package: str = ""
    imports: list[ImportBinding] = field(default_factory=list)
    values: dict[tuple[int, str], str] = field(default_factory=dict)
    bases: dict[str, list[str]] = field(default_factory=dict)

    def read(self, captures: Captures) -> FileScope:
        """Read all that the file binds; call it before `receiver`."""
        reader = READERS.get(self.language)
        if reader is None:
            return FileScope()
        for node in captures.bound:
            for item in reader(node, self.source):
                if item.byte not in captures.name_starts or item.role != "value":
                    self._take(item)
        return FileScope(
            self.package,
            tuple(dict.fromkeys(self.imports)),
            tuple(
                TypedVariable(self._name(around), name, detail)
                for (around, name), detail in self.values.items()
                if self._is_kept(around)
            ),
            {name: tuple(texts) for name, texts in self.bases.items()},
            self._attached(captures),
        )

    def receiver(self, start: int, name: str, around: int) -> str:
        """Return what the use of a name stands on; OPAQUE where it is a variable."""
        if self.language not in READERS:
            return ""
        chain = receiver(self.source, start)
        if chain == OPAQUE:
            return chain
        first, _, rest = (chain or name).partition(".")
        detail = self._local(first, around)
        if detail is None:
            return chain
        if not chain or not detail or self._is_of_local(detail, around):
            return OPAQUE
        return f"{TYPED}{detail}" + (f"/{rest}" if rest else "")

    def _is_of_local(self, detail: str, around: int) -> bool:
        """Say whether what makes a variable is itself asked of a variable."""
        first = detail.partition(".")[0].removesuffix("()")
        return self._local(first, around) is not None

    def _take(self, item: Binding) -> None:
        around = self.outline.around(item.byte)
        if item.role == "value":
            self._bind(around, item.name, item.detail)
        elif item.role == "member":
            around = self._class_around(around)
            if around >= 0:
                self._bind(around, item.name, item.detail)
        elif item.role == "import":
            self.imports.append(
                ImportBinding(self._name(around), item.name, item.module, item.detail)
            )
        elif item.role == "export":
            self.imports.append(ImportBinding(EXPORT, item.name, item.module, item.detail))
        elif item.role == "base":
            self.bases.setdefault(self._name(around), []).append(item.name)
        else:
            self.package = item.name

    def _bind(self, around: int, name: str, detail: str) -> None:
        """Note a variable; one that gets two types has none."""
        key = (around, name)
        known = self.values.get(key)
        self.values[key] = detail if known is None or known == detail else ""

    def _name(self, around: int) -> str:
        return self.outline.definitions[around].qualified if around >= 0 else ""

    def _is_kept(self, around: int) -> bool:
        return around < 0 or self._is_class(around)

    def _is_class(self, around: int) -> bool:
        definition = self.outline.definitions[around]
        return definition.kind in MEMBER_KINDS or not definition.listed

    def _class_around(self, around: int) -> int:
        while around >= 0 and not self._is_class(around):
            around = self.outline.definitions[around].parent
        return around

    def _local(self, name: str, around: int) -> str | None:
        """Return the type of a function's variable, empty where unknown; None where it is none."""
        while around >= 0:
            definition = self.outline.definitions[around]
            if not self._is_class(around) and (around, name) in self.values:
                return None if name in SELF else self.values[around, name]
            around = definition.parent
        return None

    def _attached(self, captures: Captures) -> dict[str, str]:
        """Return the definitions whose name is a property, and of what."""
        attached: dict[str, str] = {}
        if self.language in ("python", "go", "java"):
            return attached
        by_start = {(found.start, found.names[-1]): found for found in captures.found}
        for definition in self.outline.definitions:
            found = by_start.get((definition.found.start, definition.found.names[-1]))
            left = found.node.child_by_field_name("left") if found is not None else None
            if left is not None:
                of = self.source.text(left).rpartition(".")[0]
                attached[definition.qualified] = of[:200]
        return attached
