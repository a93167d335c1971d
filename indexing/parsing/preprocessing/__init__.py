"""Rewrites source text, at the same rows, so that a grammar can parse it.

- `readable_source`: entry point: what of a file can be parsed, and in which language
- `source_buffer`: a text while it is being rewritten
- `conditionals`: `#if` … `#endif` inside statements
- `attributes`: macros used as attributes or as whole statements
- `declarations`: functions and variables that macros declare
- `macro_runs`: several words in a row of which some are macros
- `cython`: Cython to plain Python
- `notebooks`: code cells of Jupyter notebooks
- `script_blocks`: scripts of Vue and Svelte components; the front matter of Astro files

`prepare` is the preprocessor for C and C++. It knows no project's macros by name and no symbols. It
may import `syntax`, and must not import `scopes`, `units`, `references` or `extract`.
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
