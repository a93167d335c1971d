"""What is read out of one file: units, symbols and references, as values.

Lines are 1-based and inclusive. Texts are already redacted. An extraction says in `notes` what was
degraded (for example "lines: syntax errors" or "latin-1"), so that `status` can repeat it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any

from indexing.parsing.syntax.chunk_header import embedded_text
from indexing.secrets.redact import REDACTION_VERSION

CHUNKER_VERSION = "7"
"""Part of every unit id; raise it when units are cut differently, and everything is cut again."""
WORDS_VERSION = "2"
"""Raise it when words are split or stemmed differently: what is stored is made anew."""
MADE_BY = f"{CHUNKER_VERSION} words {WORDS_VERSION} redacted {REDACTION_VERSION}"
"""Stands beside every stored document: one that was cut, redacted or split into words by other
rules is made anew, while units whose text is as before keep their ids and vectors."""


class _Row:
    """A value of which hundreds of thousands come back from the parsers.

    A dataclass's own way takes twice as long to read and four times as long to write.
    """

    __slots__ = ()

    def __reduce__(self) -> tuple[type["_Row"], tuple[Any, ...]]:
        return type(self), _VALUES[type(self)](self)


@dataclass(frozen=True, slots=True)
class Unit(_Row):
    """A stretch of a file that is found as one: a definition, a section, or a run of lines.

    `kind` is one of function, method, class, interface, struct, enum, trait, module, type,
    constant, section, table, rule, block, key, head, lines. `symbol` is the qualified name, such
    as `Queue.get`, or empty. `enclosing` names what stands around it, such as `Queue`.
    """

    language: str
    kind: str
    symbol: str
    enclosing: str
    start: int
    end: int
    text: str
    signature: str = ""
    doc: str = ""

    @property
    def id(self) -> str:
        """The content address: chunker version, language, enclosing symbols and text.

        The path and the lines are left out, so a rename or a line inserted above keeps the id.
        """
        parts = (CHUNKER_VERSION, self.language, self.enclosing, self.symbol, self.kind, self.text)
        return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]

    @property
    def embedded_text(self) -> str:
        """What an embedder sees of this unit."""
        return embedded_text(self.symbol, self.enclosing, self.text)

    @property
    def text_sha(self) -> str:
        """The key of this unit's vectors: 32 hex digits of the embedded text's SHA-256."""
        text = self.embedded_text.encode("utf-8", "surrogatepass")
        return hashlib.sha256(text).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class ParsedSymbol(_Row):
    """A definition that can be asked for by name."""

    name: str
    qualified: str
    kind: str
    start: int
    end: int
    signature: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Reference(_Row):
    """A use of a name: `kind` is call, import, inherit or type; `within` the enclosing symbol.

    `receiver` is what the name is asked of, such as `queue` in `queue.get()`: plain names joined by
    dots, `:Type` for a variable of that type, `?` for anything else.
    """

    name: str
    kind: str
    line: int
    within: str = ""
    receiver: str = ""


_VALUES: dict[type[_Row], Callable[[Any], tuple[Any, ...]]] = {
    kind: attrgetter(*(each.name for each in fields(kind)))
    for kind in (Unit, ParsedSymbol, Reference)
}
"""Give the values of an instance in the order of its fields."""


@dataclass(frozen=True, slots=True)
class Extraction:
    """Everything that is read out of one file."""

    language: str
    units: tuple[Unit, ...] = ()
    symbols: tuple[ParsedSymbol, ...] = ()
    references: tuple[Reference, ...] = ()
    notes: tuple[str, ...] = field(default=())
    scope: bytes = b""
    """What the file binds, as `indexing.parsing.scopes.scope` packs it."""
    words: bytes = b""
    """The units' words as `lexical.pack` packs them; empty where they are not packed yet."""
