"""Where a secret stands, and how the places of a clue are looked up."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

FLAG = len(" -x ")
WORD = re.compile(r"[a-z0-9]+")
# All that is no letter and no digit becomes a space.
WORDS = bytes(byte if WORD.fullmatch(chr(byte)) else ord(" ") for byte in range(256))


@dataclass(frozen=True, slots=True)
class SecretSpan:
    """Where a secret stands in a text, and what it is."""

    start: int
    end: int
    kind: str


def places(text: str, clue: str) -> Iterator[int]:
    """Yield where a clue stands, from the first to the last, none overlapping another."""
    at = text.find(clue)
    while at >= 0:
        yield at
        at = text.find(clue, at + len(clue))


def matches(
    text: str, pattern: re.Pattern[str], starts: Iterable[int], last: str | int = 0
) -> Iterator[re.Match[str]]:
    """Yield what a pattern says at some places; none begins before the `last` group of another."""
    end = 0
    for at in starts:
        match = pattern.match(text, at) if at >= end else None
        if match is not None:
            end = match.end(last)
            yield match


def lowered(text: str) -> str:
    """Lower a text and keep every position; every character that is not ASCII becomes `?`."""
    return text.encode("ascii", "replace").lower().decode("ascii")


class ClueIndex:
    """The places of clues in one text: most texts have no `sshpass` and no `fernet(` in them.

    Looked up one by one in the text, eighty clues were half of the time of redaction. The
    different words of a text are a seventh of it, so a clue is looked up in those first.
    """

    def __init__(self, text: str) -> None:
        self.lowered = lowered(text)
        words = set(self.lowered.encode("ascii").translate(WORDS).split())
        self._found: dict[str, list[int]] | None = None
        self._words = b" %b " % b" ".join(words)

    def places(self, clue: str) -> Iterator[int]:
        """Yield where a clue in small letters stands, whatever the case of the text."""
        if len(clue) == FLAG and clue.startswith(" -"):
            return iter(self._flags().get(clue, ()))
        return places(self.lowered, clue) if _longest_word(clue) in self._words else iter(())

    def _flags(self) -> dict[str, list[int]]:
        """Return where each ` -x ` stands: looked up one by one, a dozen cost a sixth of all."""
        if self._found is None:
            self._found = {}
            for at in places(self.lowered, " -"):
                self._found.setdefault(self.lowered[at : at + FLAG], []).append(at)
        return self._found


@cache
def _longest_word(clue: str) -> bytes:
    """Return the longest word of a clue, with a space where the clue says that it ends there."""
    word = max(WORD.finditer(clue), key=lambda found: len(found[0]), default=None)
    if word is None:
        return b""
    before, after = " " * (word.start() > 0), " " * (word.end() < len(clue))
    return f"{before}{word[0]}{after}".encode("ascii")
