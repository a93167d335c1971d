"""What a C or C++ preprocessor would have done, as far as a parser needs it.

Grammars read a file before the preprocessor does: a brace that an `#ifdef` splits, an attribute
that is a macro, or a function whose head is a macro's call are errors to them, and an error may
swallow all that follows. `prepare` gives a text of the same length and the same rows that a grammar
can read, the names that macros declare, and the names of the macros that were taken out. It knows
no macro of any project by name, and nothing of trees.
"""

from indexing.preprocessing import attributes, conditionals, declarations
from indexing.preprocessing.draft import Draft

__all__ = ["Draft", "prepare"]


def prepare(text: bytes) -> Draft:
    """Read a C or C++ text as a grammar needs it."""
    draft = Draft(text)
    conditionals.settle(draft)
    attributes.after_parameters(draft)
    declarations.declare(draft)
    attributes.take_away(draft)
    return draft
