"""What a C or C++ preprocessor would have done, as far as a parser needs it.

Grammars read a file before the preprocessor does: a brace that an `#ifdef` splits, an attribute
that is a macro, or a function whose head is a macro's call are errors to them, and an error may
swallow all that follows. `prepare` gives a text of the same length and the same rows that a grammar
can read, the names that macros declare, and the names of the macros that were taken out. It knows
no macro of any project by name, and nothing of trees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from indexing.parsing.preprocessing import attributes, conditionals, declarations
from indexing.parsing.preprocessing.source_buffer import SourceBuffer


@dataclass(frozen=True, slots=True)
class PreprocessedText:
    """A text that a grammar can read, byte for byte in the places of the original."""

    text: bytes
    declared: Mapping[int, tuple[str, ...]]
    """Names that macros declare, by where the grammar sees others in their place."""
    uses: Sequence[tuple[int, int]]
    """Where macros are named that the grammar does not see."""
    dropped: bool
    """Whether code is kept from the grammar, such as the second branch of a condition."""


def prepare(text: bytes) -> PreprocessedText:
    """Read a C or C++ text as a grammar needs it."""
    # Patterns for the start of a row begin with a newline: `^` is ten times as slow.
    draft = SourceBuffer(b"\n" + text)
    conditionals.resolve_conditionals(draft)
    attributes.after_parameters(draft)
    declarations.expand_declarations(draft)
    attributes.blank_attributes(draft)
    return PreprocessedText(
        bytes(draft.out[1:]),
        {place - 1: names for place, names in draft.declared.items()},
        [(start - 1, end - 1) for start, end in draft.uses],
        draft.dropped,
    )
