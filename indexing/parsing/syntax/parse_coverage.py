"""Which files were parsed whole, in part, or not at all, as the notes on them tell.

A file that is in neither list was parsed whole: all its definitions are symbols. It knows nothing
of how a person is told.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

LINES = "lines: "
"""How each note on a file begins that was cut by lines, so that it has no symbol."""
PARTIAL = "partial parse"
"""The note on a file that has symbols though not everything in it could be parsed."""


@dataclass(frozen=True, slots=True)
class ParseCoverage:
    """The files of one generation whose symbols are not all there; paths in order."""

    part: tuple[str, ...] = ()
    """Parsed with errors: what stands beside and inside the errors was kept."""
    without: tuple[tuple[str, str], ...] = ()
    """(path, reason) of what has no symbol at all, such as a type without a grammar."""

    @property
    def endings(self) -> dict[str, int]:
        """How many files without symbols there are by extension (or name), most first."""
        return dict(Counter(extension_of(path) for path, _ in self.without).most_common())


def parse_coverage(notes: Iterable[tuple[str, str]]) -> ParseCoverage:
    """Sort (path, note) as `Manifest.notes` gives them."""
    part: list[str] = []
    without: list[tuple[str, str]] = []
    for path, note in notes:
        if note == PARTIAL:
            part.append(path)
        elif note.startswith(LINES):
            without.append((path, note.removeprefix(LINES)))
    return ParseCoverage(tuple(part), tuple(without))


def extension_of(path: str) -> str:
    """Return the extension of a file, or its name where it has none."""
    name = path.rpartition("/")[2]
    stem, dot, extension = name.rpartition(".")
    return f".{extension.lower()}" if dot and stem else name
