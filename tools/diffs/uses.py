"""Who still uses what a change takes away.

A use counts where it meant what is gone before the change, and certainly means nothing after it.
Where that cannot be told, as by a name alone, the place is counted and nothing is claimed of it.
"""

from dataclasses import dataclass
from functools import cached_property

from indexing.resolution.entities import Definition
from indexing.resolution.resolver import Resolver
from tools.diffs.file_uses import FileUses, kin
from tools.diffs.gone import Gone, taken
from tools.diffs.program import DraftProgram
from tools.diffs.proposal import Proposal
from tools.diffs.python_imports import binds
from tools.diffs.texts import CONFIGURATION, named_by

MOST_READ = 20_000
"""Files that are looked through for the names of what is gone."""
MOST_PARSED = 400
"""Files that hold such a name and are parsed."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is gone, and whether every file was looked through for it."""

    gone: tuple[Gone, ...]
    whole: bool


def gone_of(proposal: Proposal) -> Search:
    """Look for what a change takes away and who still uses it."""
    base, head = DraftProgram(proposal.base), DraftProgram(proposal.head)
    found = [one for diff in proposal.files for one in taken(proposal, diff, base, head)]
    if not found:
        return Search((), whole=True)
    users = Users(proposal, found, base, head)
    whole = users.look()
    return Search(tuple(found), whole)


class Users:
    """Looks through the new files for uses of what is gone."""

    def __init__(
        self, proposal: Proposal, gone: list[Gone], base: DraftProgram, head: DraftProgram
    ) -> None:
        self.base, self.head = base, head
        self.old_paths = {one.path: one.old_path for one in proposal.files}
        self.gone = gone
        documents = self.base.documents
        self.definitions = {
            Definition(documents[one.diff.old_path], one.symbol.qualified): one
            for one in gone
            if one.symbol is not None and not one.handed
        }
        self.modules = {documents[one.diff.old_path]: one for one in gone if one.symbol is None}
        self.resolver = Resolver(self.base)
        self._inherited: dict[str, bool] = {}

    def look(self) -> bool:
        """Note every use; say whether all files were looked through."""
        names = {one.name for one in self.gone}
        languages = {
            self.base.languages[self.base.documents[one.diff.old_path]] for one in self.gone
        }
        related = kin(languages)
        read = parsed = 0
        for path, number in self.head.documents.items():
            if self.head.languages[number] not in related:
                if self.named_in_texts and path.endswith(CONFIGURATION):
                    FileUses(self, path, number, None, self.head.text(path)).texts()
                continue
            read += 1
            if read > MOST_READ:
                return False
            text = self.head.text(path)
            if any(name in text for name in names):
                parsed += 1
                if parsed > MOST_PARSED:
                    return False
                self._look_into(path, number, text)
        return True

    def _look_into(self, path: str, number: int, text: str) -> None:
        old = self.base.documents.get(self.old_paths.get(path, path))
        here = FileUses(self, path, number, old, text)
        here.imports()
        here.references()
        here.texts()

    def may_bind(self, number: int, name: str) -> bool:
        """Say whether a new file may give a name to something in a way that is no definition."""
        text = self.head.text(self.head.paths[number])
        if self.head.languages[number] == "python":
            return binds(text, name)
        return name in text

    def is_inherited(self, name: str) -> bool:
        """Say whether any Python file may hold a class that inherits one of this name."""
        if name not in self._inherited:
            last = name.rpartition(".")[2]
            marks = (f"({last}", f" {last},", f" {last})", f".{last}")
            python = (
                path for path, number in self.head.documents.items() if self._is_python(number)
            )
            self._inherited[name] = any(
                mark in text
                for path in python
                for text in (self.head.text(path),)
                for mark in marks
            )
        return self._inherited[name]

    def _is_python(self, number: int) -> bool:
        return self.head.languages[number] == "python"

    @cached_property
    def named_in_texts(self) -> tuple[tuple[Gone, tuple[str, ...]], ...]:
        """What is gone from modules of Python, and the dotted paths by which texts may name it."""
        found = []
        whole = {one.diff.old_path for one in self.gone if one.symbol is None}
        for one in self.gone:
            path = one.diff.old_path
            within_gone = one.symbol is not None and path in whole
            if one.takes is None and not within_gone and not self._is_there_by_name(one):
                found.append((one, named_by(path, one.symbol.qualified if one.symbol else "")))
        return tuple((one, wanted) for one, wanted in found if wanted)

    def _is_there_by_name(self, one: Gone) -> bool:
        """Say whether the name of what is gone may lead to something all the same."""
        if one.symbol is None:
            stem = one.diff.old_path.rpartition(".")[0]
            others = (f"{stem}.py", f"{stem}.pyi", f"{stem}/__init__.py")
            return any(path in self.head.documents for path in others)
        number = self.head.documents.get(one.diff.path)
        return number is not None and self.may_bind(number, one.name)

    @cached_property
    def by_name(self) -> dict[str, list[Gone]]:
        found: dict[str, list[Gone]] = {}
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
