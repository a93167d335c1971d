"""Remaining uses of what a change removes.

A use counts where it meant what is gone before the change, and certainly means nothing after it.
Where that cannot be told, as by a name alone, the place is counted and nothing is claimed of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tools.diffs.proposal import Proposal
from tools.diffs.removals.both_sides import BothSides
from tools.diffs.removals.entities import related_languages
from tools.diffs.removals.file_uses import FileUses
from tools.diffs.removals.removed_definitions import RemovedDefinition, removed_definitions
from tools.diffs.removals.text_references import CONFIGURATION
from tools.drafts.program import DraftProgram

MAX_FILES_READ = 20_000
"""Files that are looked through for the names of what is gone."""
MAX_FILES_PARSED = 400
"""Files that hold such a name and are parsed."""
MAX_CHARACTERS = 8 << 20
"""Letters of such files, together."""
TOLD_READ, TOLD_PARSED = 250, 4
"""After so many files is told how far the search is."""
FileProgress = Callable[[int, int], None]
"""Takes the files that were looked through, and how many there are."""


@dataclass(frozen=True, slots=True)
class RemovalSearch:
    """What is gone, and whether every file was looked through for it."""

    gone: tuple[RemovedDefinition, ...]
    whole: bool


def _ignore_progress(_done: int, _total: int) -> None:
    pass


def gone_of(proposal: Proposal, tell: FileProgress = _ignore_progress) -> RemovalSearch:
    """Look for what a change takes away and who still uses it."""
    base = DraftProgram(proposal.base)
    head = DraftProgram(proposal.head, base)
    found = [
        one for diff in proposal.files for one in removed_definitions(proposal, diff, base, head)
    ]
    if not found:
        return RemovalSearch((), whole=True)
    whole = _Search(BothSides(proposal, found, base, head)).find_uses(tell)
    return RemovalSearch(tuple(found), whole)


@dataclass(frozen=True, slots=True)
class _Search:
    """Looks through the new files for uses of what is gone."""

    sides: BothSides

    def find_uses(self, tell: FileProgress) -> bool:
        """Note every use; say whether all files were looked through."""
        parsed = size = 0
        for seen, path, number in self._related(tell):
            if seen > MAX_FILES_READ:
                return False
            held, text = self.sides.head.names_in(path, self.sides.names)
            if not held or self._is_settled(held):
                continue
            parsed, size = parsed + 1, size + len(text)
            if parsed > MAX_FILES_PARSED or size > MAX_CHARACTERS:
                return False
            if parsed % TOLD_PARSED == 0:
                tell(number, len(self.sides.head.documents))
            self._look_into(path, number, text)
        return True

    def _related(self, tell: FileProgress) -> Iterator[tuple[int, str, int]]:
        """Yield the files that may use what is gone, counted; look into configuration besides."""
        languages = {
            self.sides.base.languages[self.sides.base.documents[one.diff.old_path]]
            for one in self.sides.gone
        }
        related, read = related_languages(languages), 0
        for path, number in self.sides.head.documents.items():  # their numbers count from 0
            if number % TOLD_READ == 0:
                tell(number, len(self.sides.head.documents))
            if self.sides.head.languages[number] in related:
                read += 1
                yield read, path, number
            elif self.sides.named_in_texts and path.endswith(CONFIGURATION):
                FileUses(self.sides, path, number, None, self.sides.head.text(path)).texts()

    def _is_settled(self, held: frozenset[str]) -> bool:
        """Say whether enough is known of all that a file names; count the file if so."""
        named = [one for one in self.sides.gone if one.name in held]
        if not all(one.is_settled for one in named):
            return False
        for one in named:
            one.unread += 1
        return True

    def _look_into(self, path: str, number: int, text: str) -> None:
        old = self.sides.base.documents.get(self.sides.old_paths.get(path, path))
        here = FileUses(self.sides, path, number, old, text)
        here.imports()
        here.references()
        here.texts()
