"""Both sides of a change, and what is gone between them, as the search for uses asks about them."""

from functools import cached_property

from indexing.symbols.resolution.entities import DefinitionEntity
from indexing.symbols.resolution.resolver import Resolver
from tools.diffs.proposal import Proposal
from tools.diffs.removals.attributes import ENUMS
from tools.diffs.removals.python_imports import binds
from tools.diffs.removals.removed_definitions import RemovedDefinition
from tools.diffs.removals.text_references import named_by
from tools.drafts.program import DraftProgram


class BothSides:
    """The programs before and after a change, and what it takes away."""

    def __init__(
        self,
        proposal: Proposal,
        gone: list[RemovedDefinition],
        base: DraftProgram,
        head: DraftProgram,
    ) -> None:
        self.base, self.head = base, head
        self.old_paths = {one.path: one.old_path for one in proposal.files}
        self.gone = gone
        self.names = frozenset(one.name for one in gone)
        documents = self.base.documents
        self.definitions = {
            DefinitionEntity(documents[one.diff.old_path], one.symbol.qualified): one
            for one in gone
            if one.symbol is not None and not one.handed
        }
        self.modules = {documents[one.diff.old_path]: one for one in gone if one.symbol is None}
        self.resolver = Resolver(self.base)
        self._inherited: dict[str, bool] = {}
        self._bindings: dict[tuple[int, str], bool] = {}

    def may_bind(self, number: int, name: str) -> bool:
        """Say whether a new file may give a name to something in a way that is no definition."""
        known = self._bindings.get((number, name))
        if known is None:
            text = self.head.text(self.head.paths[number])
            known = binds(text, name) if self.is_python(number) else name in text
            self._bindings[number, name] = known
        return known

    def is_enum(self, gone: RemovedDefinition) -> bool:
        """Say whether the class that had a member is an enum now, and nothing else."""
        number = self.head.documents.get(gone.diff.path)
        scope = self.head.file(number).scope if number is not None else None
        bases = scope.bases.get(gone.owner, ()) if scope is not None else ()
        return bool(bases) and all(one.rpartition(".")[2] in ENUMS for one in bases)

    def is_inherited(self, name: str) -> bool:
        """Say whether any Python file may hold a class that inherits one of this name."""
        if name not in self._inherited:
            last = name.rpartition(".")[2]
            marks = (f"({last}", f" {last},", f" {last})", f".{last}")
            python = (
                path for path, number in self.head.documents.items() if self.is_python(number)
            )
            self._inherited[name] = any(
                mark in text
                for path in python
                for text in (self.head.text(path),)
                for mark in marks
            )
        return self._inherited[name]

    def is_python(self, number: int) -> bool:
        return self.head.languages[number] == "python"

    @cached_property
    def named_in_texts(self) -> tuple[tuple[RemovedDefinition, tuple[str, ...]], ...]:
        """What is gone from modules of Python, and the dotted paths by which texts may name it."""
        found = []
        whole = {one.diff.old_path for one in self.gone if one.symbol is None}
        for one in self.gone:
            path = one.diff.old_path
            within_gone = one.symbol is not None and path in whole
            if one.takes is None and not within_gone and not self._is_there_by_name(one):
                found.append((one, named_by(path, one.symbol.qualified if one.symbol else "")))
        return tuple((one, wanted) for one, wanted in found if wanted)

    def _is_there_by_name(self, one: RemovedDefinition) -> bool:
        """Say whether the name of what is gone may lead to something all the same."""
        if one.symbol is None:
            stem = one.diff.old_path.rpartition(".")[0]
            others = (f"{stem}.py", f"{stem}.pyi", f"{stem}/__init__.py")
            return any(path in self.head.documents for path in others)
        number = self.head.documents.get(one.diff.path)
        return number is not None and self.may_bind(number, one.name)

    @cached_property
    def by_name(self) -> dict[str, list[RemovedDefinition]]:
        found: dict[str, list[RemovedDefinition]] = {}
        for one in self.gone:
            if one.symbol is not None:
                found.setdefault(one.name, []).append(one)
        return found

    @cached_property
    def still_defined(self) -> frozenset[str]:
        """Names of what is gone that some changed file defines now: it was moved, more likely."""
        changed = [number for path, number in self.head.documents.items() if path in self.old_paths]
        symbols = (one for number in changed for one in self.head.extraction(number).symbols)
        return frozenset(one.name for one in symbols)
