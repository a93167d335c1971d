"""A text that is being made readable: what the parser gets, and a view that is code alone."""

import re
from dataclasses import dataclass, field
from functools import cached_property

# Each way begins with a byte of its own, so that the engine looks for these bytes only.
_QUIET = re.compile(
    rb"""
      /(?:/[^\n\\]*+(?:\\.[^\n\\]*+)*+ | \*.*?(?:\*/|\Z))
    | R"([^()\\\s"]{0,16})\(.*?(?:\)\1"|\Z)
    | "[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"
    | '[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'
    | \#(?:[^\n\\/]|\\.|/(?!\*)|/\*.*?(?:\*/|\Z))*+
    """,
    re.VERBOSE | re.DOTALL,
)
_PARENTHESIS = re.compile(rb"[()]")
_SPACES = bytes(byte if byte == 10 else 32 for byte in range(256))
_WITHIN = bytes(byte if byte in b"\n\"'" else 32 for byte in range(256))
_NEAR = 4096
"""Bytes that are looked at around a place."""


@dataclass(frozen=True, slots=True)
class Directive:
    """A preprocessor's line, its continuations included."""

    start: int
    end: int


def pairs(code: bytes | bytearray) -> dict[int, int]:
    """Return where each parenthesis closes, by where it opens."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for match in _PARENTHESIS.finditer(code):
        if match[0] == b"(":
            opened.append(match.start())
        elif opened:
            found[opened.pop()] = match.start()
    return found


@dataclass
class SourceBuffer:
    """One file. Both texts have the bytes of the original at the same places, or blanks."""

    original: bytes
    out: bytearray = field(init=False)
    """What the parser gets."""
    code: bytearray = field(init=False)
    """The same without comments, strings' contents and directives."""
    directives: list[Directive] = field(default_factory=list)
    uses: list[tuple[int, int]] = field(default_factory=list)
    """Where macros are named that the parser does not see."""
    declared: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Names that macros declare, by where the parser sees another in their place."""
    dropped: bool = False
    """Whether code is kept from the parser, such as the second branch of a condition."""

    def __post_init__(self) -> None:
        self.out = bytearray(self.original)
        pieces: list[bytes] = []
        reached = 0
        for match in _QUIET.finditer(self.original):
            start, end = match.span()
            pieces.append(self.original[reached:start])
            first = match[0][:1]
            pieces.append(match[0].translate(_WITHIN if first in b"\"'" else _SPACES))
            if first == b"#":
                self.directives.append(Directive(start, end))
            reached = end
        pieces.append(self.original[reached:])
        self.code = bytearray(b"".join(pieces))

    def blank(self, start: int, end: int) -> None:
        """Take a stretch away from the parser; rows stay."""
        self.out[start:end] = self.out[start:end].translate(_SPACES)
        self.code[start:end] = self.code[start:end].translate(_SPACES)

    def blank_macro(self, start: int, end: int, name_end: int) -> None:
        """Blank a macro, unless it is blank already, and record that it is used."""
        if self.code[start : start + 1].isspace():
            return
        self.uses.append((start, name_end))
        self.blank(start, end)

    def write(self, start: int, end: int, text: bytes) -> None:
        """Put something else in the place of a stretch that is no shorter."""
        self.blank(start, end)
        self.out[start : start + len(text)] = text
        self.code[start : start + len(text)] = text

    @cached_property
    def closing(self) -> dict[int, int]:
        """Where each parenthesis closes that opens at a place; look when conditions are settled."""
        return pairs(self.code)

    @cached_property
    def opening(self) -> dict[int, int]:
        """Where each parenthesis opens that closes at a place."""
        return {close: opened for opened, close in self.closing.items()}

    def before(self, place: int) -> int:
        """Return where the last byte of code stands close before a place, or -1."""
        start = max(0, place - _NEAR)
        found = len(self.code[start:place].rstrip())
        return start + found - 1 if found else -1

    def after(self, place: int) -> int:
        """Return where the first byte of code stands close after a place, or the length."""
        found = self.code[place : place + _NEAR].lstrip()
        return min(len(self.code), place + _NEAR) - len(found) if found else len(self.code)

    def byte(self, place: int) -> bytes:
        return bytes(self.code[place : place + 1]) if place >= 0 else b""
