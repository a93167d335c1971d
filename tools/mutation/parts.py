"""What is left of a change that was taken apart, whatever its language."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.drafts.matching import matched


class NotTakenApartError(Exception):
    """Says why a change cannot be taken apart."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file's text with one piece broken."""

    name: str
    how: str
    text: str
    line: int = 0
    """The changed line that it stops at, where it is there to show that a test runs the line."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The pieces of one file that were added or changed, and each way in which they are broken."""

    names: tuple[str, ...] = ()
    functions: tuple[str, ...] = ()
    mutants: tuple[Mutant, ...] = ()
    lines: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """By its line, each changed statement that a trace has to show, and the lines that tell it."""

    def and_also(self, other: "Taken") -> "Taken":
        """Return the pieces of both; of one file they are different ones."""
        return Taken(
            self.names + other.names,
            self.functions + other.functions,
            self.mutants + other.mutants,
            {**self.lines, **other.lines},
        )


def changed_lines(before: str, after: str) -> frozenset[int]:
    """Return the lines of the new text that were not there before."""
    old, new = (text.replace("\r\n", "\n").split("\n") for text in (before, after))
    found: set[int] = set()
    for kind, _, _, start, end in matched(old, new).get_opcodes():
        if kind != "equal":
            found.update(range(start + 1, end + 1))
    return frozenset(found)
