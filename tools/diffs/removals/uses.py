"""Who still uses what a change takes away.

A use counts where it meant what is gone before the change, and certainly means nothing after it.
Where that cannot be told, as by a name alone, the place is counted and nothing is claimed of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from indexing.symbols.resolution.entities import Definition
from indexing.symbols.resolution.resolver import Resolver
from tools.diffs.proposal import Proposal
from tools.diffs.removals.file_uses import FileUses
from tools.diffs.removals.gone import Gone, taken
from tools.diffs.removals.members import ENUMS
from tools.diffs.removals.program import DraftProgram, kin
from tools.diffs.removals.python_imports import binds
from tools.diffs.removals.texts import CONFIGURATION, named_by

MOST_READ = 20_000
"""Files that are looked through for the names of what is gone."""
MOST_PARSED = 400
"""Files that hold such a name and are parsed."""
MOST_LETTERS = 8 << 20
"""Letters of such files, together."""
TOLD_READ, TOLD_PARSED = 250, 4
"""After so many files is told how far the search is."""
Tell = Callable[[int, int], None]
"""Takes the files that were looked through, and how many there are."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is gone, and whether every file was looked through for it."""

    gone: tuple[Gone, ...]
    whole: bool


def _tell_nobody(_done: int, _total: int) -> None:
    pass


def gone_of(proposal: Proposal, tell: Tell = _tell_nobody) -> Search:
    """Look for what a change takes away and who still uses it."""
    base = DraftProgram(proposal.base)
    head = DraftProgram(proposal.head, base)
    found = [one for diff in proposal.files for one in taken(proposal, diff, base, head)]
    if not found:
        return Search((), whole=True)
    users = Users(proposal, found, base, head)
    whole = users.look(tell)
    return Search(tuple(found), whole)


class Users:
    """Looks through the new files for uses of what is gone."""

    def __init__(
        self, proposal: Proposal, gone: list[Gone], base: DraftProgram, head: DraftProgram
    ) -> None:
        self.base, self.head = base, head
        self.old_paths = {one.path: one.old_path for one in proposal.files}
        self.gone = gone
        self.names = frozenset(one.name for one in gone)
        documents = self.base.documents
        self.definitions = {
            Definition(documents[one.diff.old_path], one.symbol.qualified): one
            for one in gone
            if one.symbol is not None and not one.handed
        }
        self.modules = {documents[one.diff.old_path]: one for one in gone if one.symbol is None}
        self.resolver = Resolver(self.base)
        self._inherited: dict[str, bool] = {}
        self._bindings: dict[tuple[int, str], bool] = {}

    def look(self, tell: Tell) -> bool:
        """Note every use; say whether all files were looked through."""
        parsed = size = 0
        for seen, path, number in self._related(tell):
            if seen > MOST_READ:
                return False
            held, text = self.head.names_in(path, self.names)
            if not held or self._is_settled(held):
                continue
            parsed, size = parsed + 1, size + len(text)
            if parsed > MOST_PARSED or size > MOST_LETTERS:
                return False
            if parsed % TOLD_PARSED == 0:
                tell(number, len(self.head.documents))
            self._look_into(path, number, text)
        return True

    def _related(self, tell: Tell) -> Iterator[tuple[int, str, int]]:
        """Yield the files that may use what is gone, counted; look into configuration besides."""
        languages = {
            self.base.languages[self.base.documents[one.diff.old_path]] for one in self.gone
        }
        related, read = kin(languages), 0
        for path, number in self.head.documents.items():  # their numbers count from 0
            if number % TOLD_READ == 0:
                tell(number, len(self.head.documents))
            if self.head.languages[number] in related:
                read += 1
                yield read, path, number
            elif self.named_in_texts and path.endswith(CONFIGURATION):
                FileUses(self, path, number, None, self.head.text(path)).texts()

    def _is_settled(self, held: frozenset[str]) -> bool:
        """Say whether enough is known of all that a file names; count the file if so."""
        named = [one for one in self.gone if one.name in held]
        if not all(one.is_settled for one in named):
            return False
        for one in named:
            one.unread += 1
        return True

    def _look_into(self, path: str, number: int, text: str) -> None:
        old = self.base.documents.get(self.old_paths.get(path, path))
        here = FileUses(self, path, number, old, text)
        here.imports()
        here.references()
        here.texts()

    def may_bind(self, number: int, name: str) -> bool:
        """Say whether a new file may give a name to something in a way that is no definition."""
        known = self._bindings.get((number, name))
        if known is None:
            text = self.head.text(self.head.paths[number])
            known = binds(text, name) if self._is_python(number) else name in text
            self._bindings[number, name] = known
        return known

    def is_enum(self, gone: Gone) -> bool:
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
